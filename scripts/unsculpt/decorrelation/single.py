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
    values = sign * table.features[:, table.feature_names.index(feature)].astype(float)
    if not np.isfinite(values).all():
        raise InputError(f"feature {feature} is not a number in {np.sum(~np.isfinite(values))} events; mend it")
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
    return (np.cumsum(share) - share / 2)[place].clip(0, 1)
