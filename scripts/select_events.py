"""Read one or more ntuples, select their events and write the event table with features, folds and cut flow."""

from unsculpt import axes, columns, definitions, events, files, logs, merging, ntuples, selection
from unsculpt.combining.best import with_trees
from unsculpt.rows import Rows

PACKAGES = ("uproot", "awkward", "numpy", "pyarrow")


def main(snakemake):
    params, sample = snakemake.params, snakemake.wildcards.sample
    names, study = params.features, with_trees(params.definitions)
    cuts = {"axis": axes.mass(params.mass), "region": params.region, "blind": params.blind and not params.simulated}
    reading = {"step_size": params.step_size, "simulated": params.simulated, "bad_events": params.bad_events}
    tables, chunks, said = [], [], []
    for path in params.paths:
        with ntuples.Ntuple(path, params.format, **reading) as ntuple:
            said += ntuple.warnings
            first = 0
            for header, steps in ntuple.chunks():
                flows, place = [], {"file": len(chunks), "first": first}
                for arrays in steps:
                    bad = arrays.pop(ntuples.BAD, None)
                    rows, classes, flow = selection.select(Rows(arrays, study), study, **cuts, bad=bad)
                    matrix = columns.matrix(rows, names, params.feature_padding)
                    identity = {"sample": sample, "role": params.role, "folds": params.folds, **place}
                    arrays = columns.arrays(rows, study["arrays"])
                    tables.append(events.build(rows, classes, matrix, names, arrays=arrays, **identity))
                    flows.append(flow)
                chunks.append(merging.about_chunk(header, flows, path, params.simulated))
                first += header.entries
    metadata = {
        "sample": sample,
        "role": params.role,
        "files": [chunk["file"] for chunk in chunks],
        "each": bool(definitions.each(study["candidate"])),
        **merging.add_chunks(chunks),
        "chunks": chunks,
        "provenance": files.provenance(params, PACKAGES, inherited=said, without=("content",)),  # it may be blinded
    }
    events.save(events.concatenate(tables, metadata), snakemake.output.events)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
