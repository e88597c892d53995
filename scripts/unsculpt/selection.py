"""The event selection: blinding, cuts, mass range, region, channel, and the cut flow, as a study defines them."""

import numpy as np

from unsculpt.definitions import ANY, search_region

LAST = ("mass range", "region", "channel")  # after the cuts of the study
GOOD = "good events"  # before them, if there may be bad ones


def select(rows, study, *, axis, region, blind, bad=None, left=None):
    """Apply the selection.

    Parameters
    ----------
    rows : rows.Rows
    study : dict
        What `definitions.used` gives; the first of its regions is the one that is searched.
    axis : axes.Axis
        Of the mass; without a window nothing is blinded.
    region : str
        The region of the sample, or "any".
    blind : bool
        Whether rows of the searched region inside the signal window are removed (measured events of a blinded study).
        Then the cut flow counts the rows that are left at its end and no others: who knows how many events the file
        has, or how many of them pass a cut, could tell from any further number how many were removed.
    bad : pair of numbers, optional
        Events that were left out as the file was read, and the sum of their weights; then the cut flow counts them
        among "all" (each as one row), and has a row `GOOD` without them.

    Returns
    -------
    rows.Rows, dict, list
        The rows that are left, their mass, region and channel as columns, and the cut flow, which has a row [name,
        events, sum of weights] for "all", each cut and each of `LAST`; None for what is not counted.
    """
    hides = blind and axis.window is not None
    if hides:
        rows = rows.take(~is_blinded(rows, study, axis))
    flow = []

    def note(name):
        flow.append(_row(name, rows))
        if left is not None:
            left.append(rows["entry"])

    note("all")
    if bad is not None:
        (_, *good), (number, weight) = flow[0], bad
        flow[:] = [["all", good[0] + number, good[1] + weight], [GOOD, *good]]
    for name, text in study["cuts"].items():
        rows = rows.take(rows.passes(text))
        note(name)
    rows = rows.take(axis.covers(rows["mass"]))
    note(LAST[0])
    regions = _first(rows, {name: name for name in study["regions"]})
    kept = regions != "" if region == ANY else regions == region
    rows, regions = rows.take(kept), regions[kept]
    note(LAST[1])
    channels = _first(rows, study["channels"])
    kept = channels != ""
    rows, columns = rows.take(kept), {"region": regions[kept], "channel": channels[kept]}
    note(LAST[2])
    if hides:
        flow[:-1] = [[name, None, None] for name, _, _ in flow[:-1]]
    return rows, columns | {"mass": rows["mass"]}, flow


def is_blinded(rows, study, axis):
    """Whether each row is in the region that is searched and its mass inside the signal window."""
    if axis.window is None:
        return np.zeros(len(rows), bool)
    hidden = axis.inside(rows["mass"])
    hidden[hidden] = rows.take(hidden).passes(search_region(study))
    return hidden


def _first(rows, conditions):
    """The name of the first condition that holds for each row, empty where none does."""
    return np.select([rows.passes(text) for text in conditions.values()], list(conditions), "")


def _row(name, rows):
    return [name, len(rows), float(rows["weight"].sum())]
