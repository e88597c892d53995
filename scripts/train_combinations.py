"""Train the trees of combinations on the truth of their sample, and measure how often they find the true one."""

from unsculpt import axes, definitions, files, logs, ntuples, reconstruction, selection
from unsculpt.combining import trees
from unsculpt.rows import Rows


def main(snakemake):
    params, name = snakemake.params, snakemake.wildcards.combination
    study = params.definitions
    about = {"inputs": params.inputs, "reference": params.reference, "training": params.training}
    reading = {"step_size": params.step_size, "simulated": True, "bad_events": params.bad_events}
    cuts = {"axis": axes.mass(params.mass), "region": definitions.ANY, "blind": False}
    parts = []
    for path in params.paths:
        with ntuples.Ntuple(path, params.format, **reading) as ntuple:
            for arrays in ntuple:
                arrays.pop(ntuples.BAD, None)
                rows, _, _ = selection.select(Rows(arrays, study), study, **cuts)
                parts.append(reconstruction.examples(rows, study["combinations"][name]))
    known = reconstruction.joined(parts)
    reconstruction.check(known, name)
    found = reconstruction.efficiencies(known, about, params.seed)
    trees.save(
        trees.train(about, known.inputs, known.truth, known.weight[known.owner], params.seed), snakemake.output.trees
    )
    provenance = files.provenance(params, packages=("scikit-learn", "numpy", "awkward", "uproot"))
    counts = {"rows": len(known.weight), "combinations": len(known.truth), "true": int(known.truth.sum())}
    content = {"combination": name, "examples": counts, "efficiencies": found["rows"], "centres": found["centres"]}
    files.save_json(content | {"provenance": provenance}, snakemake.output.efficiencies)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
