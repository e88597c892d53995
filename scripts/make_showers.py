"""Simulate a chunk of a sample of showers, or cut it out of the file of its particle."""

import numpy as np

from unsculpt import files, generators, logs
from unsculpt.errors import InputError
from unsculpt.generation import showers, truth
from unsculpt.generation.geometry import Geometry


def main(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    of, chunk = params.generation, int(wildcards.chunk)
    geometry, number = Geometry.of(of["calorimeter"]), [*of["particles"]].index(wildcards.particle)
    first, last = generators.rows_of(params.samples, wildcards.sample, chunk)
    if given := of["particles"][wildcards.particle]["file"]:
        suppression = of["calorimeter"]["suppression_mev"] / 1000
        made = showers.load(given, geometry, slice(first, last), suppression).of(number)
        if len(made) < last - first:
            raise InputError(
                f"{given}: ends before shower {last}, which sample {wildcards.sample} needs; ask for fewer"
            )
    else:
        rng = np.random.default_rng([params.seed, number, [*params.samples].index(wildcards.sample), chunk])
        made = truth.chunk(of, number, last - first, rng)
    showers.save(made, geometry, snakemake.output.showers, {"made_by": str(files.provenance(params, ("numpy",)))})


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
