"""unsculpt: select signal without sculpting the background. `make run` runs the default study."""

from snakemake.utils import min_version

min_version("9.27")


include: "rules/common.smk"
include: "rules/resources.smk"
include: "rules/inputs.smk"
include: "rules/ntuples.smk"
include: "rules/events.smk"
include: "rules/training.smk"
include: "rules/scores.smk"
include: "rules/metrics.smk"


if "fits" in STAGES:

    include: "rules/fits.smk"


if "categories" in STAGES:

    include: "rules/categories.smk"

else:

    include: "rules/working_point.smk"


if config["combinations"]:

    include: "rules/combinations.smk"


if config["independence"]:

    include: "rules/independence.smk"


if config["exact"]:

    include: "rules/exact.smk"


if config["threshold"]:

    include: "rules/threshold.smk"


if config["variations"]:

    include: "rules/variations.smk"


if IMAGES:

    include: "rules/images.smk"


include: "rules/summary.smk"
include: "rules/plots.smk"


if config["ranges"]:

    include: "rules/ranges.smk"


include: "rules/report.smk"
include: "rules/tune.smk"
include: "rules/apply.smk"


rule all:
    default_target: True
    input:
        rules.write_report.output.html,
        rules.summarise.output.summary,
        rules.write_tables.output,
        expand(rules.write_background_tables.output, bkg=BACKGROUNDS),
        rules.write_hepdata.output.hepdata,
        RECONSTRUCTED,
    localrule: True
