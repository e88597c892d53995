"""Score new ntuples by the models of a finished run (`make apply FILES=...`, docs/apply.md); no part of a run.

INPUTS   the files of `apply.files`, and of the study training/, events/{bkg}.parquet, scores/, working points, categories
OUTPUTS  results/<study>/apply/{ntuple}.root, a friend tree entry by entry, and {ntuple}.parquet
"""

APPLIED = {naming.file_stem(path): path for path in config["apply"]["files"]}
STUDY_FILES = {  # of a finished run, by background hypothesis
    bkg: {
        "events": expand(rules.merge_events.output.events, bkg=bkg)[0],
        "models": {
            method: expand(rules.train_models.output.models, bkg=bkg, method=method, part=parts(method))
            for method in NETWORKS
        },
        "scores": {
            method: SCORES.format(bkg=bkg, method=method)
            for method in dict.fromkeys(config["methods"][name]["of"] for name in TRANSFORMS)
        },
        "working_point": WORKING_POINT.format(bkg=bkg),
        "categories": (rules.choose_categories.output.table.format(bkg=bkg) if "categories" in STAGES else None),
    }
    for bkg in BACKGROUNDS
}


rule apply_models:
    """Score the entries of one ntuple, each by the network of its fold; what is hidden is as what fails the selection."""
    input:
        ntuple=applied_file,
        study=leaves(STUDY_FILES),
        trees=trees_of(as_sample(config["apply"]["sample"])["definitions"]),
    output:
        root=f"{RESULTS}/apply/{{ntuple}}.root",
        parquet=f"{RESULTS}/apply/{{ntuple}}.parquet",
    log:
        f"{LOGS}/apply_models/{{ntuple}}.log",
    benchmark:
        f"{BENCHMARKS}/apply_models/{{ntuple}}.tsv"
    wildcard_constraints:
        ntuple=one_of(APPLIED),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=3000, minutes=60),
    params:
        **as_sample(config["apply"]["sample"]),
        path=lambda wildcards: APPLIED[wildcards.ntuple],
        given=STUDY_FILES,
        study=lookup(within=config, dpath="study"),
        sample=lookup(within=config, dpath="apply/sample"),
        also=applied_methods(),
        mass=lookup(within=config, dpath="mass"),
        features=lookup(within=config, dpath="features"),
        feature_padding=lookup(within=config, dpath="feature_padding"),
        folds=lookup(within=config, dpath="folds"),
        methods=lookup(within=config, dpath="methods"),
        signal_efficiency=lookup(within=config, dpath="metrics/signal_efficiency"),
        bad_events=lookup(within=config, dpath="bad_events"),
        step_size=lookup(within=config, dpath="granularity/step_size"),
        code=code_digest("apply_models"),
    message:
        "Scoring {params.path}"
    script:
        "../scripts/apply_models.py"


rule apply:
    """Score all files of `apply.files`."""
    input:
        expand(rules.apply_models.output, ntuple=APPLIED),
    localrule: True
