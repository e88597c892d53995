"""The distribution function of a column, with weights: what brings any variable to the range from 0 to 1."""

import numpy as np


def distribution(values, weight):
    """The function from a value to the share of the weight below it, from 0 to 1.

    Parameters
    ----------
    values : float array, shape (n,)
    weight : float array, shape (n,), positive

    Returns
    -------
    function of a float array
        A value is in the middle of those that are equal to it; in between it is linear, and constant beyond the ends.

    Examples
    --------
    >>> distribution(np.array([1.0, 1.0, 2.0, 5.0]), np.ones(4))(np.array([0, 1, 2, 9])).tolist()
    [0.25, 0.25, 0.625, 0.875]
    """
    found, place = np.unique(values, return_inverse=True)
    share = np.bincount(place, weights=weight)
    share = (share.cumsum() - share / 2) / weight.sum()
    return lambda at: np.interp(at, found, share)
