"""Judge every model of a method, and the exact classifiers, on new events of a toy whose densities are known."""

import numpy as np
import torch

from unsculpt import events, exact, files, logs, metrics, models, scores
from unsculpt.decorrelation import samples, transforms
from unsculpt.naming import strength_tag


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    given, params, mass = snakemake.input, snakemake.params, snakemake.params.mass
    check = exact.draw(params.exact, np.random.default_rng([params.seed, 811]))
    maps, rng = {}, np.random.default_rng([params.seed, 812])
    if params.transform:
        name, protect = params.transform
        table, base = events.load(given.learnt[0], columns=[]), scores.load(given.learnt[1])
        settings = samples.MapSettings(mass["min_gev"], mass["max_gev"], mass["bin_width_gev"], 0.5)
        maps = {tag: transforms.Maps(name, column, table, settings, protect=protect) for tag, column in base.items()}
    points = {}
    for content in map(models.load, given.models):
        for member, network in models.each(content):
            tag, score = strength_tag(member["strength"]), exact.of_network(network, content["features"])
            mapped = exact.mapped(score, maps[models.column(member)], member["fold"]) if maps else score
            row = {key: member[key] for key in ("fold", "replica")}
            row |= exact.judge(mapped, check, rng, probability=not maps)
            point = points.setdefault(tag, {"strength": member["strength"], "tag": tag, "trainings": []})
            point["trainings"].append(row)
            if "shown" not in point:
                point["shown"] = exact.shown(mapped, check)
    found = [point | {"median": exact.medians(point["trainings"])} for point in points.values()]
    names = {"background": snakemake.wildcards.bkg, "method": snakemake.wildcards.method}
    content = {"points": metrics.to_json(found), "exact": metrics.to_json(exact.classifiers(check, rng))}
    provenance = files.provenance(params, packages=("torch", "numpy", "scipy"))
    files.save_json(names | content | {"provenance": provenance}, snakemake.output.exact)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
