"""The best combinations of each row by the score of boosted trees, no two of which share an object."""

import awkward as ak
import numpy as np

from unsculpt.combining.every import every
from unsculpt.evaluation import Objects

BLOCK = 5000  # rows at a time, whose combinations are held


def best(rows, about):
    """The best of each row.

    Parameters
    ----------
    rows : rows.Rows
    about : dict
        One of the configuration `combinations`, with the trees under "trees" (`with_trees`).

    Returns
    -------
    Objects
        At most `number` in each row, by falling score, with score, inputs and `define` as fields, and pt, eta, phi and
        e of the sum of their objects.
    """
    blocks = [rows.take(np.arange(first, min(first + BLOCK, len(rows)))) for first in range(0, len(rows), BLOCK)]
    parts = [_best(block, about) for block in blocks or [rows]]
    return Objects(ak.concatenate(parts)) if len(parts) > 1 else Objects(parts[0])


def _best(rows, about):
    found = every(rows, about)
    score = about["trees"].score(found.inputs())
    kept = chosen(found.owner, found.identity, score, about["number"])
    found, total = found.take(kept), found.take(kept).total()
    fields = {"score": score[kept], **{name: total.field(name) for name in ("pt", "eta", "phi", "e")}}
    fields |= found.values("inputs") | found.values("define")
    counts = np.bincount(found.owner, minlength=len(rows))
    return ak.zip({name: ak.unflatten(np.asarray(values), counts) for name, values in fields.items()})


def chosen(owner, identity, score, number):
    """The combination with the highest score of each row, that of those left which share no object with it, and so on.

    Parameters
    ----------
    owner : int array, shape (m,)
        The row of each combination, rising.
    identity : int array, shape (m, k)
        Its objects.
    score : float array, shape (m,)
        Of equal ones the first is taken.
    number : int
        How many of each row, at most.

    Returns
    -------
    int array
        Their places, by row, and in each row by falling score.

    Examples
    --------
    >>> objects = np.array([[0, 1], [0, 2], [1, 2], [0, 3], [2, 3]])
    >>> chosen(np.zeros(5, int), objects, np.array([0.5, 0.4, 0.3, 0.2, 0.1]), 2).tolist()
    [0, 4]
    """
    left, taken = np.arange(len(owner)), [np.zeros(0, int)]
    for _ in range(number):
        left = left[np.lexsort((-score[left], owner[left]))]
        first = left[np.flatnonzero(np.diff(owner[left], prepend=-1))]
        taken.append(first)
        best_of = np.zeros(owner.max(initial=0) + 1, int)
        best_of[owner[first]] = first
        rival = identity[best_of[owner[left]]]
        left = left[~(identity[left][:, :, None] == rival[:, None, :]).any(axis=(1, 2))]
    taken = np.concatenate(taken)
    return taken[np.argsort(owner[taken], kind="stable")]


def with_trees(study):
    """What a study defines, with the trees of its combinations in place of the paths of their files."""
    if "combinations" not in study:
        return study
    from unsculpt.combining import trees  # scikit-learn takes a second to come

    known = {name: about | {"trees": trees.load(about["trees"])} for name, about in study["combinations"].items()}
    return study | {"combinations": known}
