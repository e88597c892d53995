"""Fit the sidebands of the background before any cut on a score."""

import numpy as np

from unsculpt import config, events, files, fits, logs, metrics


def main(snakemake):
    params = snakemake.params
    table = events.load(snakemake.input.events, features=False)
    background = table[table.where(label=events.BACKGROUND)]
    edges = np.array(config.mass_edges(params.mass))
    spectrum = metrics.histogram(background.mass, weights=background.weight, edges=edges)
    fit = fits.fit_spectrum(spectrum.sumw, spectrum.sumw2, edges, params.mass["window_gev"], **params.fit)
    provenance = files.provenance(params, packages=("pyhf", "iminuit", "numpy", "scipy"))
    names = {"background": snakemake.wildcards.bkg}
    files.save_json({**names, **fits.to_json(fit), "provenance": provenance}, snakemake.output.fit)
    files.save_json(fits.workspace(fit), snakemake.output.workspace)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
