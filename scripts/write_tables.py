"""Write the tables of a study, or of one background hypothesis, as CSV and LaTeX."""

from pathlib import Path

from unsculpt import files, logs, tables

WRITERS = {".csv": tables.to_csv, ".tex": tables.to_latex}


def main(snakemake):
    summary = files.load_json(snakemake.input.summary)
    background = snakemake.wildcards.get("bkg")
    known = tables.of_study(summary)
    if background:
        known = tables.of_background(summary, background, snakemake.params.methods)
    for path in map(Path, snakemake.output):
        with files.written(path) as part:
            part.write_text(WRITERS[path.suffix](known[path.stem]), encoding="utf-8")


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
