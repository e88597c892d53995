"""Draw how the methods fare in ranges of other columns, in studies that have ranges.

INPUTS   results/<study>/metrics/{bkg}/*.json
OUTPUTS  results/<study>/figures/{bkg}/robustness_{ranges} and planes_{ranges}.pdf, .png, .svg and .json
"""


rule plot_robustness:
    """Draw rejection and 1/JSD against a column: a method that is robust has flat lines."""
    input:
        metrics=expand(rules.measure_methods.output.metrics, method=METHODS, allow_missing=True),
        comparison=rules.compare_methods.output.comparison,
        style=STYLE,
    output:
        robustness=figure("robustness_{ranges}", "Ranges"),
    log:
        f"{LOGS}/plot_robustness/{{bkg}}/{{ranges}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_robustness/{{bkg}}/{{ranges}}.tsv"
    wildcard_constraints:
        ranges=one_of(ranges.lines(config["ranges"])),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        quantities=said_of_features("latex", "unit"),
        code=code_digest("plot_robustness"),
    message:
        "Drawing the ranges {wildcards.ranges} against {wildcards.bkg}"
    script:
        "../scripts/plot_robustness.py"


rule plot_planes:
    """Draw the plane of the trade-off in each range, with and without the cut on the mass."""
    input:
        metrics=expand(rules.measure_methods.output.metrics, method=METHODS, allow_missing=True),
        comparison=rules.compare_methods.output.comparison,
        style=STYLE,
    output:
        planes=figure("planes_{ranges}", "Ranges"),
    log:
        f"{LOGS}/plot_planes/{{bkg}}/{{ranges}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_planes/{{bkg}}/{{ranges}}.tsv"
    wildcard_constraints:
        ranges=one_of(ranges.planes(config["ranges"])),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        quantities=said_of_features("latex", "unit"),
        code=code_digest("plot_planes"),
    message:
        "Drawing the trade-off in the ranges {wildcards.ranges} against {wildcards.bkg}"
    script:
        "../scripts/plot_planes.py"


OPTIONAL += [
    (rules.plot_robustness, {"ranges": ranges.lines(config["ranges"])}),
    (rules.plot_planes, {"ranges": ranges.planes(config["ranges"])}),
]
