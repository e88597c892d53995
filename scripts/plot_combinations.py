"""Draw and tabulate how often the best combination of objects is the true one."""

from pathlib import Path

from unsculpt import files, logs
from unsculpt.plots import combinations, output
from unsculpt.tables import to_csv, to_latex
from unsculpt.tables.combinations import combinations as table

WRITERS = {".csv": to_csv, ".tex": to_latex}


def main(snakemake):
    content = files.load_json(snakemake.input.efficiencies)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = combinations.efficiency(content, snakemake.params.label)
        output.save(figure, snakemake.output.figure, provenance, combination=content["combination"])
    for path in map(Path, snakemake.output.tables):
        with files.written(path) as part:
            part.write_text(WRITERS[path.suffix](table(content)), encoding="utf-8")


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
