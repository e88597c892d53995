"""The event tables of the files of a sample, of events as they are and of copies with other scales of objects."""

import awkward as ak

from unsculpt import columns, events, merging, ntuples, selection
from unsculpt.definitions import each
from unsculpt.rows import Rows

SCALED = ("pt", "e", "mass", "px", "py", "pz")  # fields of an object that its scale multiplies
NOMINAL = (None, 1.0)


def read(paths, about, study, *, sample, role, axis, region, blind, simulated, features, padding, folds, step_size,
         bad_events, copies=(NOMINAL,)):  # fmt: skip
    """Read files, select their events and make the tables.

    Parameters
    ----------
    paths : list of str
        Paths or URLs.
    about, study : dict
        Their format, and what `definitions.used` gives.
    sample, role : str
    axis, region, blind
        As `selection.select` has them.
    simulated : bool
        Whether events carry weights.
    features : sequence of str
    padding : float
        A feature of an object that a row lacks.
    folds : int
    step_size, bad_events : str
        As `ntuples.Ntuple` has them.
    copies : sequence of pairs
        Of a collection and the factor of its scale; each file is read once for all of them.

    Returns
    -------
    tables : list of events.Events
        One for each copy, with metadata. A copy has the run and event number of its event, hence its fold.
    said : list of str
        What the files say that their simulation warned of.
    """
    cuts = {"axis": axis, "region": region, "blind": blind}
    found, said = [Copy(*copy) for copy in copies], []
    for path in paths:
        reading = {"step_size": step_size, "simulated": simulated, "bad_events": bad_events}
        with ntuples.Ntuple(path, about, **reading) as ntuple:
            said += ntuple.warnings
            first = 0
            for header, steps in ntuple.chunks():
                identity = {"sample": sample, "role": role, "folds": folds}
                identity |= {"file": len(found[0].chunks), "first": first}
                flows = [[] for _ in found]
                for arrays in steps:
                    bad = arrays.pop(ntuples.BAD, None)
                    for copy, own in zip(found, flows, strict=True):
                        rows, classes, flow = selection.select(Rows(copy.of(arrays), study), study, **cuts, bad=bad)
                        matrix = columns.matrix(rows, features, padding)
                        extra = columns.arrays(rows, study["arrays"])
                        copy.tables.append(events.build(rows, classes, matrix, features, arrays=extra, **identity))
                        own.append(flow)
                for copy, own in zip(found, flows, strict=True):
                    copy.chunks.append(merging.about_chunk(header, own, path, simulated))
                first += header.entries
    same = {"sample": sample, "role": role}
    return [copy.table(same, bool(each(study["candidate"]))) for copy in found], said


class Copy:
    """The tables and chunks of the events with one scale of a collection."""

    def __init__(self, collection, factor):
        self.collection, self.factor, self.tables, self.chunks = collection, factor, [], []

    def of(self, arrays):
        """A step of `ntuples.Ntuple` with this scale; the step itself stays as it is."""
        if self.collection not in arrays:
            return arrays
        return arrays | {self.collection: scaled(arrays[self.collection], self.factor)}

    def table(self, same, each_object):
        """All rows as one table."""
        metadata = {
            **same,
            "files": [chunk["file"] for chunk in self.chunks],
            "each": each_object,
            **merging.add_chunks(self.chunks),
            "chunks": self.chunks,
        }
        return events.concatenate(self.tables, metadata)


def scaled(objects, factor):
    """Jagged records with momenta, energies and masses multiplied; other fields, such as angles, are the same.

    Examples
    --------
    >>> scaled(ak.Array([[{"pt": 40.0, "eta": 1.0}], []]), 1.5).tolist()
    [[{'pt': 60.0, 'eta': 1.0}], []]
    """
    fields = {name: objects[name] * factor if name in SCALED else objects[name] for name in objects.fields}
    return ak.zip(fields, depth_limit=2)
