"""Read one or more ntuples, select their events and write the event table with features, folds and cut flow."""

from dataclasses import replace

from unsculpt import axes, events, files, logs, reading
from unsculpt.combining.best import with_trees

PACKAGES = ("uproot", "awkward", "numpy", "pyarrow")
SAME = ("role", "region", "simulated", "features", "folds", "step_size", "bad_events")


def main(snakemake):
    params = snakemake.params
    settings = {key: getattr(params, key) for key in SAME} | {"sample": snakemake.wildcards.sample}
    settings |= {"axis": axes.mass(params.mass), "padding": params.feature_padding}
    settings |= {"blind": params.blind and not params.simulated}
    (table,), said = reading.read(params.paths, params.format, with_trees(params.definitions), **settings)
    provenance = files.provenance(params, PACKAGES, inherited=said, without=("content",))  # it may be blinded
    events.save(replace(table, metadata=table.metadata | {"provenance": provenance}), snakemake.output.events)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
