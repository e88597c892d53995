"""Take the protected variables out of the scores of another method, column by column."""

from unsculpt import events, files, logs, scores
from unsculpt.decorrelation import samples, transforms


def main(snakemake):
    params, mass = snakemake.params, snakemake.params.mass
    name, protected = params.method["transform"], params.method.get("protected", ["mass"])
    table = events.load(snakemake.input.events, columns=[column for column in protected if column != "mass"])
    settings = samples.MapSettings(mass["min_gev"], mass["max_gev"], mass["bin_width_gev"], params.signal_efficiency)
    base = scores.load(snakemake.input.scores)
    columns = {tag: transforms.transform(name, s, table, settings, protected) for tag, s in base.items()}
    provenance = files.provenance(params, packages=("numpy", "scipy", "pyarrow"))
    names = {"background": snakemake.wildcards.bkg, "method": snakemake.wildcards.method}
    scores.save(columns, snakemake.output.scores, names | {"provenance": provenance})


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
