"""Turn one feature into a score for all events."""

from unsculpt import events, files, logs, scores
from unsculpt.decorrelation import single


def main(snakemake):
    method = snakemake.params.method
    table = events.load(snakemake.input.events)
    columns = {"0": single.score(table, method["feature"], method.get("sign", 1))}
    provenance = files.provenance(snakemake.params, packages=("numpy", "pyarrow"))
    names = {"background": snakemake.wildcards.bkg, "method": snakemake.wildcards.method}
    scores.save(columns, snakemake.output.scores, names | {"provenance": provenance})


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
