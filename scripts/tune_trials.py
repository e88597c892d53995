"""Run the trials of one worker of a hyperparameter search, in a journal that all workers share."""

import torch

from unsculpt import events, files, logs
from unsculpt.tuning import search, tasks


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    params, wildcards, tuning = snakemake.params, snakemake.wildcards, snakemake.params.tuning
    config = {key: getattr(params, key) for key in tasks.KEYS}
    task = tasks.build(
        events.load(snakemake.input.events),
        config,
        search=wildcards.search,
        background=wildcards.bkg,
        start=tasks.outcome(snakemake.input.earlier),
    )
    name = task.identity(tuning["pruner"], params.code)
    study = search.open_journal(params.journal, name, pruner=tuning["pruner"], epochs=task.start["epochs"])
    search.work(
        study,
        task,
        trials=tuning["trials"],
        worker=int(wildcards.worker),
        workers=tuning["workers"],
        per_stack=tuning["trials_per_stack"],
        seed=params.seed,
    )
    provenance = files.provenance(params, packages=("torch", "optuna"))
    names = {"background": wildcards.bkg, "search": wildcards.search, "worker": int(wildcards.worker)}
    files.save_json({**names, "identity": name, "provenance": provenance}, snakemake.output.done)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
