"""Draw how well the methods select, and how much they sculpt."""

from unsculpt import files, logs
from unsculpt.plots import metrics, output, style


def main(snakemake):
    points = [point for path in snakemake.input.metrics for point in files.load_json(path)["points"]]
    working_point = files.load_json(snakemake.input.table)["working_point"]
    chosen = working_point["method"], working_point["tag"]
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figures = {
            "roc": metrics.roc(points, study),
            "tradeoff": metrics.tradeoff(points, chosen, study),
            "jsd": metrics.jsd(points, study),
            "efficiency_profile": metrics.efficiency_profile(points, chosen, study),
            "sculpting": metrics.sculpting(points, chosen, study),
            "scores": metrics.scores(points, chosen, study),
        }
        for name, figure in figures.items():
            output.save(figure, getattr(snakemake.output, name), provenance)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
