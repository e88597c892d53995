"""Draw how well the methods select, and how much they sculpt."""

from unsculpt import files, logs
from unsculpt.plots import decorrelation, metrics, output, style, tradeoff


def main(snakemake):
    points = [point for path in snakemake.input.metrics for point in files.load_json(path)["points"]]
    comparison = files.load_json(snakemake.input.comparison)
    working_point = files.load_json(snakemake.input.working_point)["working_point"]
    chosen = working_point["method"], working_point["tag"]
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    some = metrics.of_each_method(points, study, comparison)
    found = decorrelation.pairs(points, study, comparison)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figures = {
            "roc": metrics.roc(some, study),
            "tradeoff": tradeoff.tradeoff(points, chosen, study, comparison),
            "jsd": metrics.jsd(some, study),
            "efficiency_profile": metrics.efficiency_profile(points, chosen, study),
            "efficiency_all": metrics.efficiency_all(points, chosen, study),
            "score_profile": metrics.score_profile(points, chosen, study),
            "sculpting": metrics.sculpting(points, chosen, study),
            "scores": metrics.scores(points, chosen, study),
            "distributions": decorrelation.distributions(decorrelation.of_each(points, study, comparison), study),
            "divergence": decorrelation.divergence(decorrelation.told(points, chosen, found, study), study),
        }
        if hasattr(snakemake.output, "pairs"):
            figures["pairs"] = decorrelation.compared(found, study)
        for name, figure in figures.items():
            output.save(figure, getattr(snakemake.output, name), provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
