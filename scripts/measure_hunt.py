"""Hunt for a bump in the mass of the events least like background, with the signal that the method was trained on."""

import numpy as np

from unsculpt import axes, events, files, logs, scores, search
from unsculpt.metrics import to_json


def main(snakemake):
    given, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    table, known = events.load(given.events, columns=()), scores.load(given.scores)
    options = {"axis": axes.mass(params.mass), "settings": params.hunt, "fit": params.fit}
    points = []
    for i, tag in enumerate(params.tags):
        found = search.search(
            known[tag], table, params.share, rng=np.random.default_rng([params.seed, i, 97]), **options
        )
        points.append({"method": wildcards.method, "tag": tag} | found)
    provenance = files.provenance(params, packages=("numpy", "scipy"))
    names = {"background": wildcards.bkg, "method": wildcards.method}
    files.save_json(names | {"points": to_json(points), "provenance": provenance}, snakemake.output.hunt)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
