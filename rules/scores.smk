"""Score all events with every method: networks, trees, transforms of other scores, single features.

INPUTS   results/<study>/events/{bkg}.parquet, results/<study>/training/{bkg}/{method}/{part}.pt for networks,
         results/<study>/scores/{bkg}/{method}.parquet of its base for a transform
OUTPUTS  results/<study>/scores/{bkg}/{method}.parquet, made by the rule of the method's kind; {method}.json beside it, of a
         transform: what it did to the background
"""


rule score_events:
    """Score every event out of fold: by the networks that never saw it, one column a strength."""
    input:
        events=rules.merge_events.output.events,
        models=lambda wildcards: expand(
            rules.train_models.output.models, part=parts(wildcards.method), allow_missing=True
        ),
    output:
        scores=SCORES,
    log:
        f"{LOGS}/score_events/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/score_events/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(NETWORKS),
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


rule train_trees:
    """Train boosted trees outside each fold and score the fold with them, one column a strength, and write their losses."""
    input:
        events=rules.merge_events.output.events,
    output:
        scores=SCORES,
        history=f"{RESULTS}/training/{{bkg}}/{{method}}/trees.json",
    log:
        f"{LOGS}/train_trees/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/train_trees/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(TREES),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=60),
    params:
        method=lookup(within=config, dpath="methods/{method}"),
        trees=lookup(within=config, dpath="trees"),
        inputs=lookup(within=config, dpath="training/inputs"),
        flat_in=lookup(within=config, dpath="training/flat_in"),
        mass=lookup(within=config, dpath="mass"),
        folds=lookup(within=config, dpath="folds"),
        seed=lookup(within=config, dpath="seed"),
        channels=trained_channels,
        code=code_digest("train_trees"),
    message:
        "Training the trees of {wildcards.method} against {wildcards.bkg}"
    script:
        "../scripts/train_trees.py"


rule transform_scores:
    """Take the mass out of the scores of another method, by a map that is learned on background, cross-fitted."""
    input:
        events=rules.merge_events.output.events,
        scores=base_scores,
    output:
        scores=SCORES,
        effects=f"{RESULTS}/scores/{{bkg}}/{{method}}.json",
    log:
        f"{LOGS}/transform_scores/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/transform_scores/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(TRANSFORMS),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=20),
    params:
        method=lookup(within=config, dpath="methods/{method}"),
        signal_efficiency=lookup(within=config, dpath="metrics/signal_efficiency"),
        mass=lookup(within=config, dpath="mass"),
        folds=lookup(within=config, dpath="folds"),
        tags=lambda wildcards: TAGS[wildcards.method],
        code=code_digest("transform_scores"),
    message:
        "Transforming scores against {wildcards.bkg} to {wildcards.method}"
    script:
        "../scripts/transform_scores.py"


rule score_feature:
    """Turn one feature into a score, so that cuts on a single variable are compared with everything else."""
    input:
        events=rules.merge_events.output.events,
    output:
        scores=SCORES,
    log:
        f"{LOGS}/score_feature/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/score_feature/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(FEATURES),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        method=lookup(within=config, dpath="methods/{method}"),
        code=code_digest("score_feature"),
    message:
        "Scoring the events of {wildcards.bkg} with one feature, {wildcards.method}"
    script:
        "../scripts/score_feature.py"
