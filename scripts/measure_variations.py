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
    moved = np.isin(table.sample, params.samples)  # what is simulated, and has copies
    cuts = shifts.cuts(table, known, points, params.signal_efficiency, axis, params.channels)
    of = {column: cut for own in cuts.values() for column, cut in own.items()}
    nominal = {column: shifts.summed(table[moved], known[column][moved], cut) for column, cut in of.items()}
    settings = samples.MapSettings(mass["min_gev"], mass["max_gev"], mass["bin_width_gev"], params.signal_efficiency)
    study, sums, rows = variations.study_of(name, params.methods, given), {column: {} for column in of}, {}
    for copy, path in zip(variations.copies(params.variations), given.copies, strict=True):
        new = events.load(path)
        learns = np.isin(new.label, transforms.LEARNT_FROM[method.get("protect", "background")])
        found = applying.Scorer(new, params.methods, study, settings, background=learns, every_seed=True)(name)
        rows[copy] = shifts.events(new)
        for column, cut in of.items():
            sums[column][copy] = shifts.summed(new, found[column], cut)
    options = {"names": list(params.variations), "replicas": params.replicas, "base": params.jsd_base}
    content = {"background": snakemake.wildcards.bkg, "method": name, "events": shifts.events(table[moved])}
    content |= {"copies": rows, "points": []}
    for i, point in enumerate(points):
        rng, found = np.random.default_rng([params.seed, i, 83]), []
        for column in cuts[point["tag"]]:
            expected = shifts.summed(table, known[column], of[column])
            found.append(shifts.measure(nominal[column], sums[column], expected, rng=rng, **options))
        about = {key: point[key] for key in ("method", "strength", "tag", "threshold")}
        content["points"].append(about | found[0] | {"seeds": shifts.of_seeds(found) if len(found) > 1 else None})
    provenance = files.provenance(params, packages=("torch", "numpy", "scipy"))
    files.save_json(to_json(content) | {"provenance": provenance}, snakemake.output.variations)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
