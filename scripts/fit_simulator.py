"""Fit a simulator to its data sets by adversarial variational optimisation, and judge what was found."""

import torch

from unsculpt import files, logs
from unsculpt.inference import fitting, simulators
from unsculpt.inference.game import Recipe


def main(snakemake):
    params, name = snakemake.params, snakemake.wildcards.simulator
    torch.set_num_threads(1)
    simulator, recipe = simulators.build(params.simulator, snakemake.input.bank), Recipe.from_config(params.recipe)
    seeds = fitting.seeds_of(params.seed, params.seeds)
    observed = simulators.observed(simulator, params.simulator, seeds)
    models = fitting.models_of(seeds, params.entropy_weights, params.variance is not None)
    game = fitting.fit(simulator, params.simulator, observed, models, recipe, variance=params.variance)
    content = fitting.to_json(game, name, params.simulator, seed=params.seed)
    files.save_json(content | {"provenance": files.provenance(params, ("numpy", "torch"))}, snakemake.output.fits)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
