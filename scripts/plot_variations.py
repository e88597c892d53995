"""Draw what other scales of objects do to signal yield and background efficiency of all points."""

from unsculpt import files, logs
from unsculpt.plots import output, style, variations


def main(snakemake):
    params = snakemake.params
    contents = {content["method"]: content for content in map(files.load_json, snakemake.input.variations)}
    study = style.Study(background=snakemake.wildcards.bkg, **params.study)
    points = [point for method in study.methods if method in contents for point in contents[method]["points"]]
    provenance = files.provenance(params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = variations.variations(points, study, params.variations)
        output.save(figure, snakemake.output.variations, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
