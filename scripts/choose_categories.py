"""Find the best categories of every point, choose the working point, and write the category table."""

from unsculpt import categories, events, files, logs, scores
from unsculpt.categories import choice


def main(snakemake):
    given, params = snakemake.input, snakemake.params
    points = [point for path in given.metrics for point in files.load_json(path)["points"]]
    settings = categories.Settings.from_config(
        mass=params.mass,
        channels=params.channels,
        categories=params.categories,
        fit=params.fit,
        working_point=params.working_point,
        blind=params.blind,
        metrics=params.metrics,
        seed=params.seed,
    )
    divided_by = [column for column in [params.categories.get("divide_by")] if column]
    result = choice.choose(
        events.load(given.events, columns=divided_by),
        dict(zip(params.methods, map(scores.load, given.scores), strict=True)),
        points,
        [files.load_json(path) for path in given.fits],
        settings=settings,
    )
    names, provenance = {"background": snakemake.wildcards.bkg}, files.provenance(params, packages=("numpy", "scipy"))
    chosen = {key: result.pop(key) for key in ("working_point", "candidates")}
    files.save_json({**names, **chosen, "provenance": provenance}, snakemake.output.working_point)
    files.save_json({**names, **result, "provenance": provenance}, snakemake.output.table)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
