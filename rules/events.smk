"""Select the events of the ntuples, and merge them into one normalised table for each background hypothesis.

INPUTS   results/<study>/ntuples/{sample}/{part}.root, or the files of the sample
OUTPUTS  results/<study>/events/{sample}/{part}.parquet and results/<study>/events/{bkg}.parquet
"""


rule select_events:
    """Select the events of one or more ntuples and compute their features; blinded data leave the study here."""
    input:
        ntuples=local_ntuples,
        trees=trees_of_sample,
    output:
        events=f"{RESULTS}/events/{{sample}}/{{part}}.parquet",
    log:
        f"{LOGS}/select_events/{{sample}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/select_events/{{sample}}/{{part}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=lambda wildcards: 30 * len(ntuples_of_part(wildcards))),
    params:
        paths=ntuples_of_part,
        role=lookup(within=config, dpath="samples/{sample}/role"),
        region=lookup(within=config, dpath="samples/{sample}/region"),
        simulated=simulated,
        format=sample_format,
        definitions=sample_definitions,
        mass=lookup(within=config, dpath="mass"),
        features=lookup(within=config, dpath="features"),
        feature_padding=lookup(within=config, dpath="feature_padding"),
        folds=lookup(within=config, dpath="folds"),
        step_size=lookup(within=config, dpath="granularity/step_size"),
        bad_events=lookup(within=config, dpath="bad_events"),
        content=content_of_own,
        blind=lookup(within=config, dpath="blind"),
        code=code_digest("select_events"),
    message:
        "Selecting events of {wildcards.sample}, part {wildcards.part}"
    script:
        "../scripts/select_events.py"


rule merge_events:
    """Merge signals, one background hypothesis and data, with weights in expected events at the luminosity."""
    input:
        events=event_parts,
    output:
        events=f"{RESULTS}/events/{{bkg}}.parquet",
    log:
        f"{LOGS}/merge_events/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/merge_events/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=4000, minutes=30),
    params:
        own=own_samples,
        samples=normalised_samples,
        luminosity_fb=lookup(within=config, dpath="luminosity_fb"),
        mass=lookup(within=config, dpath="mass"),
        match_signal=lookup(within=config, dpath="match_signal"),
        code=code_digest("merge_events"),
    message:
        "Merging the events of the background hypothesis {wildcards.bkg}"
    script:
        "../scripts/merge_events.py"
