"""Score all events with the trained models.

INPUTS   results/<study>/events/{bkg}.parquet, results/<study>/training/{bkg}/{method}/{part}.pt
OUTPUTS  results/<study>/scores/{bkg}/{method}.parquet
"""


rule score_events:
    """Score every event out of fold: by the models that never saw it, one column a strength."""
    input:
        events=rules.merge_events.output.events,
        models=lambda wildcards: expand(
            rules.train_models.output.models, part=parts(wildcards.method), allow_missing=True
        ),
    output:
        scores=f"{RESULTS}/scores/{{bkg}}/{{method}}.parquet",
    log:
        f"{LOGS}/score_events/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/score_events/{{bkg}}/{{method}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=20),
    params:
        code=code_digest("score_events"),
    message:
        "Scoring the events of {wildcards.bkg} with {wildcards.method}"
    script:
        "../scripts/score_events.py"
