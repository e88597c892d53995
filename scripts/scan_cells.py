"""Train the main generator on finer cells and compare its showers with true ones."""

import torch

from unsculpt import files, logs
from unsculpt.generation import scanning
from unsculpt.training import pick_device


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    params, of = snakemake.params, snakemake.params.scan
    options = {"steps": of["steps"], "showers": of["showers"], "replicas": params.bootstrap, "seed": params.seed}
    refinement, device = int(snakemake.wildcards.refinement), pick_device(params.device)
    found = scanning.scan(params.generation, params.settings, refinement, device=device, **options)
    provenance = files.provenance(params, packages=("torch", "numpy"))
    files.save_json({"scan": found, "provenance": provenance}, snakemake.output.scan)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
