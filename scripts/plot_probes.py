"""Draw how well each method tells samples from background against the parameter in which they differ."""

from unsculpt import files, logs
from unsculpt.plots import output, probes, style


def main(snakemake):
    points = [point for path in snakemake.input.probes for point in files.load_json(path)["points"]]
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = probes.probes(points, snakemake.params.probe, study)
        output.save(figure, snakemake.output.probes, provenance, background=study.background)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
