"""Measure whether scores know a protected variable at all, in studies that ask it.

INPUTS   results/<study>/events/{bkg}.parquet, results/<study>/scores/{bkg}/{method}.parquet,
         results/<study>/training/{bkg}/{method}/{part}.json of networks
OUTPUTS  results/<study>/independence/{bkg}/{method}.json, results/<study>/figures/{bkg}/independence.*
"""


rule measure_independence:
    """Measure what each strength of a method knows of the protected variables: distances and information, with floors."""
    input:
        events=rules.merge_events.output.events,
        scores=SCORES,
        histories=histories_if_network,
    output:
        independence=f"{RESULTS}/independence/{{bkg}}/{{method}}.json",
    log:
        f"{LOGS}/measure_independence/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_independence/{{bkg}}/{{method}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=10),
    params:
        strengths=lookup(within=config, dpath="methods/{method}/strengths"),
        independence=lookup(within=config, dpath="independence"),
        protected=lambda wildcards: methods.protected(config["methods"][wildcards.method], config["training"]),
        replicas=lookup(within=config, dpath="metrics/bootstrap_replicas"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("measure_independence"),
    message:
        "Asking {wildcards.method} against {wildcards.bkg} what it knows of the protected variables"
    script:
        "../scripts/measure_independence.py"


rule plot_independence:
    """Draw what the scores are worth against what they know of the protected variables."""
    input:
        independence=expand(rules.measure_independence.output.independence, method=METHODS, allow_missing=True),
        style=STYLE,
    output:
        independence=figure("independence", "Decorrelation"),
    log:
        f"{LOGS}/plot_independence/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_independence/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_independence"),
    message:
        "Drawing what the scores know of the protected variables against {wildcards.bkg}"
    script:
        "../scripts/plot_independence.py"


SUMMARISED |= {
    "independence": [expand(rules.measure_independence.output.independence, method=METHODS, bkg=BACKGROUNDS)]
}
OPTIONAL += [(rules.plot_independence, {})]
