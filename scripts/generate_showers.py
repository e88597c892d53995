"""Generate showers at the energies of the test sample by a trained generator, as HDF5 and as ROOT."""

import torch

from unsculpt import files, logs
from unsculpt.generation import showers, trained
from unsculpt.generation.geometry import Geometry
from unsculpt.training.settings import stable_seed


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    params, wildcards, output = snakemake.params, snakemake.wildcards, snakemake.output
    geometry = Geometry.of(params.calorimeter)
    test = showers.load_all(snakemake.input.test, geometry)
    saved = trained.load(snakemake.input.model)
    seed = stable_seed(params.seed, "generate", wildcards.generator, int(wildcards.replica))
    made = trained.imitation(saved, trained.rebuilt(saved), test, seed)
    showers.save(made, geometry, output.hdf5, {"made_by": str(files.provenance(params, ("torch", "numpy")))})
    showers.save_root(made, geometry, output.root)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
