"""Compare all methods: the highest rejection without spurious signal, and the distance to floor and limit."""

import logging

from unsculpt import files, logs
from unsculpt.metrics.comparison import compare


def main(snakemake):
    given, params = snakemake.input, snakemake.params
    points = [point for path in given.metrics for point in files.load_json(path)["points"]]
    fits = {(fit["method"], fit["tag"]): fit for fit in map(files.load_json, given.fits)}
    thresholds = {key: params.spurious_signal[key] for key in ("of_expected", "of_error")}
    options = {"methods": params.methods, **thresholds, "settings": params.working_point}
    result = compare(points, fits or None, **options)
    for winner in ("best", "best_relaxed", "best_unsculpted"):
        logging.info("%s", result[winner]["reason"])
    content = {"background": snakemake.wildcards.bkg, **result, "provenance": files.provenance(params)}
    files.save_json(content, snakemake.output.comparison)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
