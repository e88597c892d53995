"""Train one part of a method's models as a stack and write them with their history."""

import torch

from unsculpt import copies, events, examples, files, granularity, logs, models, planing, training


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    params = snakemake.params
    own = planing.of_method(params.training, params.method)
    features = events.load_metadata(snakemake.input.events)["features"]  # any may be protected; of arrays the input
    columns = [*features, *(own["inputs"] or ())]
    table = events.load(snakemake.input.events, columns=columns)
    versions = copies.joined(table, copies.load(getattr(snakemake.input, "copies", ()), columns))  # of protected scales
    settings = training.Settings.of_method(params.method, own, params.network)
    mass_range = (params.mass["min_gev"], params.mass["max_gev"])
    members = training.members(
        params.method["strengths"],
        folds=params.folds,
        seed=params.seed,
        background=snakemake.wildcards.bkg,
        seeds=params.training["seeds"],
        channels=params.channels,
        part=int(snakemake.wildcards.part),
        models_per_job=granularity.models_per_job(params.training, params.method),
    )
    channel = members[0].channel
    learnt_from = examples.training_events(versions, params.method, params.mass, channel)
    data = examples.from_events(learnt_from, mass_range=mass_range, folds=params.folds, training=own)
    options = {"retries": params.training["retries"], "device": training.pick_device(params.training["device"])}
    checkpoint = f"{snakemake.output.models}.checkpoint"
    trained = training.train_reliably(settings, data, members, checkpoint=checkpoint, **options)
    odds = examples.channel_odds(table, params.method, params.mass, channel)
    content = models.content(trained, odds=odds)
    content["provenance"] = files.provenance(params, packages=("torch", "numpy"))
    content["provenance"]["cpu"] = torch.backends.cpu.get_cpu_capability()  # other instructions round differently
    models.save(content, snakemake.output.models)
    wildcards = snakemake.wildcards
    names = {"background": wildcards.bkg, "method": wildcards.method, "part": int(wildcards.part)}
    files.save_json(names | models.summary(content), snakemake.output.history)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
