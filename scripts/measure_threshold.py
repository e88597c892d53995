"""Measure the significance of every point against the threshold of its score, and choose among the points by it."""

import numpy as np

from unsculpt import events, files, logs, scores
from unsculpt.metrics import threshold, to_json
from unsculpt.naming import strength_tag
from unsculpt.scores import columns_of


def main(snakemake):
    given, params = snakemake.input, snakemake.params
    settings = threshold.Settings(**params.threshold)
    table = events.load(given.events)
    groups = threshold.grouped(table, settings)
    features = [name for name in table.feature_names if name != settings.nuisance]
    drawn = [{"feature": name} | threshold.shapes(table.column(name), groups) for name in features]
    times = threshold.draw(params.replicas, np.random.default_rng([params.seed, 61]))
    trials, points = [], []
    for path in given.scores:
        method, columns = scores.load_metadata(path)["method"], scores.load(path)
        for strength in params.strengths[method]:
            tag = strength_tag(strength)
            found = [threshold.measure(columns[name], groups, times, settings) for name in columns_of(tag, columns)]
            trials.append(found)
            drawn.append({"method": method, "tag": tag} | threshold.shapes(columns[tag], groups))
            points.append({"method": method, "strength": strength, "tag": tag} | threshold.summed_up(found))
    names = [f"{point['method']} at strength {point['tag']}" for point in points]
    content = {"background": snakemake.wildcards.bkg, "nuisance": settings.nuisance, "values": groups.names}
    content |= {"events": groups.events, "shapes": drawn, **threshold.told(points, threshold.compare(names, trials))}
    provenance = files.provenance(params, packages=("numpy", "scipy"))
    files.save_json(to_json(content) | {"provenance": provenance}, snakemake.output.threshold)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
