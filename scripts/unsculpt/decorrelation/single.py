"""A single feature as a score: cuts on one variable, for comparison with everything that was trained."""

import logging

import numpy as np

from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL


def score(table, feature, sign):
    """The rank of a feature among simulated events, signal and background counting the same.

    Parameters
    ----------
    table : events.Events
    feature : str
        One of `table.feature_names`.
    sign : int
        1 when signal has high values, -1 when it has low ones.

    Returns
    -------
    float array, shape (n,)
        From 0 to 1, rising with sign x feature; equal values have equal scores, a constant feature 0.5 everywhere.

    Raises
    ------
    InputError
        If a value is not a number, or a class is empty.
    """
    return learn(table, feature, sign)(table)


def learn(table, feature, sign):
    """The function from a table to the `score` of its events among those of the table that is given here.

    A value that none of these has lies between those of its neighbours.
    """
    values = _values(table, feature, sign)
    found, place = np.unique(values, return_inverse=True)
    if len(found) == 1:
        logging.warning("feature %s is %g in all events; as a score it orders nothing", feature, sign * found[0])
    weight = np.zeros(len(values))
    for name, label in (("signal", SIGNAL), ("background", BACKGROUND)):
        rows = table.where(label) & (table.weight > 0)
        if not rows.any():
            raise InputError(f"feature {feature} cannot be ranked: there is no {name} of positive weight")
        weight[rows] = table.weight[rows] / table.weight[rows].sum() / 2
    share = np.bincount(place, weight)
    below = np.append(0, np.cumsum(share))
    middle = below[1:] - share / 2

    def scored(new):
        values = _values(new, feature, sign)
        place = np.searchsorted(found, values)
        near = np.minimum(place, len(found) - 1)
        return np.where(found[near] == values, middle[near], below[place]).clip(0, 1)

    return scored


def _values(table, feature, sign):
    values = sign * table.features[:, table.feature_names.index(feature)].astype(float)
    if not np.isfinite(values).all():
        raise InputError(f"feature {feature} is not a number in {np.sum(~np.isfinite(values))} events; mend it")
    return values
