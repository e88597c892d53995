"""Draw the final categories with their fits, what each contributes, and the likelihood of the signal strength."""

from unsculpt import files, logs
from unsculpt.plots import categories, output, style


def main(snakemake):
    table = files.load_json(snakemake.input.table)["categories"]
    combined = files.load_json(snakemake.input.combined)
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figures = {
            "categories": categories.categories(table, study),
            "significance": categories.significance(table, combined, study),
            "scan": categories.scan(combined, study),
        }
        for name, figure in figures.items():
            output.save(figure, getattr(snakemake.output, name), provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
