"""Write the report of a study: one HTML page that opens without a network."""

from pathlib import Path

from unsculpt import explorer, files, logs, report


def main(snakemake):
    given, params = snakemake.input, snakemake.params
    summary = files.load_json(given.summary)
    figures = {}
    for path in map(Path, given.figures):  # <background>/<name>.svg, those of the whole study without one
        if path.suffix == ".svg":
            background = path.parent.name if path.parent.name in summary["backgrounds"] else ""
            figures.setdefault(background, {})[path.stem] = path
    measured, fitted = ([files.load_json(path) for path in paths] for paths in (given.metrics, given.fits))
    curves = {
        name: explorer.content(
            background,
            [table for table in measured if table["background"] == name],
            [fit for fit in fitted if fit["background"] == name],
            methods=params.methods,
            mass=params.mass,
            ranges=summary.get("ranges"),
        )
        for name, background in summary["backgrounds"].items()
    }
    provenance = {
        "seed": params.seed,
        "config": Path(given.config).read_text(encoding="utf-8"),
        "workflow": given.workflow,
        "timings": report.timings(params.benchmarks),
    }
    seconds = report.training_seconds(params.benchmarks)
    page = report.build(summary, figures, methods=params.methods, curves=curves, provenance=provenance, seconds=seconds)
    report.save(page, snakemake.output.html)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
