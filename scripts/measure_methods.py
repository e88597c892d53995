"""Measure every strength of a method: efficiencies, divergences with their floors, curves; all with errors."""

from dataclasses import replace

import numpy as np

from unsculpt import events, files, logs, metrics, scores
from unsculpt.naming import strength_tag
from unsculpt.scores import columns_of


def main(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    wanted = {about["column"]: None for about in params.ranges.values()}
    table = events.load(snakemake.input.events, columns=list(wanted))
    columns = scores.load(snakemake.input.scores)
    settings = metrics.Settings.from_config(params.mass, params.metrics)
    truth = {"label": table.label, "mass": table.mass, "weights": table.weight, "sample": table.sample}
    of_ranges = {name: table.column(name) for name in wanted}
    points = []
    for i, strength in enumerate(params.strengths):
        tag = strength_tag(strength)
        seeds = []
        for k, column in enumerate(columns_of(tag, columns)):
            options = {
                **truth,
                "fold": table.fold if params.trained else None,
                "name": f"strength {column}",
                "settings": settings,
                "rng": np.random.default_rng([params.seed, i, *([k] if k else [])]),
            }
            point = metrics.measure_point(columns[column], **options)
            found = metrics.measure_ranges(columns[column], params.ranges, of_ranges, **options)
            seeds.append(replace(point, ranges=found))
        point = {"method": wildcards.method, "strength": strength, "tag": tag} | metrics.to_json(
            metrics.with_seeds(seeds)
        )
        points.append(point | {"seeds": metrics.to_json(metrics.over_seeds(seeds))})
    content = {"background": wildcards.bkg, "method": wildcards.method, "points": points}
    provenance = files.provenance(params, packages=("numpy", "scipy"))
    files.save_json(content | {"provenance": provenance}, snakemake.output.metrics)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
