"""The entries of a new ntuple: those that a study selects as its events, and of all others why not."""

from dataclasses import dataclass

import numpy as np

from unsculpt import columns, events, ntuples, selection
from unsculpt.definitions import each
from unsculpt.rows import Rows

SELECTED, NOT_TOLD = 0, -1


@dataclass(frozen=True)
class Entries:
    """The m entries of a file, in order, and the n rows of them that are selected.

    events : events.Events, n rows; `entry` is their place in the file.
    run, event : (m,) int64.
    code : (m,) int32; `SELECTED`, the number in `steps` of what an entry fails first, or `NOT_TOLD`, the same for all
        entries that are hidden or fail, where events are hidden.
    steps : names of the codes.
    each : whether an entry may be several rows.
    """

    events: events.Events
    run: np.ndarray
    event: np.ndarray
    code: np.ndarray
    steps: dict
    each: bool

    def __len__(self):
        return len(self.code)


def read(path, about, study, *, features, padding, folds, role, axis, region, blind, step_size):
    """Read and select the events of one file.

    Parameters
    ----------
    path : str
        Path or URL.
    about, study : dict
        Its format, and what `definitions.used` gives.
    features : sequence of str
    padding : float
        A feature of an object that a row lacks.
    folds : int
    role : str
        signal, background or data.
    axis, region, blind
        As `selection.select` has them.
    step_size : str
        Memory of one step of reading, as uproot understands it.

    Returns
    -------
    Entries
    """
    tables, identity, codes, steps = [], [], [], {}
    with ntuples.Ntuple(path, about, step_size=step_size, simulated=False) as ntuple:
        for arrays in ntuple:
            left = None if blind and axis.window is not None else []
            options = {"axis": axis, "region": region, "blind": blind, "left": left}
            rows, classes, flow = selection.select(Rows(arrays, study), study, **options)
            matrix, extra = columns.matrix(rows, features, padding), columns.arrays(rows, study["arrays"])
            tables.append(
                events.build(rows, classes, matrix, features, sample="new", role=role, folds=folds, arrays=extra)
            )
            identity.append([np.asarray(arrays[name]).astype(np.int64) for name in ("run", "event")])
            first, names = arrays["entry"][:1], [row[0] for row in flow]
            code, told = _codes(len(arrays["weight"]), int(first[0]) if len(first) else 0, rows, left, names)
            codes.append(code)
            steps |= told
    run, event = (np.concatenate(parts) for parts in zip(*identity, strict=True))
    table = events.concatenate(tables)
    return Entries(table, run, event, np.concatenate(codes), steps, bool(each(study["candidate"])))


def _codes(number, first, rows, left, names):
    """The codes of the entries of one step of reading, and their names; `left` as `selection.select` fills it."""
    if left is None:
        code = np.full(number, NOT_TOLD, np.int32)
        code[rows["entry"] - first] = SELECTED
        return code, {SELECTED: "selected", NOT_TOLD: "not selected, or hidden"}
    reached = np.zeros(number, np.int32)
    for entries in left:
        reached[np.unique(entries) - first] += 1
    steps = {SELECTED: "selected"} | dict(enumerate(names[1:], start=1))
    if (reached == 0).any():  # rows are objects, and it has none
        steps |= {len(names): "no candidate"}
    code = np.where(reached == len(names), SELECTED, np.where(reached == 0, len(names), reached))
    return code.astype(np.int32), steps
