"""Draw the sideband fits before any cut on a score, after that of the plain classifier, and after the chosen one.

Of a study that injects signal also what the fits of all points find of it.
"""

from unsculpt import files, logs
from unsculpt.plots import fits, injection, output, style


def main(snakemake):
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    contents = {(fit["method"], fit["tag"]): fit for fit in map(files.load_json, snakemake.input.fits)}
    working_point = files.load_json(snakemake.input.working_point)["working_point"]
    plain = next(point for point in contents if point[0] == study.plain)
    chosen = working_point["method"], working_point["tag"]
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        initial = fits.fit(files.load_json(snakemake.input.initial), study, "before any cut on a score")
        output.save(initial, snakemake.output.fit_initial, provenance, background=study.background)
        for name, point in (("fit_nn", plain), ("fit_chosen", chosen)):
            title = f"after the cut on {study.name(*point)}"
            figure = fits.fit(contents[point], study, title, study.colour(point[0]))
            names = {"background": study.background, "method": point[0], "tag": point[1]}
            output.save(figure, getattr(snakemake.output, name), provenance, **names)
        if hasattr(snakemake.output, "injection"):
            figure = injection.hunt(list(contents.values()), chosen, study)
            output.save(figure, snakemake.output.injection, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
