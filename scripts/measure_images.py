"""Measure the mean image of the jets of one file of a sample after each step of its preparation."""

from unsculpt import axes, files, logs, reading
from unsculpt.substructure import images

SAME = ("role", "region", "simulated", "folds", "step_size", "bad_events")


def main(snakemake):
    params = snakemake.params
    study = params.definitions | {"arrays": images.chain(params.definitions["arrays"])}
    settings = {key: getattr(params, key) for key in SAME} | {"sample": snakemake.wildcards.sample}
    settings |= {"axis": axes.mass(params.mass), "features": [], "padding": 0, "blind": False}
    (table,), said = reading.read([params.path], params.format, study, **settings)
    content = {"sample": snakemake.wildcards.sample, "role": params.role, "jets": len(table)}
    content["images"] = images.means(params.definitions["arrays"], table.arrays, table.weight)
    provenance = files.provenance(params, packages=("numpy", "fastjet"), inherited=said)
    files.save_json(content | {"provenance": provenance}, snakemake.output.images)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
