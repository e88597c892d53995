"""Draw the plane of the trade-off in each of some ranges of another column."""

from unsculpt import features, files, logs
from unsculpt.plots import output, ranges, style


def main(snakemake):
    params, name = snakemake.params, snakemake.wildcards.ranges
    points = [point for path in snakemake.input.metrics for point in files.load_json(path)["points"]]
    efficiency = files.load_json(snakemake.input.comparison)["signal_efficiency"]
    study = style.Study(background=snakemake.wildcards.bkg, **params.study)
    label = features.latex_label(ranges.column(points, name), params.quantities)
    provenance = files.provenance(params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = ranges.planes(points, name, study, label=label, signal_efficiency=efficiency)
        output.save(figure, snakemake.output.planes, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
