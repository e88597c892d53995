"""Draw the mean images of jets after each step of their preparation, and what networks look at in them."""

from unsculpt import files, logs
from unsculpt.plots import images, output, style


def main(snakemake):
    params = snakemake.params
    means = [files.load_json(path) for path in snakemake.input.images]
    gradients = [files.load_json(path) for path in snakemake.input.gradients]
    study = style.Study(background=snakemake.wildcards.bkg, **params.study)
    provenance = files.provenance(params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = images.images(means, gradients, study)
        output.save(figure, snakemake.output.images, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
