"""Minimise -sin(x)/x by gradient descent, and through its expectation under a proposal."""

import numpy as np

from unsculpt import files, logs
from unsculpt.inference import optimisation


def main(snakemake):
    params = snakemake.params
    found = optimisation.compare(params.optimisation, np.random.default_rng([params.seed, 11]))
    provenance = files.provenance(params, packages=("numpy",))
    content = {"kind": "optimisation", **found, "provenance": provenance}
    files.save_json(content, snakemake.output.optimisation)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
