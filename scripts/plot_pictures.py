"""Draw images, what an autoencoder gives back of them, and its error in each pixel."""

from unsculpt import files, logs
from unsculpt.plots import output, pictures, style


def main(snakemake):
    content = files.load_json(snakemake.input.pictures)
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = pictures.pictures(content, study)
        names = {"background": study.background, "method": content["method"], "tag": content["tag"]}
        output.save(figure, snakemake.output.pictures, provenance, **names)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
