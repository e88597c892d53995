"""Train boosted trees outside each fold and score the fold with them, one column a strength, and write their losses."""

import logging

import numpy as np

from unsculpt import events, examples, files, logs, naming, planing, scores
from unsculpt.decorrelation import trees


def main(snakemake):
    params, mass = snakemake.params, snakemake.params.mass
    table, settings = events.load(snakemake.input.events), trees.TreeSettings(**params.trees)
    mass_range, roles = (mass["min_gev"], mass["max_gev"]), {"inputs": params.inputs, "flat_in": params.flat_in}
    roles = planing.of_method(roles, params.method)
    models = []
    columns = {naming.strength_tag(strength): np.full(len(table), np.nan) for strength in params.method["strengths"]}
    for channel in params.channels:
        learnt_from = examples.training_events(table, params.method, mass, channel)
        data = examples.from_events(learnt_from, mass_range=mass_range, folds=params.folds, training=roles)
        odds, scored = examples.channel_odds(table, params.method, mass, channel), table.where(channel=channel)
        for strength, column in zip(params.method["strengths"], columns.values(), strict=True):
            logging.info("%s of strength %g, channel %s", params.method["objective"], strength, channel)
            score, folds = trees.out_of_fold(
                params.method["objective"], strength, table[scored], data, settings, params.seed
            )
            about = {"strength": strength, "tag": naming.strength_tag(strength), "channel": channel}
            models += [about | losses for losses in folds]
            column[scored] = scores.multiply_odds(score, odds)
    provenance = files.provenance(params, packages=("hep-ml", "scikit-learn", "numpy", "pyarrow"))
    names = {"background": snakemake.wildcards.bkg, "method": snakemake.wildcards.method}
    scores.save(columns, snakemake.output.scores, names | {"provenance": provenance})
    files.save_json(names | {"models": models, "provenance": provenance}, snakemake.output.history)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
