"""Train the grid of methods on signal and one background hypothesis.

INPUTS   results/<study>/events/{bkg}.parquet, variations/{bkg}/{shifted}.parquet of variations that a method protects
OUTPUTS  results/<study>/training/{bkg}/{method}/{part}.pt and {part}.json, the history, beside it
         results/<study>/export/{bkg}/{method}/{network}.onnx and {network}.json, how its inputs are computed
         (`snakemake export`; no part of a run)
         (and {part}.pt.checkpoint, of a second attempt {part}.pt.checkpoint1, while a job runs or after it was cut off)
"""


rule train_models:
    """Train one part of a method's models, strength, seed and fold, as one stack that resumes where it was cut off."""
    input:
        events=rules.merge_events.output.events,
        copies=copies_of_protected,
    output:
        models=f"{RESULTS}/training/{{bkg}}/{{method}}/{{part}}.pt",
        history=f"{RESULTS}/training/{{bkg}}/{{method}}/{{part}}.json",
    log:
        f"{LOGS}/train_models/{{bkg}}/{{method}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/train_models/{{bkg}}/{{method}}/{{part}}.tsv"
    wildcard_constraints:
        method=one_of(NETWORKS),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=60, gpus=int(config["training"]["device"] == "cuda")),
    params:
        method=lookup(within=config, dpath="methods/{method}"),
        training=lookup(within=config, dpath="training"),
        mass=lookup(within=config, dpath="mass"),
        folds=lookup(within=config, dpath="folds"),
        seed=lookup(within=config, dpath="seed"),
        channels=trained_channels,
        network=architecture_settings,
        code=code_digest("train_models"),
    message:
        "Training part {wildcards.part} of {wildcards.method} against {wildcards.bkg}"
    script:
        "../scripts/train_models.py"


rule export_models:
    """Write the classifiers of one strength (and channel), all folds in one file, for programs that read ONNX (docs/export.md)."""
    input:
        models=lambda wildcards: expand(
            rules.train_models.output.models, part=parts(wildcards.method), allow_missing=True
        ),
        config=f"{RESULTS}/config.yaml",
    output:
        onnx=f"{RESULTS}/export/{{bkg}}/{{method}}/{{network}}.onnx",
        description=f"{RESULTS}/export/{{bkg}}/{{method}}/{{network}}.json",
    log:
        f"{LOGS}/export_models/{{bkg}}/{{method}}/{{network}}.log",
    benchmark:
        f"{BENCHMARKS}/export_models/{{bkg}}/{{method}}/{{network}}.tsv"
    wildcard_constraints:
        method=one_of(NETWORKS),
        network=r"[0-9.e+-]+(_[a-z0-9_]+)?",
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=lookup(within=config, dpath="study"),
        feature_padding=lookup(within=config, dpath="feature_padding"),
        quantities=said_of_features("unit", "meaning", "expression"),
        code=code_digest("export_models"),
    message:
        "Exporting {wildcards.method}, strength {wildcards.network}, against {wildcards.bkg}"
    script:
        "../scripts/export_models.py"


rule export:
    """Write all networks of the study for other programs."""
    input:
        [
            path
            for method in NETWORKS
            for path in expand(
                rules.export_models.output.onnx, bkg=BACKGROUNDS, method=method, network=networks_of(method)
            )
        ],
    localrule: True
