"""Compare showers of one generator with true ones as physics does: observables, response, correlations, images."""

import numpy as np

from unsculpt import files, logs
from unsculpt.generation import physics, showers
from unsculpt.generation.geometry import Geometry


def main(snakemake):
    given, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    geometry, of = Geometry.of(params.calorimeter), params.evaluation
    test, other, fake = (showers.load_all(paths, geometry) for paths in (given.test, given.other, given.fake))
    rng = np.random.default_rng([params.seed, 602])
    options = {"replicas": of["bootstrap"], "edges": of["response_edges_gev"], "bins": of["bins"], "rng": rng}
    found = physics.compare(test, fake, other, geometry, **options)
    about = {"generator": wildcards.generator, "replica": int(wildcards.replica), "label": params.label}
    about["main"] = wildcards.generator == params.main
    provenance = files.provenance(params, packages=("numpy", "scipy"))
    files.save_json({"physics": about | found, "provenance": provenance}, snakemake.output.physics)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
