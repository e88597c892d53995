"""Describe the input features before any training: histograms and correlations with the mass."""

from unsculpt import axes, events, files, logs, metrics


def main(snakemake):
    table = events.load(snakemake.input.events)
    features, mass = metrics.describe_features(
        table.features,
        table.feature_names,
        label=table.label,
        mass=table.mass,
        weights=table.weight,
        sample=table.sample,
        axis=axes.mass(snakemake.params.mass),
    )
    content = metrics.to_json({"features": features, "mass": mass})
    provenance = files.provenance(snakemake.params, packages=("numpy",))
    names = {"background": snakemake.wildcards.bkg}
    files.save_json(names | content | {"provenance": provenance}, snakemake.output.features)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
