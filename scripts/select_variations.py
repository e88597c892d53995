"""Select the events of simulated ntuples anew for each scale of their objects, and write a table of each."""

from dataclasses import replace

from unsculpt import axes, events, files, logs, reading, variations
from unsculpt.combining.best import with_trees

PACKAGES = ("uproot", "awkward", "numpy", "pyarrow")
SAME = ("role", "region", "features", "folds", "step_size", "bad_events")


def main(snakemake):
    params, copies = snakemake.params, variations.copies(snakemake.params.variations)
    settings = {key: getattr(params, key) for key in SAME} | {"sample": snakemake.wildcards.sample}
    settings |= {"axis": axes.mass(params.mass), "padding": params.feature_padding, "blind": False, "simulated": True}
    settings |= {"copies": list(copies.values())}
    tables, said = reading.read(params.paths, params.format, with_trees(params.definitions), **settings)
    provenance = files.provenance(params, PACKAGES, inherited=said, without=("content",))
    for name, table, path in zip(copies, tables, snakemake.output.events, strict=True):
        events.save(replace(table, metadata=table.metadata | {"copy": name, "provenance": provenance}), path)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
