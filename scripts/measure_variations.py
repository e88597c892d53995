"""Score the copies of the events by the models that score the events, and measure what their scales do to every cut."""

import numpy as np
import torch

from unsculpt import applying, axes, events, files, logs, scores, variations
from unsculpt.decorrelation import samples, transforms
from unsculpt.metrics import to_json
from unsculpt.metrics import variations as shifts


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    given, params, name = snakemake.input, snakemake.params, snakemake.wildcards.method
    axis, method, mass = axes.mass(params.mass), params.methods[name], params.mass
    points = files.load_json(given.metrics)["points"]
    table, known = events.load(given.events, columns=()), scores.load(given.scores)
    moved = np.isin(table.sample, params.samples)  # of what is simulated, which has copies
    cuts, nominal = {}, {}
    for point in points:
        tag, cut = point["tag"], (point["threshold"], axis, params.channels)
        cuts[tag] = shifts.cut(table, known[tag], *cut)
        nominal[tag] = shifts.summed(table[moved], known[tag][moved], cuts[tag])
    settings = samples.MapSettings(mass["min_gev"], mass["max_gev"], mass["bin_width_gev"], params.signal_efficiency)
    study, sums, rows = variations.study_of(name, params.methods, given), {point["tag"]: {} for point in points}, {}
    for copy, path in zip(variations.copies(params.variations), given.copies, strict=True):
        new = events.load(path)
        learns = np.isin(new.label, transforms.LEARNT_FROM[method.get("protect", "background")])
        found = applying.Scorer(new, params.methods, study, settings, background=learns)(name)
        rows[copy] = shifts.events(new)
        for tag, cut in cuts.items():
            sums[tag][copy] = shifts.summed(new, found[tag], cut)
    options = {"names": list(params.variations), "replicas": params.replicas, "base": params.jsd_base}
    rows = {"events": shifts.events(table[moved]), "copies": rows}
    content = {"background": snakemake.wildcards.bkg, "method": name, **rows, "points": []}
    for i, (tag, cut) in enumerate(cuts.items()):
        rng, expected = np.random.default_rng([params.seed, i, 83]), shifts.summed(table, known[tag], cut)
        numbers = shifts.measure(nominal[tag], sums[tag], expected, rng=rng, **options)
        content["points"].append({key: points[i][key] for key in ("method", "strength", "tag", "threshold")} | numbers)
    provenance = files.provenance(params, packages=("torch", "numpy", "scipy"))
    files.save_json(to_json(content) | {"provenance": provenance}, snakemake.output.variations)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
