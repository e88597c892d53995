"""Train boosted trees outside each fold and score the fold with them, one column a strength."""

import logging

from unsculpt import events, examples, files, logs, naming, scores
from unsculpt.decorrelation import trees


def main(snakemake):
    params, mass = snakemake.params, snakemake.params.mass
    table, settings = events.load(snakemake.input.events), trees.Settings(**params.trees)
    learnt_from = examples.training_events(table, params.method, mass)
    data = examples.from_events(learnt_from, mass_range=(mass["min_gev"], mass["max_gev"]), folds=params.folds)
    columns = {}
    for strength in params.method["strengths"]:
        logging.info("%s of strength %g", params.method["objective"], strength)
        tag = naming.strength_tag(strength)
        columns[tag] = trees.out_of_fold(params.method["objective"], strength, table, data, settings, params.seed)
    provenance = files.provenance(params, packages=("hep-ml", "scikit-learn", "numpy", "pyarrow"))
    scores.save(columns, snakemake.output.scores, {"provenance": provenance})


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
