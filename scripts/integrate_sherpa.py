"""Integrate the ttyy cross-section with Sherpa, once for all chunks of a sample."""

from unsculpt import files, logs
from unsculpt.simulation import sherpa


def main(snakemake):
    sherpa.integrate(files.load_json(snakemake.input.marker), snakemake.output.archive)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
