"""Read one ntuple, select its events and write the event table with features, folds and cut flow."""

from dataclasses import asdict

from unsculpt import events, features, files, logs, ntuples, objects, selection


def main(snakemake):
    params, sample = snakemake.params, snakemake.wildcards.sample
    names, simulated = params.features, params.role != "data"
    groups = features.groups(names) | selection.groups(params.selection["channels"])
    cuts = {"selection": params.selection, "mass": params.mass, "region": params.region}
    tables, flows = [], []
    with ntuples.Ntuple(params.path, **params.ntuples, groups=groups, simulated=simulated) as ntuple:
        header = asdict(ntuple.header)
        for arrays in ntuple:
            batch = objects.build(arrays, selection=params.selection)
            selected, flow = selection.select(batch, blind=params.blind and not simulated, **cuts)
            matrix = features.matrix(selected, names, params.feature_padding)
            tables.append(events.build(selected, matrix, names, sample=sample, role=params.role, folds=params.folds))
            flows.append(flow)
    cutflow = events.add_cutflows(flows)
    header.pop("entries")
    metadata = {
        "sample": sample,
        "role": params.role,
        **header,
        "events_read": cutflow[0][1],  # not the entries of the file: the difference would tell what blinding removed
        "cutflow": cutflow,
        "provenance": files.provenance(params, packages=("uproot", "awkward", "numpy", "pyarrow")),
    }
    events.save(events.concatenate(tables, metadata), snakemake.output.events)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
