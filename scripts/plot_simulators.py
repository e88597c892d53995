"""Draw what was fitted to simulators."""

from unsculpt import files, logs
from unsculpt.plots import inference, output


def main(snakemake):
    params = snakemake.params
    fits = {content["simulator"]: content for content in map(files.load_json, snakemake.input.fits)}
    about = inference.About(params.label, params.simulators)
    provenance = files.provenance(params, packages=("matplotlib",))
    with output.sheet(snakemake.input.style):
        for name, paths in snakemake.output.items():
            output.save(inference.OF_FITS[name](fits, about), paths, provenance)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
