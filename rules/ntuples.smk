"""Simulate ROOT ntuples of the samples without files, and draw pseudo-data.

INPUTS   none, or Sherpa for the processes with a matrix element, which is installed on the way if it can be
OUTPUTS  results/<study>/ntuples/{sample}/{part}.root, and {sample}/sherpa.tar for samples of such processes
"""

SIMULATED = [name for name, sample in config["samples"].items() if "simulate" in sample]
DRAWN = [name for name, sample in config["samples"].items() if "pseudodata" in sample]
NOTHING = "(?!)"  # a wildcard constraint that nothing fulfils
SHERPA = "tools/sherpa-3.0.3b2"


rule install_sherpa:
    """Install Sherpa beside the workflow; without network the marker says so, and nothing fails."""
    output:
        marker=f"{SHERPA}.json",
    log:
        f"{LOGS}/install_sherpa.log",
    benchmark:
        f"{BENCHMARKS}/install_sherpa.tsv"
    localrule: True  # worker nodes often have no network
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=15, disk_mb=300),
    params:
        directory=lambda wildcards, output: output.marker.removesuffix(".json"),
        code=code_digest("install_sherpa"),
    message:
        "Installing Sherpa into {params.directory}"
    script:
        "../scripts/install_sherpa.py"


rule integrate_sherpa:
    """Integrate the cross-section of the matrix element; all chunks of the sample generate events from it."""
    input:
        marker=rules.install_sherpa.output.marker,
    output:
        archive=f"{RESULTS}/ntuples/{{sample}}/sherpa.tar",
    log:
        f"{LOGS}/integrate_sherpa/{{sample}}.log",
    benchmark:
        f"{BENCHMARKS}/integrate_sherpa/{{sample}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=20),
    params:
        code=code_digest("integrate_sherpa"),
    message:
        "Integrating the matrix element of {wildcards.sample}"
    script:
        "../scripts/integrate_sherpa.py"


rule simulate_ntuples:
    """Simulate one or more chunks of a sample: generator, shower, detector response, one ntuple."""
    input:
        sherpa=own_sherpa_archive,
    output:
        ntuple=f"{RESULTS}/ntuples/{{sample}}/{{part}}.root",
    log:
        f"{LOGS}/simulate_ntuples/{{sample}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/simulate_ntuples/{{sample}}/{{part}}.tsv"
    wildcard_constraints:
        sample="|".join(SIMULATED) or NOTHING,
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=lambda wildcards: 60 * len(chunks(wildcards))),
    params:
        chunks=chunks,
        process=lookup(within=config, dpath="samples/{sample}/simulate/process"),
        events=lookup(within=config, dpath="samples/{sample}/simulate/events_per_chunk"),
        pile_up=lookup(within=config, dpath="samples/{sample}/simulate/pile_up"),
        simulation=lookup(within=config, dpath="simulation"),
        seed=lookup(within=config, dpath="seed"),
        sample_index=sample_index,
        code=code_digest("simulate_ntuples"),
    message:
        "Simulating {wildcards.sample}, part {wildcards.part}"
    script:
        "../scripts/simulate_ntuples.py"


rule draw_pseudodata:
    """Draw pseudo-data from an independent simulation of signal and backgrounds."""
    input:
        sherpa=drawn_archives,
    output:
        ntuple=f"{RESULTS}/ntuples/{{sample}}/{{part}}.root",
    log:
        f"{LOGS}/draw_pseudodata/{{sample}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/draw_pseudodata/{{sample}}/{{part}}.tsv"
    wildcard_constraints:
        sample="|".join(DRAWN) or NOTHING,
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2000, minutes=60),
    params:
        pseudodata=lookup(within=config, dpath="samples/{sample}/pseudodata"),
        signal=drawn("signal"),
        backgrounds=drawn("background"),
        luminosity_fb=lookup(within=config, dpath="luminosity_fb"),
        definitions=drawn_definitions,
        format=drawn_format,
        mass=lookup(within=config, dpath="mass"),
        simulation=lookup(within=config, dpath="simulation"),
        blind=lookup(within=config, dpath="blind"),
        seed=lookup(within=config, dpath="seed"),
        sample_index=sample_index,
        code=code_digest("draw_pseudodata"),
    message:
        "Drawing pseudo-data {wildcards.sample}"
    script:
        "../scripts/draw_pseudodata.py"
