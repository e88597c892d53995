"""Ask every strength of a method whether its score knows a protected variable at all."""

import numpy as np

from unsculpt import events, files, independence, logs, metrics, scores
from unsculpt.naming import strength_tag
from unsculpt.scores import columns_of


def main(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    names = {about["column"] for about in params.independence.values()} - {"mass"}
    table = events.load(snakemake.input.events, columns=sorted(names))
    columns = scores.load(snakemake.input.scores)
    learnt = independence.of_adversary([files.load_json(path) for path in snakemake.input.histories])
    points = []
    for i, strength in enumerate(params.strengths):
        tag = strength_tag(strength)
        rng = np.random.default_rng([params.seed, i, 5])
        found = []
        for name, about in params.independence.items():
            of_seeds = [
                independence.of_score(columns[column], table, about, replicas=params.replicas, rng=rng)
                for column in columns_of(tag, columns)
            ]
            known = learnt.get(tag) if params.protected == [about["column"]] else None
            row = {"name": name, "column": about["column"], "events": about["events"], "adversary": known}
            found.append(row | metrics.to_json(of_seeds[0]) | {"seeds": independence.over_seeds(of_seeds)})
        points.append({"method": wildcards.method, "strength": strength, "tag": tag, "independence": found})
    content = {"background": wildcards.bkg, "method": wildcards.method, "points": points}
    provenance = files.provenance(params, packages=("numpy", "scipy"))
    files.save_json(content | {"provenance": provenance}, snakemake.output.independence)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
