"""Measure how well a method learns from how many events: the models of the study, and further ones of fewer events."""

import torch

from unsculpt import events, files, learning, logs, metrics, planing, scores

SAME = ("method", "network", "trees", "mass", "folds", "seed")


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    given, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    own = planing.of_method(params.training, params.method)
    settings = {key: getattr(params, key) for key in SAME}
    learner = learning.Learner(**settings, training=own, background=wildcards.bkg)
    features = events.load_metadata(given.events)["features"]  # any may be protected; of arrays the input
    table = events.load(given.events, columns=[*features, *(own["inputs"] or ())])
    measured = metrics.Settings.from_config(params.mass, params.metrics)
    checkpoint = f"{snakemake.output.learning}.checkpoint"
    points = learning.curves(learner, table, scores.load(given.scores), params.asked, measured, checkpoint)
    names = {"background": wildcards.bkg, "method": wildcards.method}
    content = {"points": [{"method": wildcards.method} | point for point in metrics.to_json(points)]}
    provenance = files.provenance(params, packages=("torch", "hep-ml", "scikit-learn", "numpy"))
    files.save_json(names | content | {"provenance": provenance}, snakemake.output.learning)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
