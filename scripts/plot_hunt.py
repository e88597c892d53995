"""Draw the spectra in which was hunted, and the significances against the share of signal."""

from unsculpt import files, logs
from unsculpt.plots import hunt, output, style


def main(snakemake):
    points = [point for path in snakemake.input.hunts for point in files.load_json(path)["points"]]
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        output.save(hunt.spectra(points, study), snakemake.output.spectra, provenance, background=study.background)
        drawn = hunt.significances(points, study)
        output.save(drawn, snakemake.output.significances, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
