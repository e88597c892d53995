"""Write down what came out.

INPUTS   the JSON files of all stages that the study has, and what tables of events and scores say of themselves
OUTPUTS  results/<study>/summary.json and headline.txt beside it
"""


rule summarise:
    """Gather the numbers of the study in one file, and the most important ones in a few lines."""
    input:
        **SUMMARISED,
        config=rules.write_config.output.config,
        events=expand(rules.merge_events.output.events, bkg=BACKGROUNDS),
        features=expand(rules.measure_features.output.features, bkg=BACKGROUNDS),
        importance=expand(rules.rank_features.output.importance, bkg=BACKGROUNDS),
        scores=[expand(SCORES, method=method, bkg=BACKGROUNDS) for method in METHODS],
        metrics=[expand(rules.measure_methods.output.metrics, method=method, bkg=BACKGROUNDS) for method in METHODS],
        comparison=expand(rules.compare_methods.output.comparison, bkg=BACKGROUNDS),
        histories=of_each_part(rules.train_models.output.history),
        working_point=expand(WORKING_POINT, bkg=BACKGROUNDS),
    output:
        summary=f"{RESULTS}/summary.json",
        headline=f"{RESULTS}/headline.txt",
    log:
        f"{LOGS}/summarise.log",
    benchmark:
        f"{BENCHMARKS}/summarise.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=5),
    params:
        backgrounds=BACKGROUNDS,
        code=code_digest("summarise"),
    message:
        "Summarising the study"
    script:
        "../scripts/summarise.py"
