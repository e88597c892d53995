"""Draw what the scores of all methods are worth against what they know of the protected variables."""

from unsculpt import files, logs
from unsculpt.plots import independence, output, style


def main(snakemake):
    params = snakemake.params
    points = [point for path in snakemake.input.independence for point in files.load_json(path)["points"]]
    study = style.Study(background=snakemake.wildcards.bkg, **params.study)
    provenance = files.provenance(params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = independence.planes(points, study)
        output.save(figure, snakemake.output.independence, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
