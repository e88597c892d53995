"""Draw what a transform learnt and did."""

from unsculpt import features, files, logs
from unsculpt.plots import maps, output, style


def main(snakemake):
    content = files.load_json(snakemake.input.effects)
    protected = content["maps"][0]["protected"]
    labels = {name: features.latex_label(name, snakemake.params.quantities) for name in protected if name != "mass"}
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = maps.effect(content, study, labels)
        names = {"background": study.background, "method": snakemake.wildcards.method}
        output.save(figure, snakemake.output.map, provenance, **names)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
