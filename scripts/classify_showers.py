"""Compare showers of one generator with true ones as machine learning does: classifiers, neighbours, memory, worth."""

import numpy as np
import torch

from unsculpt import files, logs
from unsculpt.generation import judging, showers
from unsculpt.generation.geometry import Geometry


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    given, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    geometry = Geometry.of(params.calorimeter)
    test, other, learnt = (showers.load_all(paths, geometry) for paths in (given.test, given.other, given.train))
    fake = other if wildcards.generator == "truth" else showers.load_all(given.fake, geometry)
    rng = np.random.default_rng([params.seed, 603])
    found = judging.classify(test, fake, other, learnt, geometry, settings=params.evaluation, rng=rng)
    about = {"generator": wildcards.generator, "replica": int(wildcards.replica), "label": params.label}
    provenance = files.provenance(params, packages=("numpy", "scikit-learn", "torch"))
    files.save_json({"learning": about | found, "provenance": provenance}, snakemake.output.learning)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
