"""Score every event by the models that did not train on its fold, one column a strength."""

import torch

from unsculpt import events, files, logs, models, scores


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    contents = [models.load(path) for path in snakemake.input.models]
    table = events.load(snakemake.input.events, columns=contents[0]["features"])
    inputs, _ = table.inputs(contents[0]["features"])
    columns = models.out_of_fold(contents, inputs, table.fold, table.channel)
    provenance = files.provenance(snakemake.params, packages=("torch", "pyarrow"))
    names = {"background": snakemake.wildcards.bkg, "method": snakemake.wildcards.method}
    scores.save(columns, snakemake.output.scores, names | {"provenance": provenance})


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
