"""Draw the losses of a method against the epoch."""

from unsculpt import files, logs
from unsculpt.plots import output, style, training


def main(snakemake):
    histories, plain = (
        list(map(files.load_json, paths)) for paths in (snakemake.input.histories, snakemake.input.plain)
    )
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = training.training(snakemake.wildcards.method, histories, plain, study)
        names = {"background": study.background, "method": snakemake.wildcards.method}
        output.save(figure, snakemake.output.training, provenance, **names)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
