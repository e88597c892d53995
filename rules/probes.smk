"""Score samples that are neither signal nor background of the study, in studies that have such probes.

INPUTS   results/<study>/events/{sample}/{part}.parquet and {bkg}.parquet, results/<study>/scores/{bkg}/{method}.parquet,
         results/<study>/training/{bkg}/{method}/{part}.pt
OUTPUTS  results/<study>/probes/{bkg}/{method}.json,
         results/<study>/figures/{bkg}/probes_{probe}.pdf, .png, .svg and .json
"""

PROBED = probes.samples_of(config)
PROBING = probes.shown(config)


rule measure_probes:
    """Score the probes by the models of their folds, and tell each from background."""
    input:
        events=rules.merge_events.output.events,
        scores=SCORES,
        probes=[
            f"{RESULTS}/events/{name}/{part}.parquet"
            for name in PROBED
            for part in range(granularity.tables(config, name))
        ],
        models=models_if_network,
        learnt=learnt_if_transform,
    output:
        probes=f"{RESULTS}/probes/{{bkg}}/{{method}}.json",
    log:
        f"{LOGS}/measure_probes/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_probes/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(PROBING),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=3000, minutes=10),
    params:
        samples=PROBED,
        methods=methods_of_scores,
        mass=lookup(within=config, dpath="mass"),
        signal_efficiency=lookup(within=config, dpath="metrics/signal_efficiency"),
        code=code_digest("measure_probes"),
    message:
        "Telling the probes from {wildcards.bkg} by {wildcards.method}"
    script:
        "../scripts/measure_probes.py"


rule plot_probes:
    """Draw how well each method tells the samples of a probe from background against their parameter."""
    input:
        probes=lambda wildcards: expand(
            rules.measure_probes.output.probes,
            method=probes.methods_of(config["probes"][wildcards.probe], config["methods"]),
            allow_missing=True,
        ),
        style=STYLE,
    output:
        probes=figure("probes_{probe}", "Probes"),
    log:
        f"{LOGS}/plot_probes/{{bkg}}/{{probe}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_probes/{{bkg}}/{{probe}}.tsv"
    wildcard_constraints:
        probe=one_of(config["probes"]),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        probe=lookup(within=config, dpath="probes/{probe}", labels=True),
        code=code_digest("plot_probes"),
    message:
        "Drawing the probe {wildcards.probe} against {wildcards.bkg}"
    script:
        "../scripts/plot_probes.py"


SUMMARISED |= {"probes": [expand(rules.measure_probes.output.probes, method=PROBING, bkg=BACKGROUNDS)]}
OPTIONAL += [(rules.plot_probes, {"probe": list(config["probes"])})]
