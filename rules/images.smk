"""Show the images of jets, and what networks look at in them, in studies that have such arrays.

INPUTS   the first ntuple of each sample, results/<study>/events/{bkg}.parquet,
         results/<study>/training/{bkg}/{method}/{part}.pt of networks on images
OUTPUTS  results/<study>/images/{sample}.json, results/<study>/gradients/{bkg}/{method}.json,
         results/<study>/figures/{bkg}/images.pdf, .png, .svg and .json
"""


rule measure_images:
    """Measure the mean image of the jets of one file of a sample after each step of its preparation."""
    input:
        ntuple=lambda wildcards: [path for path in ntuples(wildcards.sample)[:1] if "://" not in path],
    output:
        images=f"{RESULTS}/images/{{sample}}.json",
    log:
        f"{LOGS}/measure_images/{{sample}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_images/{{sample}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=20),
    params:
        path=lambda wildcards: ntuples(wildcards.sample)[0],
        role=lookup(within=config, dpath="samples/{sample}/role"),
        region=lookup(within=config, dpath="samples/{sample}/region"),
        simulated=simulated,
        format=sample_format,
        definitions=sample_definitions,
        mass=lookup(within=config, dpath="mass"),
        folds=lookup(within=config, dpath="folds"),
        step_size=lookup(within=config, dpath="granularity/step_size"),
        bad_events=lookup(within=config, dpath="bad_events"),
        code=code_digest("measure_images"),
    message:
        "Measuring the mean images of {wildcards.sample}"
    script:
        "../scripts/measure_images.py"


rule measure_gradients:
    """Measure what the networks of a method look at in images: the mean gradient of their logit, out of fold."""
    input:
        events=rules.merge_events.output.events,
        models=lambda wildcards: expand(
            rules.train_models.output.models, part=parts(wildcards.method), allow_missing=True
        ),
    output:
        gradients=f"{RESULTS}/gradients/{{bkg}}/{{method}}.json",
    log:
        f"{LOGS}/measure_gradients/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_gradients/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(NETWORKS),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=20),
    params:
        code=code_digest("measure_gradients"),
    message:
        "Measuring what {wildcards.method} looks at against {wildcards.bkg}"
    script:
        "../scripts/measure_gradients.py"


rule plot_images:
    """Draw the mean images of jets after each step of their preparation, and what networks look at in them."""
    input:
        images=lambda wildcards: expand(rules.measure_images.output.images, sample=pictured(wildcards.bkg)),
        gradients=expand(rules.measure_gradients.output.gradients, method=ON_IMAGES, allow_missing=True),
        style=STYLE,
    output:
        images=figure("images", "Samples"),
    log:
        f"{LOGS}/plot_images/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_images/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_images"),
    message:
        "Drawing the images of {wildcards.bkg}"
    script:
        "../scripts/plot_images.py"


OPTIONAL += [(rules.plot_images, {})]
