"""Choose the best trial of a search, check it on events that the search never saw, and write it as a study."""

import numpy as np
import torch

from unsculpt import events, files, logs
from unsculpt.tuning import results, search, tasks


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    params, wildcards = snakemake.params, snakemake.wildcards
    config = {key: getattr(params, key) for key in tasks.KEYS}
    task = tasks.build(
        events.load(snakemake.input.events),
        config,
        search=wildcards.search,
        background=wildcards.bkg,
        start=tasks.outcome(snakemake.input.earlier),
    )
    workers = [files.load_json(path) for path in snakemake.input.workers]
    trials = results.table(search.open_journal(params.journal, workers[0]["identity"]))
    rng = np.random.default_rng(params.seed)
    best = results.best(trials)
    result = {
        "background": wildcards.bkg,
        "search": wildcards.search,
        "criterion": task.criterion.name,
        "trials": trials,
        "best": best,
        "importance": results.importance(trials, task.distributions, rng),
        "choice": results.choose(task, best, rng),
    }
    provenance = files.provenance(params, packages=("torch", "optuna"), inherited=files.warnings(*workers))
    files.save_json(result | {"provenance": provenance}, snakemake.output.result)
    with files.written(snakemake.output.study) as part:
        part.write_text(
            results.fragment(params.study, wildcards.bkg, wildcards.search, result, task.own), encoding="utf-8"
        )


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
