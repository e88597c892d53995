"""Which of several points is taken where their numbers have errors: of those equal to the best the simplest."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ranking:
    """What a comparison of points found.

    taken : index of the point that is taken.
    best : index of the point with the highest value.
    equal : indices of the points that cannot be told from the best, itself included, in order.
    simplest : whether the point that is taken has fewer parameters than all its equals.
    """

    taken: int
    best: int
    equal: tuple
    simplest: bool


def behind(values, reference, *, errors, replicas=None):
    """How far values lie behind one of them, with the error of the difference.

    Parameters
    ----------
    values : float array, shape (n,)
    reference : int
        Index of the value that they are compared with.
    errors : float array, shape (n,)
        Of the values.
    replicas : float array, shape (r, n), optional
        The values in bootstrap replicas of the events, the same for all points: the error is then that of the paired
        difference. Without them it is the error of the reference, which lies between that of numbers that rise and
        fall together (zero) and that of independent ones.

    Returns
    -------
    difference, error : float arrays, shape (n,)
    """
    difference = values[reference] - np.asarray(values, float)
    if replicas is None:
        return difference, np.where(np.arange(len(values)) == reference, 0.0, errors[reference])
    return difference, np.std(replicas[:, [reference]] - replicas, axis=0, ddof=1)


def take(values, allowed, parameters, *, errors, replicas=None):
    """The point that is taken: of those equal to the best the one with fewest parameters, of these the first.

    Equal are those behind the highest by at most one error of the difference.

    Parameters
    ----------
    values : float array, shape (n,)
        Best when highest.
    allowed : bool array, shape (n,)
        Which points may be taken, at least one.
    parameters : int array, shape (n,)
        Of the functions that a point needs.
    errors, replicas
        As in `behind`.

    Returns
    -------
    Ranking

    Examples
    --------
    >>> take(np.array([4.0, 4.1, 3.0]), np.ones(3, bool), np.array([2, 2, 2]), errors=np.full(3, 0.2))
    Ranking(taken=0, best=1, equal=(0, 1), simplest=False)
    """
    values, parameters = np.asarray(values, float), np.asarray(parameters)
    best = int(np.argmax(np.where(allowed, values, -np.inf)))
    difference, error = behind(values, best, errors=errors, replicas=replicas)
    equal = np.flatnonzero(allowed & (difference <= error))
    taken = int(equal[np.argmin(parameters[equal])])
    return Ranking(taken, best, tuple(equal.tolist()), bool((parameters[equal] == parameters[taken]).sum() == 1))
