"""Show what autoencoders of images give back, in studies that have any.

INPUTS   results/<study>/events/{bkg}.parquet, results/<study>/training/{bkg}/{method}/{part}.pt
OUTPUTS  results/<study>/pictures/{bkg}/{method}.json,
         results/<study>/figures/{bkg}/pictures_{method}.pdf, .png, .svg and .json
"""

PICTURED = methods.pictured(config)


rule measure_pictures:
    """Take images that the autoencoders of a method have not seen, what they give back, and the error in each pixel."""
    input:
        events=rules.merge_events.output.events,
        models=lambda wildcards: expand(
            rules.train_models.output.models, part=parts(wildcards.method), allow_missing=True
        ),
    output:
        pictures=f"{RESULTS}/pictures/{{bkg}}/{{method}}.json",
    log:
        f"{LOGS}/measure_pictures/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_pictures/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(PICTURED),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=10),
    params:
        tag=lambda wildcards: TAGS[wildcards.method][0],
        code=code_digest("measure_pictures"),
    message:
        "Looking at what {wildcards.method} gives back of {wildcards.bkg}"
    script:
        "../scripts/measure_pictures.py"


rule plot_pictures:
    """Draw images, what the autoencoders of a method give back of them, and the error in each pixel."""
    input:
        pictures=rules.measure_pictures.output.pictures,
        style=STYLE,
    output:
        pictures=figure("pictures_{method}", "Training"),
    log:
        f"{LOGS}/plot_pictures/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_pictures/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(PICTURED),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_pictures"),
    message:
        "Drawing what {wildcards.method} gives back of {wildcards.bkg}"
    script:
        "../scripts/plot_pictures.py"


OPTIONAL += [(rules.plot_pictures, {"method": PICTURED})]
