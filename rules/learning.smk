"""Ask how well methods learn from how many events, in studies with learning curves or published taggers.

INPUTS   results/<study>/events/{bkg}.parquet, results/<study>/scores/{bkg}/{method}.parquet
OUTPUTS  results/<study>/learning/{bkg}/{method}.json (and {method}.json.checkpoint while a job trains networks);
         of learning curves results/<study>/figures/{bkg}/learning.pdf, .png, .svg and .json
"""

LEARNING = methods.learning(config)


rule measure_learning:
    """Judge the models of a method on one fold, and further ones that learn from fewer events."""
    input:
        events=rules.merge_events.output.events,
        scores=SCORES,
    output:
        learning=f"{RESULTS}/learning/{{bkg}}/{{method}}.json",
    log:
        f"{LOGS}/measure_learning/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_learning/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(LEARNING),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=60, gpus=int(config["training"]["device"] == "cuda")),
    params:
        asked=lookup(within=config, dpath="learning_curves"),
        method=lookup(within=config, dpath="methods/{method}"),
        training=lookup(within=config, dpath="training"),
        network=architecture_settings,
        trees=lookup(within=config, dpath="trees"),
        mass=lookup(within=config, dpath="mass"),
        metrics=lookup(within=config, dpath="metrics"),
        folds=lookup(within=config, dpath="folds"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("measure_learning"),
    message:
        "Asking how well {wildcards.method} learns against {wildcards.bkg}"
    script:
        "../scripts/measure_learning.py"


SUMMARISED |= {"learning": expand(rules.measure_learning.output.learning, method=LEARNING, bkg=BACKGROUNDS)}


if config["learning_curves"]:

    rule plot_learning:
        """Draw area and rejection of each method against the number of events that it learns from."""
        input:
            learning=expand(rules.measure_learning.output.learning, method=LEARNING, allow_missing=True),
            style=STYLE,
        output:
            learning=figure("learning", "Training"),
        log:
            f"{LOGS}/plot_learning/{{bkg}}.log",
        benchmark:
            f"{BENCHMARKS}/plot_learning/{{bkg}}.tsv"
        conda:
            "../envs/unsculpt.yaml"
        threads: 1
        resources:
            **scaled(mem_mb=1000, minutes=10),
        params:
            study=STUDY,
            code=code_digest("plot_learning"),
        message:
            "Drawing how well methods learn against {wildcards.bkg}"
        script:
            "../scripts/plot_learning.py"

    OPTIONAL += [(rules.plot_learning, {})]
