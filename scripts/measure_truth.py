"""Test true showers: energy, resolution, depth; and how far two sets of them differ by chance."""

import numpy as np

from unsculpt import files, logs
from unsculpt.generation import closure, showers
from unsculpt.generation.geometry import Geometry


def main(snakemake):
    params, rng = snakemake.params, np.random.default_rng([snakemake.params.seed, 601])
    geometry = Geometry.of(params.calorimeter)
    test = showers.load_all(snakemake.input.test, geometry)
    edges = params.evaluation["response_edges_gev"]
    found = closure.measure(test, geometry, list(params.particles), edges, rng)
    found["simulated"] = not any(about["file"] for about in params.particles.values())
    found["spot_resolution"] = (2 * params.calorimeter["spot_mev"] / 1000) ** 0.5
    provenance = files.provenance(params, packages=("numpy", "scipy"))
    files.save_json({"truth": found, "provenance": provenance}, snakemake.output.truth)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
