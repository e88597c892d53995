"""Draw variational optimisation beside its contenders."""

from unsculpt import files, logs
from unsculpt.plots import contenders, inference, output


def main(snakemake):
    params, given = snakemake.params, snakemake.input
    kinds = ("optimisation", "fits", "contenders", "dimensions", "coverage")
    content = {kind: [files.load_json(path) for path in getattr(given, kind)] for kind in kinds}
    about = inference.About(params.label, params.simulators)
    provenance = files.provenance(params, packages=("matplotlib",))
    with output.sheet(given.style):
        for name, paths in snakemake.output.items():
            output.save(contenders.FIGURES[name](content, about), paths, provenance)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
