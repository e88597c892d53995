"""Search for hyperparameters (`snakemake tune`, `make tune`); not part of a run, since it takes a day's work of a core.

INPUTS   results/<study>/events/{bkg}.parquet
OUTPUTS  results/<study>/tuning/{bkg}/{search}/best.yaml, a study that changes what was found, and result.json, the trials;
         trials.journal, which all workers share and which outlives their jobs (delete it to start anew);
         results/<study>/figures/{bkg}/tuning_{search}.pdf, .png, .svg and .json
"""

TUNING = config["tuning"]
TUNED = TUNING["background"] or BACKGROUNDS[0]


wildcard_constraints:
    search="classifier|combined",
    worker=r"\d+",


rule tune_trials:
    """Run trials of one search beside other workers; a killed worker goes on where it was."""
    input:
        events=rules.merge_events.output.events,
        earlier=earlier_search,
    output:
        done=f"{RESULTS}/tuning/{{bkg}}/{{search}}/worker_{{worker}}.json",
    log:
        f"{LOGS}/tune_trials/{{bkg}}/{{search}}/{{worker}}.log",
    benchmark:
        f"{BENCHMARKS}/tune_trials/{{bkg}}/{{search}}/{{worker}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=3000, minutes=480),
    params:
        tuning=lookup(within=config, dpath="tuning"),
        training=lookup(within=config, dpath="training"),
        mass=lookup(within=config, dpath="mass"),
        metrics=lookup(within=config, dpath="metrics"),
        working_point=lookup(within=config, dpath="working_point"),
        seed=lookup(within=config, dpath="seed"),
        journal=f"{RESULTS}/tuning/{{bkg}}/{{search}}/trials.journal",
        code=code_digest("tune_trials"),
    message:
        "Tuning ({wildcards.search}, worker {wildcards.worker}) against {wildcards.bkg}"
    script:
        "../scripts/tune_trials.py"


rule choose_settings:
    """Choose the best trial, check it on events that the search never saw, and write it as a study."""
    input:
        events=rules.merge_events.output.events,
        earlier=earlier_search,
        workers=expand(rules.tune_trials.output.done, worker=range(TUNING["workers"]), allow_missing=True),
    output:
        result=f"{RESULTS}/tuning/{{bkg}}/{{search}}/result.json",
        study=f"{RESULTS}/tuning/{{bkg}}/{{search}}/best.yaml",
    log:
        f"{LOGS}/choose_settings/{{bkg}}/{{search}}.log",
    benchmark:
        f"{BENCHMARKS}/choose_settings/{{bkg}}/{{search}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=3000, minutes=60),
    params:
        study=lookup(within=config, dpath="study"),
        tuning=lookup(within=config, dpath="tuning"),
        training=lookup(within=config, dpath="training"),
        mass=lookup(within=config, dpath="mass"),
        metrics=lookup(within=config, dpath="metrics"),
        working_point=lookup(within=config, dpath="working_point"),
        seed=lookup(within=config, dpath="seed"),
        journal=f"{RESULTS}/tuning/{{bkg}}/{{search}}/trials.journal",
        code=code_digest("choose_settings"),
    message:
        "Choosing the settings of {wildcards.bkg} ({wildcards.search})"
    script:
        "../scripts/choose_settings.py"


rule plot_tuning:
    """Draw each trial and the best so far, and how much each hyperparameter matters."""
    input:
        result=rules.choose_settings.output.result,
        style=STYLE,
    output:
        tuning=figure("tuning_{search}", "Tuning"),
    log:
        f"{LOGS}/plot_tuning/{{bkg}}/{{search}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_tuning/{{bkg}}/{{search}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_tuning"),
    message:
        "Drawing the search {wildcards.search} of {wildcards.bkg}"
    script:
        "../scripts/plot_tuning.py"


rule tune:
    """Make all searches of the study with their figures."""
    input:
        config=rules.write_config.output.config,
        studies=expand(rules.choose_settings.output.study, bkg=TUNED, search=TUNING["searches"]),
        figures=expand(rules.plot_tuning.output.tuning, bkg=TUNED, search=TUNING["searches"]),
    localrule: True
