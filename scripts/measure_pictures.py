"""Take images that an autoencoder has not seen, what it gives back of them, and its error in each pixel."""

import torch

from unsculpt import events, files, logs, models, pictures


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    contents = [models.load(path) for path in snakemake.input.models]
    table = events.load(snakemake.input.events, columns=contents[0]["features"])
    found = pictures.measure(contents, table, snakemake.params.tag)
    provenance = files.provenance(snakemake.params, packages=("torch", "numpy"))
    names = {"background": snakemake.wildcards.bkg, "method": snakemake.wildcards.method}
    files.save_json(names | found | {"provenance": provenance}, snakemake.output.pictures)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
