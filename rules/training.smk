"""Train the grid of methods on signal and one background hypothesis.

INPUTS   results/<study>/events/{bkg}.parquet
OUTPUTS  results/<study>/training/{bkg}/{method}/{part}.pt and {part}.json, the history, beside it
         (and {part}.pt.checkpoint while a job runs or after it was cut off)
"""


rule train_models:
    """Train one part of a method's models, strength times fold, as one stack that resumes where it was cut off."""
    input:
        events=rules.merge_events.output.events,
    output:
        models=f"{RESULTS}/training/{{bkg}}/{{method}}/{{part}}.pt",
        history=f"{RESULTS}/training/{{bkg}}/{{method}}/{{part}}.json",
    log:
        f"{LOGS}/train_models/{{bkg}}/{{method}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/train_models/{{bkg}}/{{method}}/{{part}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=60),
    params:
        method=lookup(within=config, dpath="methods/{method}"),
        training=lookup(within=config, dpath="training"),
        mass=lookup(within=config, dpath="mass"),
        folds=lookup(within=config, dpath="folds"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("train_models"),
    message:
        "Training part {wildcards.part} of {wildcards.method} against {wildcards.bkg}"
    script:
        "../scripts/train_models.py"
