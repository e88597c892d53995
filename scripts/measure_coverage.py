"""Measure the pulls of many data sets, of variational optimisation, ABC and the exact likelihood."""

import torch

from unsculpt import files, logs
from unsculpt.inference import contending, fitting, simulators
from unsculpt.inference.game import Recipe


def main(snakemake):
    params, asked = snakemake.params, snakemake.params.coverage
    torch.set_num_threads(1)
    about, recipe = params.simulator, Recipe.from_config(params.recipe)
    seeds = fitting.seeds_of(params.seed, asked["data_sets"], first=500)  # none of those of the fits
    gamma, simulator = asked["entropy_weight"], simulators.build(about)
    pulls = contending.coverage(simulator, about, recipe, gamma=gamma, abc=params.abc, seeds=seeds)
    common = {"kind": "coverage", "simulator": asked["simulator"], "interest": simulator.interest}
    content = common | {"entropy_weight": gamma, "calls": recipe.calls, "pulls": pulls}
    files.save_json(content | {"provenance": files.provenance(params, ("numpy", "torch"))}, snakemake.output.coverage)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
