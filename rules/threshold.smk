"""Measure and draw the significance against the threshold of the score, in studies that name a nuisance for it.

INPUTS   results/<study>/events/{bkg}.parquet, results/<study>/scores/{bkg}/{method}.parquet
OUTPUTS  results/<study>/threshold/{bkg}.json, results/<study>/figures/{bkg}/threshold.pdf, .png, .svg and .json,
         results/<study>/figures/{bkg}/nuisance.*
"""


rule measure_threshold:
    """Measure each point at each threshold with the difference between values of a nuisance as the uncertainty."""
    input:
        events=rules.merge_events.output.events,
        scores=expand(SCORES, method=METHODS, allow_missing=True),
    output:
        threshold=f"{RESULTS}/threshold/{{bkg}}.json",
    log:
        f"{LOGS}/measure_threshold/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_threshold/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=10),
    params:
        strengths={method: config["methods"][method]["strengths"] for method in METHODS},
        threshold=lookup(within=config, dpath="threshold"),
        replicas=lookup(within=config, dpath="metrics/bootstrap_replicas"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("measure_threshold"),
    message:
        "Measuring all methods against {wildcards.bkg} at each threshold"
    script:
        "../scripts/measure_threshold.py"


rule plot_threshold:
    """Draw the significance against threshold and signal efficiency, and features and scores by value of the nuisance."""
    input:
        threshold=rules.measure_threshold.output.threshold,
        style=STYLE,
    output:
        threshold=figure("threshold", "Threshold"),
        nuisance=figure("nuisance", "Threshold"),
    log:
        f"{LOGS}/plot_threshold/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_threshold/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        quantities=said_of_features("latex", "unit"),
        threshold=lookup(within=config, dpath="threshold"),
        code=code_digest("plot_threshold"),
    message:
        "Drawing the significance against the threshold for {wildcards.bkg}"
    script:
        "../scripts/plot_threshold.py"


SUMMARISED |= {"threshold": expand(rules.measure_threshold.output.threshold, bkg=BACKGROUNDS)}
OPTIONAL += [(rules.plot_threshold, {})]
