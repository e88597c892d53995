"""Fit simulators without a likelihood, and measure what such fits are worth, in studies of this wing.

INPUTS   the configuration alone
OUTPUTS  results/<study>/optimisation.json, results/<study>/bank/{simulator}/{part}.npz, results/<study>/fits/{simulator}.json,
         results/<study>/contenders/{simulator}.json, results/<study>/dimensions/{dimension}.json,
         results/<study>/coverage.json, results/<study>/figures/*
"""

INFERENCE = config["inference"]
SIMULATORS = INFERENCE["simulators"]
CONTESTED = INFERENCE["contenders"]["simulators"] if INFERENCE["contenders"] else []
DIMENSIONS = INFERENCE["dimensions"]["values"] if INFERENCE["dimensions"] else []
COVERED_SIMULATOR = (INFERENCE["coverage"] or {"simulator": next(iter(SIMULATORS))})["simulator"]
MISSPECIFIED = [name for name, about in SIMULATORS.items() if about["dispersion"] != 1]
BANKED = [name for name, about in SIMULATORS.items() if about["bank"]]


wildcard_constraints:
    simulator=one_of(SIMULATORS),
    part=r"\d+",
    dimension=r"\d+",


def parts_of_bank(wildcards):
    """The files of the bank of a simulator; of one that needs none, none."""
    about = SIMULATORS[wildcards.simulator]["bank"]
    return expand(rules.make_bank.output.bank, part=range(about["parts"]), **wildcards) if about else []


def variance_of(wildcards):
    """How the variance of the gradient is measured, for the simulator that the study names; None for others."""
    about = INFERENCE["variance"]
    return about if about and about["simulator"] == wildcards.simulator else None


