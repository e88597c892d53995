"""Training weights that make a class flat in a column (planing, arXiv:1709.10106)."""

import numpy as np

from unsculpt.events import CATEGORIES, LABELS

LIMIT = 100  # times its share that a bin may count


def flattened(weight, number):
    """Weights (n,) over their histogram, so that it is flat; `number` (n,) says in which of its bins an event is.

    A bin never counts more than `LIMIT` times its share, else single events would rule a batch.
    """
    spectrum = np.bincount(number, weight)
    return weight / np.maximum(spectrum, spectrum.max(initial=0) / LIMIT)[number]


def of_method(training, method):
    """The configuration `training` of a method: its own inputs, epochs, layers, protected variables, conditions and
    `flat_in`; none of the latter with `planing`."""
    keys = ("inputs", "epochs", "flat_in", "protected", "protect")
    own = {key: method[key] for key in keys if method.get(key) is not None}
    if method.get("architecture", "perceptron") == "perceptron":
        own |= method.get("network", {})
    if method.get("conditions") is not None:
        own["adversary"] = training["adversary"] | {"conditions": method["conditions"]}
    return training | own | ({"flat_in": {}} if method.get("planing", False) else {})


def flat_in(events, settings):
    """Weights of events with which a class is flat in a column, by `training.flat_in`; the others as they are, (n,).

    The bins are equally wide and reach from the least to the largest value of the class; a category is a bin. Only the
    training sees these weights.
    """
    weight = events.weight.copy()
    for name, flat in settings.items():
        rows = events.where(LABELS[name]) & (weight > 0)
        values = events.column(flat["column"])[rows]
        if flat["column"] in CATEGORIES:
            number = np.unique(values, return_inverse=True)[1]
        else:
            edges = np.linspace(values.min(), values.max(), flat["bins"] + 1)
            number = np.searchsorted(edges[1:-1], values, side="right")
        weight[rows] = flattened(weight[rows], number)
    return weight
