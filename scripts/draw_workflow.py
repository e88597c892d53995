"""Draw the rules of a study and what they need of each other, as Snakemake plans them."""

import subprocess
import sys
from pathlib import Path

from unsculpt import files, logs
from unsculpt.plots import output, workflow


def main(snakemake):
    snakefile = Path(snakemake.params.snakefile)
    options = ["--snakefile", snakefile, "--configfile", snakemake.input.config, "--rulegraph", "--nolock", "--quiet"]
    # Modules of an outer Snakemake job are not those of this one: it starts with a clean path.
    made = subprocess.run(
        [sys.executable, "-m", "snakemake", *map(str, options), "--profile", "none", "--workflow-profile", "none"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    with output.sheet(snakemake.input.style):
        figure = workflow.graph(*workflow.parse(made.stdout))
        output.save(figure, snakemake.output.workflow, files.provenance(snakemake.params, packages=("matplotlib",)))


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