rule optimise_ripples:
    """Minimise -sin(x)/x by gradients, and through its expectation under a proposal."""
    output:
        optimisation=f"{RESULTS}/optimisation.json",
    log:
        f"{LOGS}/optimise_ripples.log",
    benchmark:
        f"{BENCHMARKS}/optimise_ripples.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=500, minutes=5),
    params:
        optimisation=lookup(within=config, dpath="inference/optimisation"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("optimise_ripples"),
    message:
        "Minimising -sin(x)/x in two ways"
    script:
        "../scripts/optimise_ripples.py"


rule make_bank:
    """Generate a part of the bank of a full simulator, and of its data."""
    output:
        bank=f"{RESULTS}/bank/{{simulator}}/{{part}}.npz",
    log:
        f"{LOGS}/make_bank/{{simulator}}/{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/make_bank/{{simulator}}/{{part}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=700, minutes=20),
    params:
        simulator=lookup(within=config, dpath="inference/simulators/{simulator}"),
        sets=lookup(within=config, dpath="inference/seeds"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("make_bank"),
    message:
        "Generating part {wildcards.part} of the bank of {wildcards.simulator}"
    script:
        "../scripts/make_bank.py"


rule fit_simulator:
    """Fit a simulator to all of its data sets by adversarial variational optimisation, as one stack."""
    input:
        bank=parts_of_bank,
    output:
        fits=f"{RESULTS}/fits/{{simulator}}.json",
    log:
        f"{LOGS}/fit_simulator/{{simulator}}.log",
    benchmark:
        f"{BENCHMARKS}/fit_simulator/{{simulator}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=20),
    params:
        simulator=lookup(within=config, dpath="inference/simulators/{simulator}"),
        recipe=lookup(within=config, dpath="inference/recipe"),
        entropy_weights=lookup(within=config, dpath="inference/entropy_weights"),
        seeds=lookup(within=config, dpath="inference/seeds"),
        variance=of_wildcards(variance_of),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("fit_simulator"),
    message:
        "Fitting {wildcards.simulator}"
    script:
        "../scripts/fit_simulator.py"


rule run_contenders:
    """Estimate the parameters of a simulator in other ways, from the same data and as many simulated events."""
    input:
        bank=parts_of_bank,
    output:
        contenders=f"{RESULTS}/contenders/{{simulator}}.json",
    log:
        f"{LOGS}/run_contenders/{{simulator}}.log",
    benchmark:
        f"{BENCHMARKS}/run_contenders/{{simulator}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2500, minutes=20),
    params:
        simulator=lookup(within=config, dpath="inference/simulators/{simulator}"),
        recipe=lookup(within=config, dpath="inference/recipe"),
        abc=lookup(within=config, dpath="inference/abc"),
        ratio=lookup(within=config, dpath="inference/ratio"),
        seeds=lookup(within=config, dpath="inference/seeds"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("run_contenders"),
    message:
        "Estimating the parameters of {wildcards.simulator} in other ways"
    script:
        "../scripts/run_contenders.py"


rule scan_dimension:
    """Fit the means of mixed normal variables in so many dimensions, by variational optimisation and by ABC."""
    output:
        dimension=f"{RESULTS}/dimensions/{{dimension}}.json",
    log:
        f"{LOGS}/scan_dimension/{{dimension}}.log",
    benchmark:
        f"{BENCHMARKS}/scan_dimension/{{dimension}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2500, minutes=20),
    params:
        dimensions=lookup(within=config, dpath="inference/dimensions"),
        recipe=lookup(within=config, dpath="inference/recipe"),
        abc=lookup(within=config, dpath="inference/abc"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("scan_dimension"),
    message:
        "Fitting {wildcards.dimension} means"
    script:
        "../scripts/scan_dimension.py"


rule measure_coverage:
    """Measure the pulls of many data sets, of variational optimisation, ABC and the exact likelihood."""
    output:
        coverage=f"{RESULTS}/coverage.json",
    log:
        f"{LOGS}/measure_coverage.log",
    benchmark:
        f"{BENCHMARKS}/measure_coverage.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=2500, minutes=30),
    params:
        coverage=lookup(within=config, dpath="inference/coverage"),
        simulator=lookup(within=config, dpath=f"inference/simulators/{COVERED_SIMULATOR}"),
        recipe=lookup(within=config, dpath="inference/recipe"),
        abc=lookup(within=config, dpath="inference/abc"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("measure_coverage"),
    message:
        "Measuring pulls of many data sets"
    script:
        "../scripts/measure_coverage.py"


CONTENDERS = expand(rules.run_contenders.output.contenders, simulator=CONTESTED)
SCANNED = expand(rules.scan_dimension.output.dimension, dimension=DIMENSIONS)
COVERED = [rules.measure_coverage.output.coverage] if INFERENCE["coverage"] else []
OPTIMISED = [rules.optimise_ripples.output.optimisation] if INFERENCE["optimisation"] else []
OF_FITS = {  # figures, and whether a study has them
    "proposals": any(len(about["parameters"]) == 2 for about in SIMULATORS.values()),
    "fitted": len(SIMULATORS) > len(MISSPECIFIED) + len(BANKED),
    "traces": True,
    "misspecified": bool(MISSPECIFIED),
    "variance": bool(INFERENCE["variance"]),
    "hadrons": bool(BANKED),
}
OF_OTHERS = {
    "optimisation": bool(OPTIMISED),
    "contenders": bool(CONTESTED),
    "dimensions": bool(DIMENSIONS),
    "coverage": bool(COVERED),
}


rule plot_simulators:
    """Draw what was fitted: proposals, distributions, losses, misspecified simulators, gradients, the full simulator."""
    input:
        fits=expand(rules.fit_simulator.output.fits, simulator=SIMULATORS),
        style=STYLE,
    output:
        **{name: figure(name, "Fits") for name, wanted in OF_FITS.items() if wanted},
    log:
        f"{LOGS}/plot_simulators.log",
    benchmark:
        f"{BENCHMARKS}/plot_simulators.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        simulators=lookup(within=config, dpath="inference/simulators", labels=True),
        label=lookup(within=config, dpath="figure_label", labels=True),
        code=code_digest("plot_simulators"),
    message:
        "Drawing the fits"
    script:
        "../scripts/plot_simulators.py"


rule plot_contenders:
    """Draw variational optimisation beside its contenders."""
    input:
        optimisation=OPTIMISED,
        fits=expand(rules.fit_simulator.output.fits, simulator=CONTESTED),
        contenders=CONTENDERS,
        dimensions=SCANNED,
        coverage=COVERED,
        style=STYLE,
    output:
        **{name: figure(name, "Contenders") for name, wanted in OF_OTHERS.items() if wanted},
    log:
        f"{LOGS}/plot_contenders.log",
    benchmark:
        f"{BENCHMARKS}/plot_contenders.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        simulators=lookup(within=config, dpath="inference/simulators", labels=True),
        label=lookup(within=config, dpath="figure_label", labels=True),
        code=code_digest("plot_contenders"),
    message:
        "Drawing the contenders"
    script:
        "../scripts/plot_contenders.py"


MEASURED = [*OPTIMISED, *rules.plot_simulators.input.fits, *CONTENDERS, *SCANNED, *COVERED]
DRAWN = [(rules.plot_simulators, {})] + ([(rules.plot_contenders, {})] if any(OF_OTHERS.values()) else [])
