"""Fill the mass spectra that adversaries expect in slices of the score, beside those of held-out events."""

import torch

from unsculpt import events, files, logs, models, posterior


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    given, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    contents, plain = ([models.load(path) for path in paths] for paths in (given.models, given.plain))
    features = events.load_metadata(given.events)["features"]  # any may be a condition
    table = events.load(given.events, columns=[*features, *contents[0]["features"], *plain[0]["features"]])
    options = {"weights": params.weights, "mass": params.mass, "folds": params.folds}
    found = posterior.measure(contents, plain, params.plain_tag, table, **options)
    provenance = files.provenance(params, packages=("torch", "numpy"))
    names = {"background": wildcards.bkg, "method": wildcards.method}
    files.save_json(names | found | {"provenance": provenance}, snakemake.output.posterior)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
