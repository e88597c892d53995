"""Draw the final categories with their fits, what each contributes, and the likelihood of the signal strength."""

from unsculpt import files, logs
from unsculpt.plots import categories, output, style


def main(snakemake):
    table = files.load_json(snakemake.input.table)["categories"]
    combined = files.load_json(snakemake.input.combined)
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        output.save(categories.categories(table, study), snakemake.output.categories, provenance)
        output.save(categories.significance(table, combined, study), snakemake.output.significance, provenance)
        output.save(categories.scan(combined, study), snakemake.output.scan, provenance)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
