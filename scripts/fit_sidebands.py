"""Fit the sidebands of the background that passes the working point of a method at one strength."""

import logging

from unsculpt import axes, events, files, fits, logs, metrics, scores


def main(snakemake):
    given, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    table = events.load(given.events, columns=())
    score = scores.load(given.scores)[wildcards.tag].astype(float)
    points = {point["tag"]: point for point in files.load_json(given.metrics)["points"]}
    passing = table[score >= points[wildcards.tag]["threshold"]]
    axis = axes.mass(params.mass)
    background, signal = (
        metrics.histogram(rows.mass, weights=rows.weight, edges=axis.edges)
        for rows in (passing[passing.where(label=label)] for label in (events.BACKGROUND, events.SIGNAL))
    )
    content, workspace = fits.measure(background, signal, axis, settings=fits.Settings.from_config(params.fit))
    if content["status"] != "fitted":
        logging.warning("the sidebands are not fitted: %s", content["reason"])
    for sentence in fits.remarks(content, content["spurious_signal"]):
        logging.warning("%s", sentence)
    provenance = files.provenance(params, packages=("pyhf", "iminuit", "numpy", "scipy"))
    names = {"background": wildcards.bkg, "method": wildcards.method, "tag": wildcards.tag}
    files.save_json({**names, **content, "provenance": provenance}, snakemake.output.fit)
    files.save_json(workspace, snakemake.output.workspace)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
