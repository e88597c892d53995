"""Train the trees that find combinations of objects, such as the jets of a top, in studies that have them.

INPUTS   the ntuples of the sample that they learn from, which is in no hypothesis
OUTPUTS  results/<study>/combinations/{combination}.joblib, and {combination}.json beside it, how often they find the
         true one; tables/combinations_{combination}.csv and .tex, figures/combinations_{combination}.*
"""


rule train_combinations:
    """Train the trees of combinations on the truth of their sample, and measure how often they find the true one."""
    input:
        ntuples=learnt_ntuples,
    output:
        trees=TREES_OF,
        efficiencies=f"{RESULTS}/combinations/{{combination}}.json",
    log:
        f"{LOGS}/train_combinations/{{combination}}.log",
    benchmark:
        f"{BENCHMARKS}/train_combinations/{{combination}}.tsv"
    wildcard_constraints:
        combination=one_of(config["combinations"]),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=4000, minutes=60),
    params:
        paths=of_learning(lambda name: ntuples(config["combinations"][name]["learn_from"])),
        definitions=of_learning(lambda name: learning(name)[0]),
        format=of_learning(lambda name: learning(name)[1]),
        inputs=lookup(within=config, dpath="combinations/{combination}/inputs"),
        reference=lookup(within=config, dpath="combinations/{combination}/reference"),
        training=lookup(within=config, dpath="combinations/{combination}/training"),
        mass=lookup(within=config, dpath="mass"),
        seed=lookup(within=config, dpath="seed"),
        step_size=lookup(within=config, dpath="granularity/step_size"),
        bad_events=lookup(within=config, dpath="bad_events"),
        code=code_digest("train_combinations"),
    message:
        "Training the trees of {wildcards.combination}"
    script:
        "../scripts/train_combinations.py"


rule plot_combinations:
    """Draw and tabulate how often the best combination is the true one, against the number of objects."""
    input:
        efficiencies=rules.train_combinations.output.efficiencies,
        style=STYLE,
    output:
        figure=multiext(f"{RESULTS}/figures/combinations_{{combination}}", ".pdf", ".png", ".svg", ".json"),
        tables=multiext(f"{RESULTS}/tables/combinations_{{combination}}", ".csv", ".tex"),
    log:
        f"{LOGS}/plot_combinations/{{combination}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_combinations/{{combination}}.tsv"
    wildcard_constraints:
        combination=one_of(config["combinations"]),
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        label=lookup(within=config, dpath="figure_label", labels=True),
        code=code_digest("plot_combinations"),
    message:
        "Drawing how often the true {wildcards.combination} is found"
    script:
        "../scripts/plot_combinations.py"


SUMMARISED |= {"combinations": expand(rules.train_combinations.output.efficiencies, combination=config["combinations"])}
RECONSTRUCTED = expand(rules.plot_combinations.output, combination=config["combinations"])
