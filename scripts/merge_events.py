"""Merge the event tables of the signals, one background hypothesis and the data, normalised to the luminosity."""

from dataclasses import replace

from unsculpt import axes, events, files, logs, merging


def main(snakemake):
    params = snakemake.params
    chunks = [events.load(path) for path in snakemake.input.events]
    merged = merging.merge(chunks, params.samples, luminosity_fb=params.luminosity_fb, axis=axes.mass(params.mass))
    said = [f"samples.{c.metadata['sample']}: {sentence}" for c in chunks for sentence in files.warnings(c.metadata)]
    provenance = files.provenance(params, packages=("numpy", "pyarrow"), inherited=said)
    about = {"background": snakemake.wildcards.bkg, **merged.metadata, "provenance": provenance}
    events.save(replace(merged, metadata=about), snakemake.output.events)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
