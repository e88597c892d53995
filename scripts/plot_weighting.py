"""Draw the weights of a method's training against those of all later numbers."""

from unsculpt import features, files, logs
from unsculpt.plots import maps, output, style


def main(snakemake):
    content = files.load_json(snakemake.input.weighting)
    quantities = snakemake.params.quantities
    names = [spectrum["column"] for spectrum in content["spectra"]]
    labels = {name: features.latex_label(name, quantities) for name in names if name in quantities}
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = maps.weighting(content, study, labels)
        names = {"background": study.background, "method": snakemake.wildcards.method}
        output.save(figure, snakemake.output.weighting, provenance, **names)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
