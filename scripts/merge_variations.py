"""Merge the copies of the simulated events of one hypothesis, scaled as the events themselves are."""

from unsculpt import events, files, logs, merging


def main(snakemake):
    params, paths = snakemake.params, snakemake.input.copies
    about = events.load_metadata(snakemake.input.events)["samples"]
    parts = [events.load(path, columns=()) for path in paths]
    said = [f"samples.{c.metadata['sample']}: {sentence}" for c in parts for sentence in files.warnings(c.metadata)]
    metadata = {
        "background": snakemake.wildcards.bkg,
        "copy": snakemake.wildcards.shifted,
        "samples": {name: {"scale": about[name]["scale"]} for name in params.samples},
        "names": events.names(parts),
        "provenance": files.provenance(params, packages=("numpy", "pyarrow"), inherited=said),
    }
    with events.writing(snakemake.output.events, metadata) as write:
        for part in merging.scaled(map(events.load, paths), about):
            write(part)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
