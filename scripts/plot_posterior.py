"""Draw what the adversaries of a method expect of the mass in slices of the score."""

from unsculpt import files, logs
from unsculpt.plots import output, posterior, style


def main(snakemake):
    content = files.load_json(snakemake.input.posterior)
    study = style.Study(background=snakemake.wildcards.bkg, **snakemake.params.study)
    provenance = files.provenance(snakemake.params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        figure = posterior.posterior(content, study)
        names = {"background": study.background, "method": snakemake.wildcards.method}
        output.save(figure, snakemake.output.posterior, provenance, **names)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
