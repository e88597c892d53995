"""Fit all categories of the working point together; write their sensitivity and a plain HistFactory workspace."""

import logging

from unsculpt import axes, files, logs
from unsculpt.categories import combination, correlation, strengths
from unsculpt.likelihood import note


def main(snakemake):
    params = snakemake.params
    table = files.load_json(snakemake.input.table)
    rows, statistics = table["categories"], params.statistics
    channels = combination.channels(rows, axis=axes.mass(params.mass), blind=params.blind)
    nuisances = correlation.quoted(channels, combination.nuisances(rows, statistics))
    result = combination.combine(channels, nuisances)
    options = {"rows": rows, "statistics": statistics, "seed": params.seed}
    result = combination.calibrated(result, channels, nuisances, **options)
    result = strengths.construct(result, channels, nuisances, **options) | {
        "scan": combination.scan(channels, nuisances, points=statistics["scan_points"])
    }
    if result["reason"]:
        logging.warning("there is no combined fit: %s", result["reason"])
    if (check := result["cross_check"] or {}).get("reason"):
        logging.warning("the combined fit is not confirmed by pyhf: %s", check["reason"])
    provenance = files.provenance(params, packages=("pyhf", "numpy", "scipy"))
    combined = {"background": snakemake.wildcards.bkg, **table["combined"], **result, "provenance": provenance}
    files.save_json(combined, snakemake.output.combined)
    workspace = combination.workspace(channels, nuisances)
    files.save_json(workspace, snakemake.output.workspace)
    files.save_text(note.of_categories(workspace), snakemake.output.readme)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
