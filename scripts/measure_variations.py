"""Score the copies of the events by the models that score the events, and measure what their scales do to every cut."""

import numpy as np
import torch

from unsculpt import applying, axes, events, files, logs, scores, variations
from unsculpt.decorrelation import samples, transforms
from unsculpt.metrics import to_json
from unsculpt.metrics import variations as shifts
from unsculpt.metrics.efficiencies import cut_at_efficiency
from unsculpt.metrics.seeds import columns_of


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    given, params, name = snakemake.input, snakemake.params, snakemake.wildcards.method
    axis, method, mass = axes.mass(params.mass), params.methods[name], params.mass
    points = files.load_json(given.metrics)["points"]
    table, known = events.load(given.events, columns=()), scores.load(given.scores)
    moved, signal = np.isin(table.sample, params.samples), table.where(events.SIGNAL)  # moved: simulated, with copies
    cuts, nominal, trained = {}, {}, {}
    for point in points:
        trained[point["tag"]] = columns_of(point["tag"], known)
        for column in trained[point["tag"]]:
            score, options = known[column], {"weights": table.weight[signal]}
            own = column == point["tag"]
            at = point["threshold"] if own else cut_at_efficiency(score[signal], params.signal_efficiency, **options)
            cuts[column] = shifts.cut(table, score, at, axis, params.channels)
            nominal[column] = shifts.summed(table[moved], score[moved], cuts[column])
    settings = samples.MapSettings(mass["min_gev"], mass["max_gev"], mass["bin_width_gev"], params.signal_efficiency)
    study, sums, rows = variations.study_of(name, params.methods, given), {column: {} for column in cuts}, {}
    for copy, path in zip(variations.copies(params.variations), given.copies, strict=True):
        new = events.load(path)
        learns = np.isin(new.label, transforms.LEARNT_FROM[method.get("protect", "background")])
        found = applying.Scorer(new, params.methods, study, settings, background=learns, every_seed=True)(name)
        rows[copy] = shifts.events(new)
        for column, cut in cuts.items():
            sums[column][copy] = shifts.summed(new, found[column], cut)
    options = {"names": list(params.variations), "replicas": params.replicas, "base": params.jsd_base}
    content = {"background": snakemake.wildcards.bkg, "method": name, "events": shifts.events(table[moved])}
    content |= {"copies": rows, "points": []}
    for i, point in enumerate(points):
        rng, found = np.random.default_rng([params.seed, i, 83]), []
        for column in trained[point["tag"]]:
            expected = shifts.summed(table, known[column], cuts[column])
            found.append(shifts.measure(nominal[column], sums[column], expected, rng=rng, **options))
        about = {key: point[key] for key in ("method", "strength", "tag", "threshold")}
        content["points"].append(about | found[0] | {"seeds": shifts.of_seeds(found) if len(found) > 1 else None})
    provenance = files.provenance(params, packages=("torch", "numpy", "scipy"))
    files.save_json(to_json(content) | {"provenance": provenance}, snakemake.output.variations)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
