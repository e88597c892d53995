"""Draw rejection and 1/JSD of the methods against another column."""

from unsculpt import features, files, logs
from unsculpt.plots import metrics, output, ranges, style


def main(snakemake):
    params, name = snakemake.params, snakemake.wildcards.ranges
    points = [point for path in snakemake.input.metrics for point in files.load_json(path)["points"]]
    comparison = files.load_json(snakemake.input.comparison)
    study = style.Study(background=snakemake.wildcards.bkg, **params.study)
    some = metrics.of_each_method(points, study, comparison)
    label = features.latex_label(ranges.column(points, name), params.quantities)
    efficiency = comparison["signal_efficiency"]
    provenance = files.provenance(params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = ranges.robustness(some, name, study, label=label, signal_efficiency=efficiency)
        output.save(figure, snakemake.output.robustness, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
