"""Train generators of calorimeter showers and judge them beside truth (docs/showers.md).

INPUTS   none, or HDF5 files of showers of the particles
OUTPUTS  results/<study>/showers/{sample}/{particle}/{chunk}.h5, true showers
         results/<study>/training/{generator}/{replica}.pt and .json, the losses, beside it
         (and {replica}.pt.checkpoint while a job runs or after it was cut off)
         results/<study>/generated/{generator}/{replica}.h5 and .root, showers at the energies of the sample test
         results/<study>/generation/truth.json, physics/ and learning/{generator}/{replica}.json, scan/{refinement}.json
         and times.json, which alone has what a clock says
         results/<study>/figures/showers_*
"""

from unsculpt import generators

GENERATION = {key: config["generation"][key] for key in ("calorimeter", "energies_gev", "particles")}
GENERATORS = {name: of["seeds"] for name, of in config["generation"]["generators"].items()}
SAMPLES = config["generation"]["samples"]
PARTICLES = list(config["generation"]["particles"])
MAIN = config["generation"]["main"]
REFINEMENTS = config["generation"]["scan"]["refinements"]
TRUTH = "truth"  # in place of a generator: true showers beside true ones


wildcard_constraints:
    sample="|".join(SAMPLES),
    particle="|".join(PARTICLES),
    generator="|".join([*GENERATORS, TRUTH]),
    chunk=r"\d+",
    replica=r"\d+",
    refinement=r"\d+",


def of_sample(sample):
    """The files of a sample, particle after particle."""
    chunks = range(SAMPLES[sample]["chunks"])
    return expand(f"{RESULTS}/showers/{sample}/{{particle}}/{{chunk}}.h5", particle=PARTICLES, chunk=chunks)


def of_replicas(path):
    """A file of each training of each generator."""
    return [file for name, seeds in GENERATORS.items() for file in expand(path, generator=name, replica=range(seeds))]


def given_file(wildcards):
    """The file of showers of a particle, if it has one."""
    given = config["generation"]["particles"][wildcards.particle]["file"]
    return [given] if given else []


def compared_showers(wildcards):
    """What is compared with the sample test: generated showers, or true ones."""
    return (
        of_sample("other") if wildcards.generator == TRUTH else expand(rules.generate_showers.output.hdf5, **wildcards)
    )


def label_of(wildcards):
    """What a generator is called."""
    if wildcards.generator == TRUTH:
        return "Truth"
    return config["generation"]["generators"][wildcards.generator].get("label", wildcards.generator)


