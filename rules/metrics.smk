"""Measure the methods, compare them, and describe the input features.

INPUTS   results/<study>/events/{bkg}.parquet, results/<study>/scores/{bkg}/{method}.parquet,
         results/<study>/training/{bkg}/{method}/{part}.pt of the plain classifier,
         results/<study>/fits/{bkg}/{method}/{tag}.json for the comparison
OUTPUTS  results/<study>/metrics/{bkg}/{method}.json; comparison.json, features.json and importance.json beside it;
         results/<study>/training/{bkg}/{method}/weighting.json of methods that are trained with other weights,
         and posterior.json beside it of those with an adversary of the mass
"""

PLAIN_METHOD = plain_method(config["methods"])
PLAIN_TAG = TAGS[PLAIN_METHOD][0]
RANKED = config["rank"] or PLAIN_METHOD  # ranks the features


rule measure_methods:
    """Measure what each strength of a method selects, how much it sculpts, and how well that is known."""
    input:
        events=rules.merge_events.output.events,
        scores=SCORES,
    output:
        metrics=f"{RESULTS}/metrics/{{bkg}}/{{method}}.json",
    log:
        f"{LOGS}/measure_methods/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_methods/{{bkg}}/{{method}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=10),
    params:
        strengths=lookup(within=config, dpath="methods/{method}/strengths"),
        trained=lambda wildcards: wildcards.method not in FEATURES,
        mass=lookup(within=config, dpath="mass"),
        metrics=lookup(within=config, dpath="metrics"),
        ranges=lookup(within=config, dpath="ranges"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("measure_methods"),
    message:
        "Measuring {wildcards.method} against {wildcards.bkg}"
    script:
        "../scripts/measure_methods.py"


rule measure_weighting:
    """Fill the spectra of both classes with the weights of a method's training, and with those of all later numbers."""
    input:
        events=rules.merge_events.output.events,
    output:
        weighting=f"{RESULTS}/training/{{bkg}}/{{method}}/weighting.json",
    log:
        f"{LOGS}/measure_weighting/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_weighting/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(REWEIGHTED),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=10),
    params:
        weights=weights_of_training,
        mass=lookup(within=config, dpath="mass"),
        code=code_digest("measure_weighting"),
    message:
        "Weighting the events of {wildcards.bkg} as the training of {wildcards.method} does"
    script:
        "../scripts/measure_weighting.py"


rule measure_posterior:
    """Fill the mass spectra that the adversaries of a method expect at some scores, beside those of held-out events."""
    input:
        events=rules.merge_events.output.events,
        models=lambda wildcards: expand(rules.train_models.output.models, part=parts(wildcards.method), **wildcards),
        plain=expand(
            rules.train_models.output.models, method=PLAIN_METHOD, part=parts(PLAIN_METHOD), allow_missing=True
        ),
    output:
        posterior=f"{RESULTS}/training/{{bkg}}/{{method}}/posterior.json",
    log:
        f"{LOGS}/measure_posterior/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_posterior/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(ADVERSARIES),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=20),
    params:
        weights=weights_of_training,
        plain_tag=PLAIN_TAG,
        mass=lookup(within=config, dpath="mass"),
        folds=lookup(within=config, dpath="folds"),
        code=code_digest("measure_posterior"),
    message:
        "Asking the adversaries of {wildcards.method} against {wildcards.bkg}"
    script:
        "../scripts/measure_posterior.py"


rule compare_methods:
    """Find the method that rejects most without spurious signal; state each one's distance to the floor and the limit."""
    input:
        metrics=expand(rules.measure_methods.output.metrics, method=METHODS, allow_missing=True),
        fits=fits_if_any(["{bkg}"]),
    output:
        comparison=f"{RESULTS}/metrics/{{bkg}}/comparison.json",
    log:
        f"{LOGS}/compare_methods/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/compare_methods/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=500, minutes=5),
    params:
        methods=lookup(within=config, dpath="methods"),
        spurious_signal=lookup(within=config, dpath="fit/spurious_signal"),
        working_point=lookup(within=config, dpath="working_point"),
        code=code_digest("compare_methods"),
    message:
        "Comparing the methods against {wildcards.bkg}"
    script:
        "../scripts/compare_methods.py"


rule measure_features:
    """Describe the input features: their histograms, and how strongly each is correlated with the mass."""
    input:
        events=rules.merge_events.output.events,
    output:
        features=f"{RESULTS}/metrics/{{bkg}}/features.json",
    log:
        f"{LOGS}/measure_features/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_features/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=10),
    params:
        mass=lookup(within=config, dpath="mass"),
        code=code_digest("measure_features"),
    message:
        "Describing the features of {wildcards.bkg}"
    script:
        "../scripts/measure_features.py"


rule rank_features:
    """Rank the features, in simulation and in data sidebands, by what the classifier loses when each is shuffled."""
    input:
        events=rules.merge_events.output.events,
        models=expand(rules.train_models.output.models, method=RANKED, part=parts(RANKED), allow_missing=True),
    output:
        importance=f"{RESULTS}/metrics/{{bkg}}/importance.json",
    log:
        f"{LOGS}/rank_features/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/rank_features/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=30),
    params:
        method=RANKED,
        tag=TAGS[RANKED][0],
        mass=lookup(within=config, dpath="mass"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("rank_features"),
    message:
        "Ranking the features of {wildcards.bkg} with {RANKED}"
    script:
        "../scripts/rank_features.py"
