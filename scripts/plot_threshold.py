"""Draw the significance of the points against the threshold of the score and against the signal efficiency."""

from unsculpt import files, logs
from unsculpt.plots import output, style, threshold


def main(snakemake):
    params = snakemake.params
    content = files.load_json(snakemake.input.threshold)
    study = style.Study(background=snakemake.wildcards.bkg, **params.study)
    provenance = files.provenance(params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = threshold.threshold(content, study, params.threshold)
        output.save(figure, snakemake.output.threshold, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
