"""Draw networks beside the exact classifiers of a toy."""

from unsculpt import files, logs
from unsculpt.plots import exact, output, style


def main(snakemake):
    params, given = snakemake.params, snakemake.input
    contents = {content["method"]: content for content in map(files.load_json, given.exact)}
    histories = [files.load_json(path) for path in given.histories]
    study = style.Study(background=snakemake.wildcards.bkg, **params.study)
    provenance = files.provenance(params, packages=("matplotlib",))
    with output.sheet(given.style):
        drawn = {
            "panels": exact.panels(contents, study),
            "losses": exact.losses(contents, histories, study),
            "plane": exact.plane(contents, study),
        }
        for name, figure in drawn.items():
            output.save(figure, getattr(snakemake.output, name), provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
