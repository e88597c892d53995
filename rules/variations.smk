"""Select simulated events anew with other scales of objects, and measure what these do to every cut on a score.

Copies lie in tables of their own, so that no other number counts them; they have the run and event numbers of their
events, hence their folds.

INPUTS   ntuples of simulated samples, results/<study>/events/{bkg}.parquet, models, scores, metrics/{bkg}/{method}.json
OUTPUTS  results/<study>/variations/{sample}/{part}/{shifted}.parquet, variations/{bkg}/{shifted}.parquet and {method}.json,
         results/<study>/figures/{bkg}/variations.pdf, .png, .svg and .json
"""

COPIES = list(variations.copies(config["variations"]))
SIMULATED = [name for name, sample in config["samples"].items() if sample["role"] != "data" and not sample["measured"]]
VARIED = variations.scored(config["methods"])


@of_wildcards
def simulated_of(wildcards):
    """The samples of one table that are simulated and have copies."""
    return [name for name in hypotheses.samples_of(config, wildcards.bkg) if name in SIMULATED]


rule select_variations:
    """Select the events of simulated ntuples once for each scale of their objects."""
    input:
        ntuples=local_ntuples,
        trees=trees_of_sample,
    output:
        events=expand(
            f"{RESULTS}/variations/{{sample}}/{{part}}/{{shifted}}.parquet", shifted=COPIES, allow_missing=True
        ),
    log:
        f"{LOGS}/select_variations/{{sample}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/select_variations/{{sample}}/{{part}}.tsv"
    wildcard_constraints:
        sample=one_of(SIMULATED),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=3000, minutes=lambda wildcards: 60 * len(ntuples_of_part(wildcards))),
    params:
        paths=ntuples_of_part,
        role=lookup(within=config, dpath="samples/{sample}/role"),
        region=lookup(within=config, dpath="samples/{sample}/region"),
        format=sample_format,
        definitions=sample_definitions,
        mass=lookup(within=config, dpath="mass"),
        features=lookup(within=config, dpath="features"),
        feature_padding=lookup(within=config, dpath="feature_padding"),
        folds=lookup(within=config, dpath="folds"),
        step_size=lookup(within=config, dpath="granularity/step_size"),
        bad_events=lookup(within=config, dpath="bad_events"),
        variations=lookup(within=config, dpath="variations"),
        content=content_of_own,
        code=code_digest("select_variations"),
    message:
        "Selecting events of {wildcards.sample}, part {wildcards.part}, with other scales"
    script:
        "../scripts/select_variations.py"


rule merge_variations:
    """Merge the copies of signals and one background hypothesis, with the weights of their events."""
    input:
        events=rules.merge_events.output.events,
        copies=lambda wildcards: [
            f"{RESULTS}/variations/{name}/{part}/{wildcards.shifted}.parquet"
            for name in simulated_of(wildcards)
            for part in range(granularity.tables(config, name))
        ],
    output:
        events=f"{RESULTS}/variations/{{bkg}}/{{shifted}}.parquet",
    log:
        f"{LOGS}/merge_variations/{{bkg}}/{{shifted}}.log",
    benchmark:
        f"{BENCHMARKS}/merge_variations/{{bkg}}/{{shifted}}.tsv"
    wildcard_constraints:
        shifted=one_of(COPIES),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=4000, minutes=30),
    params:
        samples=simulated_of,
        code=code_digest("merge_variations"),
    message:
        "Merging the copies {wildcards.shifted} of {wildcards.bkg}"
    script:
        "../scripts/merge_variations.py"


rule measure_variations:
    """Measure what each scale does to the cut of each strength of a method, with errors of pairs."""
    input:
        events=rules.merge_events.output.events,
        scores=SCORES,
        metrics=rules.measure_methods.output.metrics,
        copies=expand(rules.merge_variations.output.events, shifted=COPIES, allow_missing=True),
        models=models_if_network,
        learnt=learnt_if_transform,
    output:
        variations=f"{RESULTS}/variations/{{bkg}}/{{method}}.json",
    log:
        f"{LOGS}/measure_variations/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_variations/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(VARIED),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=3000, minutes=20),
    params:
        samples=simulated_of,
        methods=methods_of_scores,
        variations=lookup(within=config, dpath="variations"),
        channels=list(config["channels"]),
        mass=lookup(within=config, dpath="mass"),
        signal_efficiency=lookup(within=config, dpath="metrics/signal_efficiency"),
        jsd_base=lookup(within=config, dpath="metrics/jsd_base"),
        replicas=lookup(within=config, dpath="metrics/bootstrap_replicas"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("measure_variations"),
    message:
        "Measuring what other scales do to {wildcards.method} against {wildcards.bkg}"
    script:
        "../scripts/measure_variations.py"


rule plot_variations:
    """Draw the changes of signal yield and background efficiency of all points for each variation."""
    input:
        variations=expand(rules.measure_variations.output.variations, method=VARIED, allow_missing=True),
        style=STYLE,
    output:
        variations=figure("variations", "Variations"),
    log:
        f"{LOGS}/plot_variations/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_variations/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        variations=lookup(within=config, dpath="variations"),
        code=code_digest("plot_variations"),
    message:
        "Drawing what other scales do against {wildcards.bkg}"
    script:
        "../scripts/plot_variations.py"


SUMMARISED |= {"variations": [expand(rules.measure_variations.output.variations, method=VARIED, bkg=BACKGROUNDS)]}
OPTIONAL += [(rules.plot_variations, {})]
