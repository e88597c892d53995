"""Fit the sidebands of the background before any cut on a score."""

import logging

from unsculpt import axes, events, files, fits, logs, metrics
from unsculpt.likelihood import note


def main(snakemake):
    params, wildcards = snakemake.params, snakemake.wildcards
    table = events.load(snakemake.input.events, columns=())
    axis = axes.mass(params.mass)
    background, signal = (
        metrics.histogram(rows.mass, weights=rows.weight, edges=axis.edges)
        for rows in (table[table.where(label=label)] for label in (events.BACKGROUND, events.SIGNAL))
    )
    content, workspace = fits.measure(background, signal, axis, settings=fits.Settings.from_config(params.fit))
    if content["status"] != "fitted":
        logging.warning("the sidebands are not fitted: %s", content["reason"])
    for sentence in fits.remarks(content, content["spurious_signal"]):
        logging.warning("%s", sentence)
    provenance = files.provenance(params, packages=("pyhf", "iminuit", "numpy", "scipy"))
    files.save_json({"background": wildcards.bkg, **content, "provenance": provenance}, snakemake.output.fit)
    files.save_json(workspace, snakemake.output.workspace)
    files.save_text(note.OF_FITS, snakemake.output.readme)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
