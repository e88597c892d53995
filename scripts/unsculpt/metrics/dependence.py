"""How much one variable says of another: distance correlation, exact and in O(n log n), and profiles."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from unsculpt.errors import InputError
from unsculpt.weighted import check, standardised

_GROUPS = 64  # of neighbouring events, on which the third moment of a distance matrix is taken


@dataclass(frozen=True)
class Dependence:
    """A distance correlation: 0 for independent variables, 1 for a linear relation, whatever the shape in between.

    value, error : of the sample, its floor included.
    floor : the value whose square is expected of independent variables in a sample of this size.
    p_value : probability that independent variables show this value or more.
    All are None where negative weights leave no such number.
    """

    value: float | None
    error: float | None
    floor: float | None
    p_value: float | None


def distance_correlation(x, y, *, weights):
    """Weighted distance correlation of two variables (Székely, Rizzo and Bakirov, arXiv:0803.4101).

    Parameters
    ----------
    x, y, weights : float arrays, shape (n,)
        Weights of either sign.

    Returns
    -------
    Dependence
        Of sqrt(dCov^2 / sqrt(dVar_x^2 dVar_y^2)), not of its square, which is what the penalty of DisCo adds to a loss.
        A constant depends on nothing: 0 +- 0, with floor 0 and p-value 1.

    Notes
    -----
    With A, B the doubly centred distances and p = w / sum w, dCov^2 = sum_ij p_i p_j A_ij B_ij. An event contributes
    h_i = sum_j p_j A_ij B_ij, and 2 (h_i - dCov^2) is its influence, of which the error is made. For independent
    variables N_eff dCov^2 is a sum of chi2 variables scaled by the products of the eigenvalues of A and B; its mean is
    <|x - x'|> <|y - y'|>, its variance 2 dVar_x^2 dVar_y^2. The first is the floor, three moments give the p-value.
    The variance is counted twice by the influence and subtracted once, as in the error of a divergence
    (docs/metrics.md).

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(distance_correlation(x, 5 - 2 * x, weights=np.ones(4)).value, 12)
    1.0
    """
    x, weights = check("distance_correlation", x, weights)
    y, _ = check("distance_correlation", y, weights)
    p = weights / weights.sum()
    x, y = (standardised("distance_correlation", values, p) for values in (x, y))
    if x is None or y is None:
        return Dependence(0.0, 0.0, 0.0, 1.0)
    shared, own = _shares(x, y, p)
    covariance, variances = p @ shared, [p @ part for part in own]
    if not min(variances) > 0:
        raise InputError("distance_correlation: the negative weights leave no spread; measure without them")
    scale = np.sqrt(variances[0] * variances[1])
    squared = covariance / scale
    influence = 2 * (shared - covariance) / scale
    influence -= squared * sum((part - variance) / variance for part, variance in zip(own, variances, strict=True))
    one_event = float(np.sum(p**2))  # 1 / N_eff
    traces = [_traces(values, p, variance) for values, variance in zip((x, y), variances, strict=True)]
    expected, alone, third = one_event ** np.arange(1, 4) * np.maximum(traces[0] * traces[1], 1e-12)
    variance = max(float(np.sum((p * influence) ** 2)) - 2 * alone, 2 * alone)
    value, floor = float(np.sqrt(np.clip(squared, 0, 1))), float(np.sqrt(expected))
    dof = alone**3 / third**2  # a chi2 of three equal moments (Liu, Tang and Zhang, CSDA 53 (2009) 853)
    shifted = (squared - expected) / np.sqrt(2 * alone) * np.sqrt(2 * dof) + dof
    return Dependence(
        value=value,
        error=float(np.sqrt(variance) / (2 * max(value, floor))),
        floor=floor,
        p_value=float(chdtrc(dof, max(shifted, 0.0))),
    )


def profile(index, values, *, weights, bins):
    """Weighted mean of a variable in bins of another, and its standard error; NaN in bins without weight.

    Parameters
    ----------
    index : int array, shape (n,)
        Bin of each event, from 0 to bins - 1.
    values, weights : float arrays, shape (n,)
    bins : int

    Returns
    -------
    tuple of two float arrays, shape (bins,)
        The error is sqrt(sum w^2 (x - mean)^2) / sum w; NaN with fewer than two events.
    """
    values, weights = check("profile", values, weights)
    total, number = np.bincount(index, weights, minlength=bins), np.bincount(index, minlength=bins)
    good = total > 0
    mean = np.divide(np.bincount(index, weights * values, minlength=bins), total, out=np.full(bins, np.nan), where=good)
    squares = np.bincount(index, (weights * (values - np.where(good, mean, 0)[index])) ** 2, minlength=bins)
    error = np.divide(np.sqrt(squares), total, out=np.full(bins, np.nan), where=good & (number > 1))
    return mean, error


def _traces(x, p, variance):
    """Sums of the first three powers of the eigenvalues of the centred distances, the second scaled to one.

    The first two, of which the second is the distance variance, are those of the events; the third is taken on groups
    of neighbours of equal weight.
    """
    order = np.argsort(x, kind="stable")
    size = np.abs(p[order])
    group = ((np.cumsum(size) - size / 2) * _GROUPS / size.sum()).astype(int)
    share, moment = (np.bincount(group, values[order], minlength=_GROUPS) for values in (p, p * x))
    share = np.maximum(share, 0)
    centre = np.divide(moment, share, out=np.zeros(len(share)), where=share > 0)
    distance = np.abs(centre[:, None] - centre)
    centred = distance - (distance @ share)[:, None] - share @ distance + share @ distance @ share
    matrix = centred * np.sqrt(np.outer(share, share)) / np.sqrt(variance)
    first = p @ _mean_distances(x, p, order) / np.sqrt(variance)
    return np.array([first, 1.0, np.abs(np.sum((matrix @ matrix) * matrix))])


def _shares(x, y, p):
    """h_i = sum_j p_j A_ij B_ij of every event, with the centring written out, and the same of x and of y alone.

    All sums are over one variable, but one.
    """
    by_x, by_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    mean_x, mean_y = _mean_distances(x, p, by_x), _mean_distances(y, p, by_y)
    total_x, total_y = p @ mean_x, p @ mean_y
    across = _products(x, y, p, by_x) - mean_x * mean_y + total_x * mean_y + total_y * mean_x
    across += p @ (mean_x * mean_y) - total_x * total_y
    across -= _mean_distances(x, p * mean_y, by_x) + _mean_distances(y, p * mean_x, by_y)
    return across, (_own_shares(x, p, mean_x, by_x), _own_shares(y, p, mean_y, by_y))


def _own_shares(x, p, mean, order):
    """`_shares` of a variable of mean 0 with itself, for which sum_j p_j (x_i - x_j)^2 needs no sorting."""
    total = p @ mean
    centring = mean**2 - 2 * total * mean - p @ mean**2 + total**2 + 2 * _mean_distances(x, p * mean, order)
    return x**2 + p @ x**2 - centring


def _mean_distances(values, weights, order):
    """sum_j w_j |x_i - x_j| for every event i; `order` sorts the values."""
    x, w = values[order], weights[order]
    below, moment = np.cumsum(w), np.cumsum(w * x)
    result = np.empty(len(x))
    result[order] = x * (2 * below - below[-1]) - 2 * moment + moment[-1]
    return result


def _products(x, y, p, order):
    """sum_j p_j |x_i - x_j| |y_i - y_j| of every event; `order` sorts x.

    The product of distances is that of differences, with the other sign for discordant pairs; so what is needed are
    sums over the events below in both variables, and above in both.
    """
    x, y, p = x[order], y[order], p[order]
    by_y = np.argsort(y, kind="stable")
    terms = p * np.stack([np.ones(len(x)), x, y, x * y])
    up_to_y = np.empty_like(terms)
    up_to_y[:, by_y] = np.cumsum(terms[:, by_y], axis=1)
    total = terms.sum(axis=1, keepdims=True)
    above = total - np.cumsum(terms, axis=1) - up_to_y + terms  # in both, less what is below in both
    one, of_x, of_y, of_xy = 2 * (2 * _dominated(by_y, terms) + above) - total
    result = np.empty(len(x))
    result[order] = x * y * one - x * of_y - y * of_x + of_xy
    return result


def _dominated(by_y, terms):
    """For every event, in the order of x, the sum of the terms of the events with smaller x and smaller y.

    Divide and conquer, one level of halves after another, without recursion: within each block of x, ordered in y, the
    events of the right half collect what the left half has so far. `by_y` is the order in y; shape (c, n).
    """
    n = len(by_y)
    place, here, found = by_y, terms[:, by_y], np.zeros_like(terms)
    for bit in reversed(range(max(n - 1, 1).bit_length())):
        is_left = (place >> bit) & 1 == 0
        left, right = np.flatnonzero(is_left), np.flatnonzero(~is_left)
        start = place >> (bit + 1) << (bit + 1)  # of the block: its events fill the places of their own numbers
        lefts = np.concatenate([[0], np.cumsum(is_left)])  # in all blocks so far
        before = lefts[:-1] - lefts[start]  # in this one
        for term, sums in zip(here, found, strict=True):
            total = np.concatenate([[0.0], np.cumsum(term[left])])
            sums[right] += total[lefts[right]] - total[lefts[start[right]]]
        source = np.empty(n, int)
        source[start[left] + before[left]] = left
        source[right - before[right] + (1 << bit)] = right
        place, here, found = place[source], here.take(source, axis=1), found.take(source, axis=1)
    return found
