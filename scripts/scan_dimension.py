"""Fit the means of mixed normal variables in so many dimensions, by variational optimisation and by ABC."""

import torch

from unsculpt import files, logs
from unsculpt.inference import contending, fitting
from unsculpt.inference.game import Recipe


def main(snakemake):
    params, dimension = snakemake.params, int(snakemake.wildcards.dimension)
    torch.set_num_threads(1)
    seeds = fitting.seeds_of(params.seed, params.dimensions["data_sets"])
    recipe = Recipe.from_config(params.recipe)
    found = contending.in_dimension(dimension, params.dimensions, recipe, abc=params.abc, seeds=seeds)
    content = {"kind": "dimension", "dimension": dimension, "results": found}
    files.save_json(content | {"provenance": files.provenance(params, ("numpy", "torch"))}, snakemake.output.dimension)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
