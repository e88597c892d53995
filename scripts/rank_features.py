"""Rank the input features by the area under the ROC curve that the plain classifier loses when each is shuffled."""

import numpy as np
import torch

from unsculpt import events, files, logs, metrics, models

REPETITIONS = 3


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    params = snakemake.params
    table = events.load(snakemake.input.events)
    simulated = table[table.label >= 0]
    contents = [models.load(path) for path in snakemake.input.models]

    def predict(features):
        return models.out_of_fold(contents, features, simulated.fold)[params.strength]

    ranking = metrics.permutation_importance(
        predict,
        simulated.features,
        simulated.feature_names,
        label=simulated.label,
        weights=simulated.weight,
        groups=simulated.fold,
        repetitions=REPETITIONS,
        rng=np.random.default_rng(params.seed),
    )
    point = {"method": params.method, "strength": float(params.strength), "tag": params.strength}
    provenance = files.provenance(params, packages=("numpy", "torch"))
    content = point | {"importance": metrics.to_json(ranking), "provenance": provenance}
    files.save_json(content, snakemake.output.importance)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
