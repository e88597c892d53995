"""Fit all categories of the working point together; write their sensitivity and a plain HistFactory workspace."""

from unsculpt import files, logs
from unsculpt.categories import combination


def main(snakemake):
    params = snakemake.params
    table = files.load_json(snakemake.input.table)
    channels = combination.channels(table["categories"], window_gev=params.mass["window_gev"], blind=params.blind)
    result = combination.combine(channels)
    provenance = files.provenance(params, packages=("pyhf", "numpy", "scipy"))
    combined = {"background": snakemake.wildcards.bkg, **table["combined"], **result, "provenance": provenance}
    files.save_json(combined, snakemake.output.combined)
    files.save_json(combination.workspace(channels), snakemake.output.workspace)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
