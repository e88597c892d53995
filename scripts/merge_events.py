"""Merge the event tables of the signals, one background hypothesis and the data, normalised to the luminosity."""

from unsculpt import axes, events, files, logs, merging


def main(snakemake):
    params, paths = snakemake.params, snakemake.input.events
    wanted = params.match_signal
    parts = [events.load(path, columns=(wanted["column"],) if wanted else ()) for path in paths]
    axis = axes.mass(params.mass)
    about = merging.normalise(parts, params.samples, luminosity_fb=params.luminosity_fb, axis=axis)
    spectrum = merging.matched(parts, about, wanted)
    said = [f"samples.{c.metadata['sample']}: {sentence}" for c in parts for sentence in files.warnings(c.metadata)]
    metadata = {
        "background": snakemake.wildcards.bkg,
        "samples": about,
        "files": merging.files(parts, params.own),
        "names": events.names(parts),
        "provenance": files.provenance(params, packages=("numpy", "pyarrow"), inherited=said),
    }
    with events.writing(snakemake.output.events, metadata) as write:
        for part in merging.scaled(
            map(events.load, paths), about, spectrum
        ):  # one at a time: together they may not fit
            write(part)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
