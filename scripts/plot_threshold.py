"""Draw the significance against the threshold and the signal efficiency, and distributions by the nuisance."""

from unsculpt import features, files, logs
from unsculpt.plots import output, style, threshold


def main(snakemake):
    params = snakemake.params
    content = files.load_json(snakemake.input.threshold)
    study = style.Study(background=snakemake.wildcards.bkg, **params.study)
    provenance = files.provenance(params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        names = [of["feature"] for of in content["shapes"] if "feature" in of]
        labels = {name: features.latex_label(name, params.quantities) for name in names}
        for name, figure in {
            "threshold": threshold.threshold(content, study, params.threshold),
            "nuisance": threshold.shapes(content, study, labels),
        }.items():
            output.save(figure, getattr(snakemake.output, name), provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
