"""Fill the spectra of both classes with the weights of a method's training, and with those of all later numbers."""

from unsculpt import axes, events, files, logs, weighting


def main(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    settings = params.weights
    columns = {entry["column"] for entry in settings["flat_in"].values()}
    table = events.load(snakemake.input.events, columns=columns)
    spectra = weighting.spectra(table, settings, params.mass, edges=axes.mass(params.mass).edges)
    content = {"background": wildcards.bkg, "method": wildcards.method, "spectra": spectra}
    provenance = files.provenance(params, packages=("numpy",))
    files.save_json(content | {"provenance": provenance}, snakemake.output.weighting)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
