"""Choose the working point of a study without categories: the accepted point that rejects most."""

from unsculpt import files, logs, working_point


def main(snakemake):
    given, params = snakemake.input, snakemake.params
    points = [point for path in given.metrics for point in files.load_json(path)["points"]]
    fits = {(fit["method"], fit["tag"]): fit for fit in map(files.load_json, given.fits)}
    candidates = [
        working_point.candidate(point, fits.get((point["method"], point["tag"])), settings=params.working_point)
        for point in points
    ]
    content = working_point.content(candidates, settings=params.working_point)
    names = {"background": snakemake.wildcards.bkg}
    files.save_json(names | content | {"provenance": files.provenance(params)}, snakemake.output.working_point)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
