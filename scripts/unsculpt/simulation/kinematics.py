"""Objects in flat columns: pairs within an event, their distances and masses.

Objects are numpy structured arrays with at least the fields event, pt, eta and phi (GeV), in the order of the events.
"""

import numpy as np

from unsculpt.kinematics import pair_mass, wrapped


def spherical(px, py, pz):
    """Transverse momentum, pseudorapidity (+-20 along the beam) and azimuth of three-momenta."""
    pt = np.hypot(px, py)
    eta = np.arcsinh(pz / np.maximum(pt, 1e-300))
    return pt, np.clip(eta, -20.0, 20.0), np.arctan2(py, px)


def objects(event, **columns):
    """Objects from columns of equal length, ordered by event and falling transverse momentum.

    Examples
    --------
    >>> objects(np.array([1, 0, 0]), pt=np.array([9.0, 2.0, 5.0]))["pt"].tolist()
    [5.0, 2.0, 9.0]
    """
    columns = {"event": event, **columns}
    table = np.empty(len(event), [(name, np.asarray(column).dtype) for name, column in columns.items()])
    for name, column in columns.items():
        table[name] = column
    return table[np.lexsort((-table["pt"], table["event"]))]


def firsts(event, events):
    """Where the objects of each of `events` events begin, shape (events + 1,); `event` rises.

    Examples
    --------
    >>> firsts(np.array([0, 0, 2]), 3).tolist()
    [0, 2, 2, 3]
    """
    return np.searchsorted(event, np.arange(events + 1))


def pairs(event, first):
    """All pairs of an object with an entry of a list in the same event.

    Parameters
    ----------
    event : int array, shape (n,)
        Event of each object.
    first : int array, shape (events + 1,)
        Where the list of each event begins.

    Returns
    -------
    tuple of int arrays
        Index of the object and index into the list, pair by pair.

    Examples
    --------
    >>> [a.tolist() for a in pairs(np.array([0, 1]), np.array([0, 2, 3]))]
    [[0, 0, 1], [0, 1, 2]]
    """
    count = first[event + 1] - first[event]
    left = np.repeat(np.arange(len(event)), count)
    start = np.repeat(first[event] - np.cumsum(count) + count, count)
    return left, start + np.arange(len(left))


def distinct_pairs(event, events):
    """All pairs (i, j), i < j, of objects of the same event."""
    i, j = pairs(event, firsts(event, events))
    return i[i < j], j[i < j]


def near(table, others, events, radius):
    """Pairs of an object and another one of the same event within a distance in pseudorapidity and azimuth.

    Parameters
    ----------
    table, others : structured arrays
        Objects with event, eta and phi.
    events : int
        Number of events.
    radius : float
        Largest distance.

    Returns
    -------
    tuple of arrays
        Index into `table`, index into `others`, and distance, pair by pair.
    """
    i, j = pairs(table["event"], firsts(others["event"], events))
    deta = table["eta"][i] - others["eta"][j]
    close = np.abs(deta) < radius  # most pairs end here, before the azimuth is looked at
    i, j = i[close], j[close]
    r = np.hypot(deta[close], wrapped(table["phi"][i] - others["phi"][j]))
    inside = r < radius
    return i[inside], j[inside], r[inside]


def mass(a, b):
    """Invariant mass of two massless objects, element by element."""
    return pair_mass((a["pt"], b["pt"]), a["eta"] - b["eta"], a["phi"] - b["phi"])


def total(index, values, n):
    """Sum of `values` by object number, shape (n,)."""
    return np.bincount(index, values, n)


def apart(table, others, events, radius):
    """Mask of the objects with none of the others within `radius` in their event."""
    i, _, _ = near(table, others, events, radius)
    return np.bincount(i, minlength=len(table)) == 0
