"""Gather the numbers of a study into summary.json and its headline."""

import logging
from pathlib import Path

import yaml

from unsculpt import files, logs, summary

PACKAGES = ("snakemake", "pythia8mc", "fastjet", "uproot", "awkward", "numpy", "scipy", "torch", "pyhf", "iminuit")
KINDS = (
    *("events", "features", "importance", "scores", "metrics", "comparison", "histories"),
    *("initial", "fits", "categories", "combined"),
)


def main(snakemake):
    given, params = snakemake.input, snakemake.params
    config = yaml.safe_load(Path(given.config).read_text(encoding="utf-8"))
    backgrounds = {}
    for i, name in enumerate(params.backgrounds):  # every kind lists its files background by background
        share = {kind: getattr(given, kind)[i :: len(params.backgrounds)] for kind in KINDS}
        backgrounds[name] = summary.load(share, points=params.points, parts=params.parts)
    result = summary.assemble(config, backgrounds)
    headline = summary.headline(result, config["methods"])
    files.save_json(result | {"provenance": files.provenance(params, PACKAGES)}, snakemake.output.summary)
    with files.written(snakemake.output.headline) as part:
        part.write_text(headline, encoding="utf-8")
    logging.info("%s", headline)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
