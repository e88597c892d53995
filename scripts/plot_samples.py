"""Draw the masses and features of the samples, their correlation with the mass, and the ranking of the features."""

from unsculpt import features, files, logs
from unsculpt.plots import output, samples, style


def main(snakemake):
    described = files.load_json(snakemake.input.features)
    ranking = files.load_json(snakemake.input.importance)
    entries = described["features"]
    names = [entry["name"] for entry in entries] + [entry["feature"] for entry in ranking["importance"]]  # arrays, too
    labels = {name: features.latex_label(name, snakemake.params.quantities) for name in names}
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figures = {
            "mass": samples.mass(described["mass"], study),
            "features": samples.features(entries, study, labels),
            "correlations": samples.correlations(entries, study, labels),
            "importance": samples.importance(ranking["importance"], study, labels, ranking.get("control")),
        }
        for name, figure in figures.items():
            output.save(figure, getattr(snakemake.output, name), provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
