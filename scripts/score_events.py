"""Score every event by the models that did not train on its fold, one column a strength."""

import torch

from unsculpt import events, files, logs, models, scores


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    table = events.load(snakemake.input.events)
    contents = [models.load(path) for path in snakemake.input.models]
    inputs, _ = table.inputs(contents[0]["features"])
    columns = models.out_of_fold(contents, inputs, table.fold, table.channel)
    provenance = files.provenance(snakemake.params, packages=("torch", "pyarrow"))
    names = {"background": snakemake.wildcards.bkg, "method": snakemake.wildcards.method}
    scores.save(columns, snakemake.output.scores, names | {"provenance": provenance})


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
