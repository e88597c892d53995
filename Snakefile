"""unsculpt: select signal without sculpting the background. `make run` runs the default study."""

from snakemake.utils import min_version

min_version("9.27")


include: "rules/common.smk"
include: "rules/resources.smk"
include: "rules/provenance.smk"


if WING:

    include: f"rules/{WING}.smk"
    include: "rules/wing.smk"

else:

    include: "rules/selection.smk"


rule all:
    default_target: True
    input:
        PRODUCTS,
    localrule: True
