"""Fill the mass spectra that adversaries expect in slices of the score, beside those of held-out events."""

import numpy as np

from unsculpt import events, examples, files, logs, models, naming, posterior


def main(snakemake):
    given, params = snakemake.input, snakemake.params
    contents, before = ([models.load(path) for path in paths] for paths in (given.models, given.plain))
    features = events.load_metadata(given.events)["features"]
    table = events.load(given.events, columns=[*features, *contents[0]["features"], *before[0]["features"]])
    own = {"inputs": contents[0]["features"], "flat_in": params.weights["flat_in"]}
    options = {"mass_range": (params.mass["min_gev"], params.mass["max_gev"]), "folds": params.folds, "training": own}
    edges, found, alone = posterior.edges_of(params.mass), {}, None
    for channel in dict.fromkeys(content["members"][0]["channel"] for content in contents):
        learnt = examples.training_events(table, params.weights, params.mass, channel)
        learnt = learnt[np.isin(learnt.label, examples.BOTH) & (learnt.weight > 0)]  # row by row the examples
        data = examples.from_events(learnt, **options)
        for content in contents:
            if content["members"][0]["channel"] == channel:
                for strength, slices in posterior.believed(content, data, params.mass, edges).items():
                    found[strength] = found[strength] + slices if strength in found else slices
        inputs = learnt.inputs(before[0]["features"])[0]
        score = models.out_of_fold(before, inputs, learnt.fold, learnt.channel)[params.plain_tag]
        slices = posterior.alone(score, data, params.mass, edges, contents[0]["settings"]["protect"])
        alone = slices if alone is None else alone + slices
    content = {"background": snakemake.wildcards.bkg, "method": snakemake.wildcards.method, "edges_gev": edges}
    content |= {"slices": posterior.SLICES, "before": posterior.plain(alone)}
    tags = {strength: {"strength": strength, "tag": naming.strength_tag(strength)} for strength in found}
    content["points"] = [tags[strength] | posterior.plain(slices) for strength, slices in found.items()]
    files.save_json(content | {"provenance": files.provenance(params, packages=("torch",))}, snakemake.output.posterior)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
