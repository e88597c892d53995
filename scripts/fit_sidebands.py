"""Fit the sidebands of the background that passes the working point of a method at one strength."""

import numpy as np

from unsculpt import config, events, files, fits, logs, metrics, scores


def main(snakemake):
    given, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    table = events.load(given.events, features=False)
    score = scores.load(given.scores)[wildcards.strength].astype(float)
    points = {point["tag"]: point for point in files.load_json(given.metrics)["points"]}
    passing = table[table.where(label=events.BACKGROUND) & (score >= points[wildcards.strength]["threshold"])]
    edges = np.array(config.mass_edges(params.mass))
    spectrum = metrics.histogram(passing.mass, weights=passing.weight, edges=edges)
    fit = fits.fit_spectrum(spectrum.sumw, spectrum.sumw2, edges, params.mass["window_gev"], **params.fit)
    provenance = files.provenance(params, packages=("pyhf", "iminuit", "numpy", "scipy"))
    names = {"background": wildcards.bkg, "method": wildcards.method, "tag": wildcards.strength}
    files.save_json({**names, **fits.to_json(fit), "provenance": provenance}, snakemake.output.fit)
    files.save_json(fits.workspace(fit), snakemake.output.workspace)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
