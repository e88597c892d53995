"""Draw a hyperparameter search: its trials and the importance of each hyperparameter."""

from unsculpt import files, logs
from unsculpt.plots import output, style, tuning


def main(snakemake):
    result = files.load_json(snakemake.input.result)
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = tuning.search(result, study)
        output.save(figure, snakemake.output.tuning, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
