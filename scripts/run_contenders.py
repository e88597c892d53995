"""Estimate the parameters of a simulator by ABC and by a classifier, from the data of the fits."""

import torch

from unsculpt import files, logs
from unsculpt.inference import contending, fitting, simulators
from unsculpt.inference.game import Recipe


def main(snakemake):
    params, about = snakemake.params, snakemake.params.simulator
    torch.set_num_threads(1)
    simulator = simulators.build(about, snakemake.input.bank)
    seeds = fitting.seeds_of(params.seed, params.seeds)
    observed = simulators.observed(simulator, about, seeds)
    calls = Recipe.from_config(params.recipe).calls
    found = contending.run(simulator, about, observed, calls=calls, abc=params.abc, carl=params.ratio, seeds=seeds)
    content = {"kind": "contenders", "simulator": snakemake.wildcards.simulator, "results": found}
    files.save_json(content | {"provenance": files.provenance(params, ("numpy", "torch"))}, snakemake.output.contenders)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
