"""Compare networks with the exact classifiers of a toy whose densities are known, in studies that ask it.

INPUTS   results/<study>/training/{bkg}/{method}/{part}.pt and .json, and for transforms
         results/<study>/events/{bkg}.parquet and results/<study>/scores/{bkg}/{method}.parquet of their base
OUTPUTS  results/<study>/exact/{bkg}/{method}.json, results/<study>/figures/{bkg}/exact_*
"""

JUDGED = NETWORKS + [  # and their maps in the mass, which stands for the nuisance parameter
    method
    for method in TRANSFORMS
    if config["methods"][method]["of"] in NETWORKS and config["methods"][method].get("protected", ["mass"]) == ["mass"]
]


rule measure_exact:
    """Judge each model of a method by itself, and the exact classifiers, on new events."""
    input:
        models=models_of_exact,
        learnt=learnt_of_exact,
    output:
        exact=f"{RESULTS}/exact/{{bkg}}/{{method}}.json",
    log:
        f"{LOGS}/measure_exact/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_exact/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(JUDGED),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=20),
    params:
        transform=transform_of,
        exact=lookup(within=config, dpath="exact"),
        mass=lookup(within=config, dpath="mass"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("measure_exact"),
    message:
        "Comparing {wildcards.method} with the exact classifiers of {wildcards.bkg}"
    script:
        "../scripts/measure_exact.py"


rule plot_exact:
    """Draw networks beside the exact classifiers: distributions, decision surfaces, losses, and the plane of both aims."""
    input:
        exact=expand(rules.measure_exact.output.exact, method=JUDGED, allow_missing=True),
        histories=lambda wildcards: [
            path
            for method in NETWORKS
            for path in expand(rules.train_models.output.history, method=method, part=parts(method), **wildcards)
        ],
        style=STYLE,
    output:
        panels=figure("exact_panels", "Exact"),
        losses=figure("exact_losses", "Exact"),
        plane=figure("exact_plane", "Exact"),
    log:
        f"{LOGS}/plot_exact/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_exact/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_exact"),
    message:
        "Drawing the exact classifiers beside the networks against {wildcards.bkg}"
    script:
        "../scripts/plot_exact.py"


SUMMARISED |= {"exact": [expand(rules.measure_exact.output.exact, method=JUDGED, bkg=BACKGROUNDS)]}
OPTIONAL += [(rules.plot_exact, {})]
