"""Write the folder of a submission to HEPData."""

from unsculpt import files, hepdata, logs


def main(snakemake):
    given = snakemake.input
    hepdata.write(
        snakemake.output.hepdata,
        files.load_json(given.summary),
        [files.load_json(path) for path in given.metrics],
        [files.load_json(path) for path in given.fits],
        methods=snakemake.params.methods,
        unit=snakemake.params.unit,
    )


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
