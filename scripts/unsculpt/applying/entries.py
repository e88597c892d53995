"""The entries of a new ntuple: those that a study selects as its events, and of all others why not."""

from dataclasses import dataclass

import numpy as np

from unsculpt import columns, events, ntuples, selection
from unsculpt.definitions import each
from unsculpt.rows import Rows

SELECTED, NOT_TOLD, BAD = 0, -1, -2
NO_NUMBER = -1  # run and event of what is bad: they may be what is


@dataclass(frozen=True)
class Entries:
    """The m entries of a file, in order, and the n rows of them that are selected.

    events : events.Events, n rows; `entry` is their place in the file.
    run, event : (m,) int64; -1 of bad events.
    code : (m,) int32; `SELECTED`, the number in `steps` of what an entry fails first, `NOT_TOLD`, the same for all
        entries that are hidden or fail, where events are hidden, or `BAD`.
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


def read(path, about, study, *, features, padding, folds, role, axis, region, blind, step_size, bad_events):
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
    bad_events : "refuse" or "skip"
        As `ntuples.Ntuple` has it.

    Returns
    -------
    Entries
    """
    tables, identity, codes, steps = [], [], [], {}
    reading, start = {"step_size": step_size, "simulated": False, "bad_events": bad_events}, 0
    with ntuples.Ntuple(path, about, **reading) as ntuple:
        for arrays in ntuple:
            bad, _ = arrays.pop(ntuples.BAD, (0, 0.0))
            place, number = arrays["entry"] - start, len(arrays["entry"]) + bad
            left = None if blind and axis.window is not None else []
            options = {"axis": axis, "region": region, "blind": blind, "left": left}
            rows, classes, flow = selection.select(Rows(arrays, study), study, **options)
            matrix, extra = columns.matrix(rows, features, padding), columns.arrays(rows, study["arrays"])
            tables.append(
                events.build(rows, classes, matrix, features, sample="new", role=role, folds=folds, arrays=extra)
            )
            identity.append([_spread(arrays[name], place, number, NO_NUMBER, np.int64) for name in ("run", "event")])
            code, told = _codes(place, rows["entry"] - start, left and [e - start for e in left], [r[0] for r in flow])
            codes.append(_spread(code, place, number, BAD, np.int32))
            steps |= told | ({BAD: "bad event"} if bad else {})
            start += number
    run, event = (np.concatenate(parts) for parts in zip(*identity, strict=True))
    table = events.concatenate(tables)
    return Entries(table, run, event, np.concatenate(codes), steps, bool(each(study["candidate"])))


def _spread(values, place, number, other, kind):
    """Values in their places among so many, and another value in the rest."""
    spread = np.full(number, other, kind)
    spread[place] = values
    return spread


def _codes(place, selected, left, names):
    """The codes of the good entries of one step of reading, which have these places, and the names of the codes.

    `selected` are the places of the rows that are left, `left` those after each step, as `selection.select` fills it.
    """
    if left is None:
        code = np.where(np.isin(place, selected), SELECTED, NOT_TOLD)
        return code, {SELECTED: "selected", NOT_TOLD: "not selected, or hidden"}
    reached = np.zeros(len(place), np.int32)
    for entries in left:
        reached += np.isin(place, entries)
    steps = {SELECTED: "selected"} | dict(enumerate(names[1:], start=1))
    if (reached == 0).any():  # rows are objects, and it has none
        steps |= {len(names): "no candidate"}
    return np.where(reached == len(names), SELECTED, np.where(reached == 0, len(names), reached)), steps
