"""A study that selects a signal from backgrounds: its stages in the order of the pipeline, some only if it has them.

OUTPUTS  PRODUCTS, what a run of the study is to make
"""


include: "names.smk"
include: "inputs.smk"
include: "ntuples.smk"
include: "events.smk"
include: "training.smk"
include: "scores.smk"
include: "metrics.smk"


if "fits" in STAGES:

    include: "fits.smk"


if "categories" in STAGES:

    include: "categories.smk"

else:

    include: "working_point.smk"


if config["combinations"]:

    include: "combinations.smk"


if methods.pictured(config):

    include: "pictures.smk"


if config["independence"]:

    include: "independence.smk"


if config["probes"]:

    include: "probes.smk"


if config["hunt"]:

    include: "hunt.smk"


if config["exact"]:

    include: "exact.smk"


if config["threshold"]:

    include: "threshold.smk"


if config["variations"]:

    include: "variations.smk"


if config["published"] or config["learning_curves"]:

    include: "learning.smk"


if IMAGES:

    include: "images.smk"


include: "summary.smk"
include: "plots.smk"


if config["ranges"]:

    include: "ranges.smk"


include: "report.smk"
include: "tune.smk"
include: "apply.smk"


PRODUCTS = [
    rules.write_report.output.html,
    rules.summarise.output.summary,
    rules.write_tables.output,
    expand(rules.write_background_tables.output, bkg=BACKGROUNDS),
    rules.write_hepdata.output.hepdata,
    RECONSTRUCTED,
]
