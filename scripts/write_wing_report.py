"""Write the report of a study of a wing: one HTML page that opens without a network."""

from pathlib import Path

from unsculpt import files, logs, report, stories


def main(snakemake):
    given, params = snakemake.input, snakemake.params
    summary = files.load_json(given.summary)
    story, content = stories.of(params.wing), summary[params.wing]
    figures = {path.stem: path for path in map(Path, given.figures) if path.suffix == ".svg"}
    provenance = {
        "seed": params.seed,
        "config": Path(given.config).read_text(encoding="utf-8"),
        "workflow": given.workflow,
        "timings": report.timings(params.benchmarks),
    }
    page = report.build_wing(summary, story.headline(content), story.sections(content), figures, provenance=provenance)
    report.save(page, snakemake.output.html)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
