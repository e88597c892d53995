"""Take the protected variables out of the scores of another method, column by column, and tell what that did."""

import numpy as np

from unsculpt import axes, contamination, events, files, logs, scores
from unsculpt.decorrelation import effects, samples, transforms


def main(snakemake):
    params, mass = snakemake.params, snakemake.params.mass
    name, protected = params.method["transform"], params.method.get("protected", ["mass"])
    table = events.load(snakemake.input.events, columns=[column for column in protected if column != "mass"])
    learnt = contamination.contaminated(table, params.method.get("contamination", 0))
    settings = samples.MapSettings(mass["min_gev"], mass["max_gev"], mass["bin_width_gev"], params.signal_efficiency)
    about = {"protected": protected, "edges": axes.mass(mass).edges, "signal_efficiency": params.signal_efficiency}
    columns, described = {}, []
    for tag, base in scores.load(snakemake.input.scores).items():
        maps = transforms.Maps(name, base, learnt, settings, protected, params.method.get("protect", "background"))
        columns[tag] = maps(base, learnt, maps.learns(learnt)).astype(np.float32)
        if tag in params.tags:
            described.append({"tag": tag} | effects.describe(maps, base, columns[tag], table, **about))
    provenance = files.provenance(params, packages=("numpy", "scipy", "pyarrow"))
    names = {"background": snakemake.wildcards.bkg, "method": snakemake.wildcards.method}
    scores.save(columns, snakemake.output.scores, names | {"provenance": provenance})
    content = {"transform": name, "maps": described, "provenance": provenance}
    files.save_json(names | content, snakemake.output.effects)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
