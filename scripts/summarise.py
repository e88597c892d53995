"""Gather the numbers of a study into summary.json and its headline."""

import logging
from pathlib import Path

import yaml

from unsculpt import files, gathering, logs, stages, summary

PACKAGES = ("snakemake", "pythia8mc", "fastjet", "uproot", "awkward", "numpy", "scipy", "torch", "pyhf", "iminuit")


def main(snakemake):
    given, params = snakemake.input, snakemake.params
    config = yaml.safe_load(Path(given.config).read_text(encoding="utf-8"))
    kinds = stages.kept(gathering.NAMES, "files", config["stages"])
    kinds = [kind for kind in kinds if kind not in gathering.ASKED or hasattr(given, kind)]
    gathered = gathering.load({kind: getattr(given, kind) for kind in kinds})
    combinations = [files.load_json(path) for path in getattr(given, "combinations", ())]
    result = summary.assemble(config, {name: gathered[name] for name in params.backgrounds}, combinations)
    headline = summary.headline(result, config["methods"])
    files.save_json(result | {"provenance": files.provenance(params, PACKAGES)}, snakemake.output.summary)
    with files.written(snakemake.output.headline) as part:
        part.write_text(headline, encoding="utf-8")
    logging.info("%s", headline)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
