"""Hunt for a bump in the mass of the events least like background, in studies that ask for it.

INPUTS   results/<study>/events/{bkg}.parquet, results/<study>/scores/{bkg}/{method}.parquet
OUTPUTS  results/<study>/hunts/{bkg}/{method}.json,
         results/<study>/figures/{bkg}/hunt_spectra and hunt_significance.pdf, .png, .svg and .json
"""

HUNTING = [name for name in METHODS if name not in FEATURES and config["methods"][name].get("task") != "inverse"]


rule measure_hunt:
    """Hunt in the mass of what each strength of a method likes least, with the share of signal it was trained with."""
    input:
        events=rules.merge_events.output.events,
        scores=SCORES,
    output:
        hunt=f"{RESULTS}/hunts/{{bkg}}/{{method}}.json",
    log:
        f"{LOGS}/measure_hunt/{{bkg}}/{{method}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_hunt/{{bkg}}/{{method}}.tsv"
    wildcard_constraints:
        method=one_of(HUNTING),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=10),
    params:
        share=lambda wildcards: config["methods"][wildcards.method].get("contamination", 0.0),
        tags=lambda wildcards: TAGS[wildcards.method],
        mass=lookup(within=config, dpath="mass"),
        fit={key: config["fit"][key] for key in ("functions", "max_order", "order_p_value")},
        hunt=lookup(within=config, dpath="hunt"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("measure_hunt"),
    message:
        "Hunting in the mass of what {wildcards.method} finds unlike {wildcards.bkg}"
    script:
        "../scripts/measure_hunt.py"


rule plot_hunt:
    """Draw the spectra in which was hunted, and the significances against the share of signal."""
    input:
        hunts=expand(rules.measure_hunt.output.hunt, method=HUNTING, allow_missing=True),
        style=STYLE,
    output:
        spectra=figure("hunt_spectra", "Hunt"),
        significances=figure("hunt_significance", "Hunt"),
    log:
        f"{LOGS}/plot_hunt/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_hunt/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_hunt"),
    message:
        "Drawing the hunts for {wildcards.bkg}"
    script:
        "../scripts/plot_hunt.py"


SUMMARISED |= {"hunts": [expand(rules.measure_hunt.output.hunt, method=HUNTING, bkg=BACKGROUNDS)]}
OPTIONAL += [(rules.plot_hunt, {})]
