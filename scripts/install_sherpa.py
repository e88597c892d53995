"""Install Sherpa beside the workflow, and write whether that worked."""

import logging

from unsculpt import files, logs
from unsculpt.simulation import sherpa


def main(snakemake):
    marker = sherpa.install(snakemake.params.directory)
    if marker["available"]:
        logging.info("%s is in %s", marker["version"], marker["directory"])
    else:
        logging.warning("no Sherpa, ttyy will be simulated by Pythia alone: %s", marker["reason"])
    files.save_json({**marker, "provenance": files.provenance(snakemake.params)}, snakemake.output.marker)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
