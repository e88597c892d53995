"""Rank the inputs by the area under the ROC curve that the plain classifier loses when each is shuffled."""

import numpy as np
import torch

from unsculpt import axes, events, files, logs, metrics, models
from unsculpt.metrics.importance import sidebands


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    params = snakemake.params
    contents = [models.load(path) for path in snakemake.input.models]
    inputs, rng = contents[0]["features"], np.random.default_rng(params.seed)
    table = events.load(snakemake.input.events, columns=inputs)

    def ranking(rows):
        truth = {"label": rows.label, "weights": rows.weight, "groups": rows.fold}
        matrix, _ = rows.inputs(inputs)

        def predict(features):
            return models.out_of_fold(contents, features.reshape(matrix.shape), rows.fold, rows.channel)[params.tag]

        return metrics.permutation_importance(
            predict,
            matrix.reshape(len(rows), len(inputs), -1),  # an array is one input
            inputs,
            **truth,
            repetitions=3,
            rng=rng,
        )

    simulated = metrics.to_json(ranking(table[table.label >= 0]))
    control = sidebands(table.label, table.mass, axis=axes.mass(params.mass), rng=rng)
    control = {of: metrics.attempt(f"ranking in the sidebands, {of}", ranking, table[at]) for of, at in control.items()}
    names = {"background": snakemake.wildcards.bkg}
    point = names | {"method": params.method, "strength": float(params.tag), "tag": params.tag}
    provenance = files.provenance(params, packages=("numpy", "torch"))
    content = point | {"importance": simulated, "control": metrics.to_json(control) or None, "provenance": provenance}
    files.save_json(content, snakemake.output.importance)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
