"""Measure what the networks of a method look at in images: the mean gradient of their logit, out of fold."""

import torch

from unsculpt import events, files, logs, models, naming
from unsculpt.models.gradients import mean_gradients


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    contents = [models.load(path) for path in snakemake.input.models]
    (image,) = contents[0]["features"]
    table = events.load(snakemake.input.events, columns=[image])
    inputs, shape = table.inputs([image])
    groups = {"signal": table.where(events.SIGNAL), "background": table.where(events.BACKGROUND)}
    found = mean_gradients(contents, inputs, table.fold, table.weight, groups)
    content = {"background": snakemake.wildcards.bkg, "method": snakemake.wildcards.method, "image": image}
    content["tag"] = naming.strength_tag(contents[0]["members"][0]["strength"])
    content["gradients"] = {name: values.reshape(shape).tolist() for name, values in found.items()}
    provenance = files.provenance(snakemake.params, packages=("torch", "numpy"))
    files.save_json(content | {"provenance": provenance}, snakemake.output.gradients)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
