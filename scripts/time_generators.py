"""Measure what a shower and a step of training cost, of each generator and on finer cells; the one job with a clock."""

from unsculpt import files, logs
from unsculpt.generation import scanning, trained


def main(snakemake):
    scanning.threads()
    params = snakemake.params
    of, rows = params.generation, []
    for path in snakemake.input.models:
        saved = trained.load(path)
        found = scanning.times(of, saved["settings"], 1, params.seed, saved)
        rows.append({"generator": saved["name"], "steps": saved["settings"]["steps"], **found})
    finer = [
        {"refinement": r, **scanning.times(of, params.generators[params.main], r, params.seed)}
        for r in params.refinements
    ]
    provenance = files.provenance(params, packages=("torch", "numpy"))
    content = {"times": {"generators": rows, "scan": finer}, "provenance": provenance}
    files.save_json(content, snakemake.output.times)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
