"""Train one generator from one seed and write it with its losses."""

import torch

from unsculpt import files, logs, models
from unsculpt.generation import showers, trained
from unsculpt.generation.geometry import Geometry
from unsculpt.generation.training import train
from unsculpt.training import pick_device
from unsculpt.training.settings import stable_seed


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    params, wildcards, output = snakemake.params, snakemake.wildcards, snakemake.output
    geometry = Geometry.of(params.generation["calorimeter"])
    learnt = showers.load_all(snakemake.input.train, geometry)
    seed = stable_seed(params.seed, wildcards.generator, int(wildcards.replica))
    device = pick_device(params.device)
    training = trained.start(params.settings, learnt, params.generation, seed, device)
    train(training, f"{output.model}.checkpoint")
    content = trained.content(training, learnt[:: max(1, len(learnt) // 20_000)], params.generation)
    about = {"generator": wildcards.generator, "replica": int(wildcards.replica), "parameters": content["parameters"]}
    provenance = files.provenance(params, packages=("torch", "numpy"))
    models.save(content | {"name": wildcards.generator, "provenance": provenance}, output.model)
    losses = {"kind": params.settings["kind"], "steps": params.settings["steps"], "losses": trained.history(training)}
    files.save_json({"training": about | losses, "provenance": provenance}, output.history)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
