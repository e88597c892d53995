"""Describe the input features before any training: histograms and correlations with the mass."""

import numpy as np

from unsculpt import config, events, files, logs, metrics


def main(snakemake):
    table = events.load(snakemake.input.events)
    features, mass = metrics.describe_features(
        table.features,
        table.feature_names,
        label=table.label,
        mass=table.mass,
        weights=table.weight,
        edges=np.array(config.mass_edges(snakemake.params.mass)),
        window_gev=snakemake.params.mass["window_gev"],
    )
    content = metrics.to_json({"features": features, "mass": mass})
    provenance = files.provenance(snakemake.params, packages=("numpy",))
    names = {"background": snakemake.wildcards.bkg}
    files.save_json(names | content | {"provenance": provenance}, snakemake.output.features)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
