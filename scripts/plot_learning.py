"""Draw area and rejection of each method against the number of events that it learns from."""

from unsculpt import files, logs
from unsculpt.plots import learning, output, style


def main(snakemake):
    points = [point for path in snakemake.input.learning for point in files.load_json(path)["points"]]
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = learning.curves(points, study)
        output.save(figure, snakemake.output.learning, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
