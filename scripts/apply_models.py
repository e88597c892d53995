"""Score the entries of one new ntuple by the trained models, and write friend tree and Parquet."""

import torch

from unsculpt import applying, axes, files, logs
from unsculpt.combining.best import with_trees
from unsculpt.decorrelation.samples import MapSettings


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    params, mass, output = snakemake.params, snakemake.params.mass, snakemake.output
    keys = ("features", "folds", "role", "region", "blind", "step_size", "bad_events")
    reading = {key: getattr(params, key) for key in keys}
    reading |= {"padding": params.feature_padding, "axis": axes.mass(mass)}
    entries = applying.read(params.path, params.format, with_trees(params.definitions), **reading)
    settings = MapSettings(mass["min_gev"], mass["max_gev"], mass["bin_width_gev"], params.signal_efficiency)
    scored, categories, about = {}, {}, {}
    for background, given in params.given.items():
        options = {"background": params.role == "background"}
        scorer = applying.Scorer(entries.events, params.methods, given, settings, **options)
        found = applying.of_background(background, scorer, given, params.also)
        scored, categories, about[background] = scored | found.scores, categories | found.categories, found.about
    names = {"regions": list(params.definitions["regions"]), "channels": list(params.definitions["channels"])}
    found = applying.columns(entries, scored, categories, **names)
    about = {"study": params.study, "file": params.path, "entries": len(entries), **names, "backgrounds": about}
    about |= {"codes": entries.steps, "sample": params.sample, "blind": params.blind}
    about["bad_events"] = int((entries.code == applying.BAD).sum())
    about["provenance"] = files.provenance(params, packages=("torch", "numpy", "uproot", "pyarrow"))
    applying.save(entries, found, about, root=output.root, parquet=output.parquet)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
