"""Write the report of a study: one HTML page that opens without a network."""

from pathlib import Path

from unsculpt import files, logs, report


def main(snakemake):
    summary = files.load_json(snakemake.input.summary)
    figures = {}
    for path in map(Path, snakemake.input.figures):  # <background>/<name>.svg
        if path.suffix == ".svg":
            figures.setdefault(path.parent.name, {})[path.stem] = path
    page = report.build(summary, figures, methods=snakemake.params.methods, seed=snakemake.params.seed)
    report.save(page, snakemake.output.html)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