rule make_showers:
    """Simulate a chunk of a sample of true showers, or cut it out of the file of the particle."""
    input:
        given_file,
    output:
        showers=f"{RESULTS}/showers/{{sample}}/{{particle}}/{{chunk}}.h5",
    log:
        f"{LOGS}/make_showers/{{sample}}/{{particle}}/{{chunk}}.log",
    benchmark:
        f"{BENCHMARKS}/make_showers/{{sample}}/{{particle}}/{{chunk}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=10),
    params:
        generation=GENERATION,
        samples=lookup(within=config, dpath="generation/samples"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("make_showers"),
    message:
        "Making showers of {wildcards.particle} for {wildcards.sample}, chunk {wildcards.chunk}"
    script:
        "../scripts/make_showers.py"


rule train_generator:
    """Train one generator from one seed; it resumes where it was cut off, with the same bytes."""
    input:
        train=of_sample("train"),
    output:
        model=f"{RESULTS}/training/{{generator}}/{{replica}}.pt",
        history=f"{RESULTS}/training/{{generator}}/{{replica}}.json",
    log:
        f"{LOGS}/train_generator/{{generator}}/{{replica}}.log",
    benchmark:
        f"{BENCHMARKS}/train_generator/{{generator}}/{{replica}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=3000, minutes=120, gpus=int(config["generation"]["device"] == "cuda")),
    params:
        settings=lookup(within=config, dpath="generation/generators/{generator}"),
        generation=GENERATION,
        device=lookup(within=config, dpath="generation/device"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("train_generator"),
    message:
        "Training {wildcards.generator}, seed {wildcards.replica}"
    script:
        "../scripts/train_generator.py"


rule generate_showers:
    """Generate showers at the energies of the test sample, as HDF5 in the layout of the true ones and as ROOT."""
    input:
        model=rules.train_generator.output.model,
        test=of_sample("test"),
    output:
        hdf5=f"{RESULTS}/generated/{{generator}}/{{replica}}.h5",
        root=f"{RESULTS}/generated/{{generator}}/{{replica}}.root",
    log:
        f"{LOGS}/generate_showers/{{generator}}/{{replica}}.log",
    benchmark:
        f"{BENCHMARKS}/generate_showers/{{generator}}/{{replica}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=20),
    params:
        calorimeter=lookup(within=config, dpath="generation/calorimeter"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("generate_showers"),
    message:
        "Generating showers with {wildcards.generator}, seed {wildcards.replica}"
    script:
        "../scripts/generate_showers.py"


rule measure_truth:
    """Test the true showers: do energies add up, what is the resolution, where is the maximum?"""
    input:
        test=of_sample("test"),
    output:
        truth=f"{RESULTS}/generation/truth.json",
    log:
        f"{LOGS}/measure_truth.log",
    benchmark:
        f"{BENCHMARKS}/measure_truth.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=10),
    params:
        calorimeter=lookup(within=config, dpath="generation/calorimeter"),
        particles=lookup(within=config, dpath="generation/particles"),
        evaluation=lookup(within=config, dpath="generation/evaluation"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("measure_truth"),
    message:
        "Testing the true showers"
    script:
        "../scripts/measure_truth.py"


rule compare_showers:
    """Compare generated showers with true ones as physics does: observables, response, correlations, mean images."""
    input:
        fake=rules.generate_showers.output.hdf5,
        test=of_sample("test"),
        other=of_sample("other"),
    output:
        physics=f"{RESULTS}/generation/physics/{{generator}}/{{replica}}.json",
    log:
        f"{LOGS}/compare_showers/{{generator}}/{{replica}}.log",
    benchmark:
        f"{BENCHMARKS}/compare_showers/{{generator}}/{{replica}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=20),
    params:
        calorimeter=lookup(within=config, dpath="generation/calorimeter"),
        evaluation=lookup(within=config, dpath="generation/evaluation"),
        main=MAIN,
        label=of_wildcards(label_of),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("compare_showers"),
    message:
        "Comparing showers of {wildcards.generator}, seed {wildcards.replica}, with true ones as physics does"
    script:
        "../scripts/compare_showers.py"


rule classify_showers:
    """Compare generated showers, or further true ones, with true ones as machine learning does: classifiers, neighbours, worth."""
    input:
        fake=compared_showers,
        test=of_sample("test"),
        other=of_sample("other"),
        train=of_sample("train"),
    output:
        learning=f"{RESULTS}/generation/learning/{{generator}}/{{replica}}.json",
    log:
        f"{LOGS}/classify_showers/{{generator}}/{{replica}}.log",
    benchmark:
        f"{BENCHMARKS}/classify_showers/{{generator}}/{{replica}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=3000, minutes=30),
    params:
        calorimeter=lookup(within=config, dpath="generation/calorimeter"),
        evaluation=lookup(within=config, dpath="generation/evaluation"),
        label=of_wildcards(label_of),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("classify_showers"),
    message:
        "Comparing showers of {wildcards.generator}, seed {wildcards.replica}, with true ones as machine learning does"
    script:
        "../scripts/classify_showers.py"


rule scan_cells:
    """Train the main generator on cells cut into smaller ones, for quality against their number."""
    output:
        scan=f"{RESULTS}/generation/scan/{{refinement}}.json",
    log:
        f"{LOGS}/scan_cells/{{refinement}}.log",
    benchmark:
        f"{BENCHMARKS}/scan_cells/{{refinement}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=4000, minutes=120, gpus=int(config["generation"]["device"] == "cuda")),
    params:
        generation=GENERATION,
        settings=lookup(within=config, dpath=f"generation/generators/{MAIN}"),
        scan=lookup(within=config, dpath="generation/scan"),
        bootstrap=lookup(within=config, dpath="generation/evaluation/bootstrap"),
        device=lookup(within=config, dpath="generation/device"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("scan_cells"),
    message:
        "Training on cells cut into {wildcards.refinement} x {wildcards.refinement}"
    script:
        "../scripts/scan_cells.py"


rule time_generators:
    """Measure what a shower and a step of training cost on one thread of this machine; no number of another file depends on it."""
    input:
        models=[f"{RESULTS}/training/{name}/0.pt" for name in GENERATORS],
    output:
        times=f"{RESULTS}/generation/times.json",
    log:
        f"{LOGS}/time_generators.log",
    benchmark:
        f"{BENCHMARKS}/time_generators.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=3000, minutes=20),
    params:
        generation=GENERATION,
        generators=lookup(within=config, dpath="generation/generators"),
        main=MAIN,
        refinements=REFINEMENTS,
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("time_generators"),
    message:
        "Taking the time of generators"
    script:
        "../scripts/time_generators.py"


rule plot_showers:
    """Draw true and generated showers side by side, and what physics and machine learning say of them."""
    input:
        truth=rules.measure_truth.output.truth,
        histories=of_replicas(rules.train_generator.output.history),
        physics=of_replicas(rules.compare_showers.output.physics),
        learning=[
            *expand(rules.classify_showers.output.learning, generator=TRUTH, replica=0),
            *of_replicas(rules.classify_showers.output.learning),
        ],
        scan=expand(rules.scan_cells.output.scan, refinement=REFINEMENTS),
        times=rules.time_generators.output.times,
        style=STYLE,
    output:
        **({"scan": figure("showers_scan", "Cost")} if REFINEMENTS else {}),
        truth=figure("showers_truth", "Truth"),
        images=figure("showers_images", "Physics"),
        observables=figure("showers_observables", "Physics"),
        distances=figure("showers_distances", "Physics"),
        response=figure("showers_response", "Physics"),
        correlations=figure("showers_correlations", "Physics"),
        training=figure("showers_training", "Machine learning"),
        classifiers=figure("showers_classifiers", "Machine learning"),
        neighbours=figure("showers_neighbours", "Machine learning"),
        memory=figure("showers_memory", "Machine learning"),
        worth=figure("showers_worth", "Machine learning"),
    log:
        f"{LOGS}/plot_showers.log",
    benchmark:
        f"{BENCHMARKS}/plot_showers.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=10),
    params:
        main=MAIN,
        label=lookup(within=config, dpath="figure_label", labels=True),
        generators={name: of.get("label", name) for name, of in config["generation"]["generators"].items()},
        code=code_digest("plot_showers"),
    message:
        "Drawing the showers"
    script:
        "../scripts/plot_showers.py"


MEASURED = [
    rules.measure_truth.output.truth,
    *rules.plot_showers.input.histories,
    *rules.plot_showers.input.physics,
    *rules.plot_showers.input.learning,
    *rules.plot_showers.input.scan,
    rules.time_generators.output.times,
]
DRAWN = [(rules.plot_showers, {})]
