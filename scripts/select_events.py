"""Read one or more ntuples, select their events and write the event table with features, folds and cut flow."""

from unsculpt import axes, events, features, files, logs, merging, ntuples, objects, selection


def main(snakemake):
    params, sample = snakemake.params, snakemake.wildcards.sample
    names, simulated = params.features, params.role != "data"
    groups = features.groups(names) | selection.groups(params.selection["channels"])
    cuts = {"selection": params.selection, "axis": axes.mass(params.mass), "region": params.region}
    tables, chunks, said = [], [], []
    for path in params.paths:
        with ntuples.Ntuple(path, **params.ntuples, groups=groups, simulated=simulated) as ntuple:
            said += ntuple.warnings
            for header, steps in ntuple.chunks():
                flows = []
                for arrays in steps:
                    batch = objects.build(arrays, selection=params.selection)
                    selected, flow = selection.select(batch, blind=params.blind and not simulated, **cuts)
                    matrix = features.matrix(selected, names, params.feature_padding)
                    identity = {"sample": sample, "role": params.role, "folds": params.folds}
                    tables.append(events.build(selected, matrix, names, **identity))
                    flows.append(flow)
                chunks.append(merging.about_chunk(header, flows, path))
    metadata = {
        "sample": sample,
        "role": params.role,
        **merging.add_chunks(chunks),
        "chunks": chunks,
        "provenance": files.provenance(params, packages=("uproot", "awkward", "numpy", "pyarrow"), inherited=said),
    }
    events.save(events.concatenate(tables, metadata), snakemake.output.events)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
