"""Draw the figures: each as PDF, PNG and SVG, with the numbers drawn beside it as JSON.

A stage that a study may leave out draws its own, with the rule plot_<stage> in rules/<stage>.smk.

INPUTS   results/<study>/metrics/{bkg}/*.json, results/<study>/training/{bkg}/{method}/{part}.json
         results/<study>/scores/{bkg}/{method}.json, results/<study>/training/{bkg}/{method}/weighting.json
OUTPUTS  results/<study>/figures/{bkg}/<name>.pdf, .png, .svg and .json; docs/report.md says what each figure shows
"""


rule plot_samples:
    """Draw what goes in: masses and features of the samples, correlations with the mass, ranking of the features."""
    input:
        features=rules.measure_features.output.features,
        importance=rules.rank_features.output.importance,
        style=STYLE,
    output:
        mass=figure("mass", "Samples"),
        features=figure("features", "Samples"),
        correlations=figure("correlations", "Samples"),
        importance=figure("importance", "Samples"),
    log:
        f"{LOGS}/plot_samples/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_samples/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        quantities=said_of_features("latex", "unit"),
        code=code_digest("plot_samples"),
    message:
        "Drawing the samples of {wildcards.bkg}"
    script:
        "../scripts/plot_samples.py"


rule plot_training:
    """Draw the losses of a method against the epoch, or the number of trees: one sees whether it converged or overtrained."""
    input:
        histories=lambda wildcards: (
            expand(rules.train_trees.output.history, **wildcards)
            if wildcards.method in TREES
            else expand(rules.train_models.output.history, part=parts(wildcards.method), **wildcards)
        ),
        plain=expand(
            rules.train_models.output.history, method=PLAIN_METHOD, part=parts(PLAIN_METHOD), allow_missing=True
        ),
        style=STYLE,
    output:
        training=figure("training_{method}", "Training"),
    log:
        f"{LOGS}/plot_training/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_training/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(NETWORKS + TREES),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_training"),
    message:
        "Drawing the training of {wildcards.method} against {wildcards.bkg}"
    script:
        "../scripts/plot_training.py"


rule plot_metrics:
    """Draw how well the methods select and how much they sculpt; `sculpting` is the figure to look at first."""
    input:
        metrics=expand(rules.measure_methods.output.metrics, method=METHODS, allow_missing=True),
        comparison=rules.compare_methods.output.comparison,
        working_point=WORKING_POINT,
        style=STYLE,
    output:
        **({"pairs": figure("pairs", "Decorrelation")} if len(PAIRED) > 1 else {}),
        roc=figure("roc", "Selection"),
        tradeoff=figure("tradeoff", "Selection"),
        jsd=figure("jsd", "Selection"),
        efficiency_profile=figure("efficiency_profile", "Selection"),
        efficiency_all=figure("efficiency_all", "Selection"),
        score_profile=figure("score_profile", "Selection"),
        sculpting=figure("sculpting", "Selection"),
        scores=figure("scores", "Selection"),
        distributions=figure("distributions", "Decorrelation"),
        divergence=figure("divergence", "Decorrelation"),
    log:
        f"{LOGS}/plot_metrics/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_metrics/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_metrics"),
    message:
        "Drawing the selections against {wildcards.bkg}"
    script:
        "../scripts/plot_metrics.py"


rule plot_maps:
    """Draw what a transform learnt, and what it did to the background in the variables that it protects."""
    input:
        effects=rules.transform_scores.output.effects,
        style=STYLE,
    output:
        map=figure("map_{method}", "Decorrelation"),
    log:
        f"{LOGS}/plot_maps/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_maps/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(TRANSFORMS),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        quantities=said_of_features("latex", "unit"),
        code=code_digest("plot_maps"),
    message:
        "Drawing what {wildcards.method} does against {wildcards.bkg}"
    script:
        "../scripts/plot_maps.py"


rule plot_weighting:
    """Draw the spectra of both classes with the weights of a method's training, and with those of all later numbers."""
    input:
        weighting=rules.measure_weighting.output.weighting,
        style=STYLE,
    output:
        weighting=figure("weighting_{method}", "Training"),
    log:
        f"{LOGS}/plot_weighting/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_weighting/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(REWEIGHTED),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        quantities=said_of_features("latex", "unit"),
        code=code_digest("plot_weighting"),
    message:
        "Drawing the weights in the training of {wildcards.method} against {wildcards.bkg}"
    script:
        "../scripts/plot_weighting.py"


rule plot_posterior:
    """Draw the mass spectra that the adversaries of a method expect at some scores, beside those of held-out events."""
    input:
        posterior=rules.measure_posterior.output.posterior,
        style=STYLE,
    output:
        posterior=figure("posterior_{method}", "Training"),
    log:
        f"{LOGS}/plot_posterior/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_posterior/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(ADVERSARIES),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_posterior"),
    message:
        "Drawing what the adversaries of {wildcards.method} expect against {wildcards.bkg}"
    script:
        "../scripts/plot_posterior.py"
