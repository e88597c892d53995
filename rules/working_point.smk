"""Choose the working point in a study without the stage `categories`, which otherwise does.

INPUTS   results/<study>/metrics/{bkg}/{method}.json, results/<study>/fits/{bkg}/{method}/{tag}.json if there are fits
OUTPUTS  results/<study>/metrics/{bkg}/working_point.json
"""


rule choose_working_point:
    """Take the accepted point that rejects most."""
    input:
        metrics=expand(rules.measure_methods.output.metrics, method=METHODS, allow_missing=True),
        fits=fits_if_any(["{bkg}"]),
    output:
        working_point=WORKING_POINT,
    log:
        f"{LOGS}/choose_working_point/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/choose_working_point/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=500, minutes=5),
    params:
        working_point=lookup(within=config, dpath="working_point"),
        code=code_digest("choose_working_point"),
    message:
        "Choosing the working point against {wildcards.bkg}"
    script:
        "../scripts/choose_working_point.py"
