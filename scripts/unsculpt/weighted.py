"""Sums of weighted events: quantiles, histograms, the AUC, correlations, and the checks that all measurements make."""

import logging
from dataclasses import dataclass

import numpy as np

from unsculpt.errors import InputError

CONSTANT = 1e-14  # square of the relative size of what rounding leaves of a constant


@dataclass(frozen=True)
class Measured:
    """A number and its standard error; None where it does not exist, as the rejection when nothing passes."""

    value: float | None
    error: float | None


@dataclass(frozen=True)
class Histogram:
    """Sums of the weights and of their squares; shape (..., bins)."""

    sumw: np.ndarray
    sumw2: np.ndarray

    def __getitem__(self, bins):
        return Histogram(self.sumw[..., bins], self.sumw2[..., bins])

    def __add__(self, other):
        return Histogram(self.sumw + other.sumw, self.sumw2 + other.sumw2)

    @property
    def n_eff(self):
        """Number of events of equal weight that would be known as precisely, (sum w)^2 / sum w^2."""
        squares = float(self.sumw2.sum())
        return float(self.sumw.sum()) ** 2 / squares if squares > 0 else 0.0


def check(name, values, weights, *, some=True):
    """The values and weights as arrays of float64, or an `InputError` that says what is wrong with them.

    Without `some` there may be no events, and no weight.
    """
    values, weights = np.asarray(values, float), np.asarray(weights, float)
    if values.shape != weights.shape or values.ndim != 1:
        raise InputError(f"{name}: {values.shape} values and {weights.shape} weights; give one weight for each event")
    if some and not len(values):
        raise InputError(f"{name}: there are no events; loosen the selection or simulate more")
    for what, array in (("value", values), ("weight", weights)):
        if not np.isfinite(array).all():
            bad = int(np.flatnonzero(~np.isfinite(array))[0])
            raise InputError(f"{name}: the {what} of event {bad} is {array[bad]}; all must be finite numbers")
    if some and not weights.sum() > 0:
        raise InputError(
            f"{name}: the weights of {len(weights)} events sum to {weights.sum():g}; the sum must be positive"
        )
    return values, weights


def attempt(name, measure, *arguments, otherwise=None, level=logging.WARNING, **options):
    """What a measurement gives; where these events have no such number, `otherwise` and a warning that names it.

    The `level` is INFO where nothing else can be expected.

    Examples
    --------
    >>> attempt("AUC", lambda x: 1 - x, 0.25)
    0.75
    """
    try:
        return measure(*arguments, **options)
    except InputError as reason:
        logging.log(level, "%s: no number; %s", name, reason)
        return otherwise


def balanced(label, weights):
    """Weights scaled so that each of both classes has half of the sum; 1 is signal, 0 background, others have none.

    Raises
    ------
    InputError
        If a class has no weight.

    Examples
    --------
    >>> balanced(np.array([1, 0, 0, -1]), np.array([5.0, 1.0, 3.0, 1.0])).tolist()
    [0.5, 0.125, 0.375, 0.0]
    """
    sums = [weights[label == value].sum() for value in (0, 1)]
    if not min(sums) > 0:
        raise InputError("a class has no events of positive weight; give signal and background")
    return np.select([label == 1, label == 0], [weights / sums[1], weights / sums[0]], 0.0) / 2


def effective_number(weights):
    """Effective number of events, (sum w)^2 / sum w^2; 0 without events.

    Examples
    --------
    >>> effective_number(np.array([1.0, 1.0, 1.0])), effective_number(np.array([3.0, 1.0]))
    (3.0, 1.6)
    """
    weights = np.asarray(weights, float)
    return Histogram(weights, weights**2).n_eff


def weighted_quantile(values, q, *, weights):
    """The smallest value at or below which at least the share q of the weight lies.

    Parameters
    ----------
    values : float array, shape (n,)
    q : float or float array, in [0, 1]
    weights : float array, shape (n,)
        Of either sign; with negative ones the share is not monotonic in the value and its first crossing of q is taken.

    Returns
    -------
    float array, shape of q
        Always one of the values: nothing is interpolated, so a cut at a quantile has an exact meaning under ties.

    Examples
    --------
    >>> float(weighted_quantile(np.array([3.0, 1.0, 2.0]), 0.5, weights=np.array([1.0, 1.0, 4.0])))
    2.0
    """
    values, weights = check("weighted_quantile", values, weights)
    q = np.asarray(q, float)
    if not np.all((q >= 0) & (q <= 1)):
        raise InputError(f"weighted_quantile: q = {q} lies outside [0, 1]")
    order = np.argsort(values, kind="stable")
    values, total = values[order], np.cumsum(weights[order])
    last = np.append(values[1:] != values[:-1], True)  # of each group of equal values
    share = np.maximum.accumulate(total[last] / total[-1])
    first = np.searchsorted(share, q * (1 - 1e-12), side="left")  # rounding must not move the cut by an event
    return values[last][np.minimum(first, last.sum() - 1)]


def bin_index(values, edges):
    """Index of the bin of each value, -1 or len(edges) - 1 outside; the last edge belongs to the last bin."""
    edges = np.asarray(edges, float)
    if len(edges) < 2 or not np.all(np.diff(edges) > 0):
        raise InputError(f"the bin edges {edges} do not rise; give at least two rising edges")
    index = np.searchsorted(edges, values, side="right") - 1
    return np.where(values == edges[-1], len(edges) - 2, index)


def histogram(values, *, weights, edges):
    """Weighted histogram; events outside the edges are left out.

    Examples
    --------
    >>> histogram(np.array([1.0, 1.5, 2.5]), weights=np.array([1.0, 2.0, 4.0]), edges=[1, 2, 3]).sumw
    array([3., 4.])
    """
    values, weights = np.asarray(values, float), np.asarray(weights, float)
    index, bins = bin_index(values, edges), len(edges) - 1
    inside = (index >= 0) & (index < bins)
    return counted(index[inside], weights[inside], bins)


def counted(index, weights, bins):
    """Histogram of events whose bins are known."""
    return Histogram(
        np.bincount(index, weights, minlength=bins).astype(float),
        np.bincount(index, weights**2, minlength=bins).astype(float),
    )


def signed(index, weights, bins):
    """Histograms of the positive and, if there are any, of the negative weights: what a bootstrap draws apart."""
    negative = weights < 0
    parts = [~negative, negative] if negative.any() else [slice(None)]
    return [counted(index[chosen], weights[chosen], bins) for chosen in parts]


def shares(sums):
    """Sums of weights of samples as numbers with errors, and their share of all.

    Parameters
    ----------
    sums : Histogram, shape (samples,)

    Returns
    -------
    list of pairs of Measured
        The error of a share is that of events that belong to one sample or to another.
    """
    whole, squares = sums.sumw.sum(), sums.sumw2.sum()
    result = []
    for value, own in zip(sums.sumw, sums.sumw2, strict=True):
        share = Measured(None, None)
        if whole > 0:
            p = value / whole
            share = Measured(float(p), float(np.sqrt((1 - p) ** 2 * own + p**2 * (squares - own)) / whole))
        result.append((Measured(float(value), float(np.sqrt(own))), share))
    return result


def auc(signal, background, *, weights):
    """Area under the ROC curve: the weighted share of pairs in which the signal scores higher, ties counted half.

    Exact for any weights, and for ties (1/2 for a constant score); with negative weights it remains that sum, which can
    then leave [0, 1].

    Examples
    --------
    >>> auc(np.array([0.8, 0.9]), np.array([0.1, 0.85]), weights=(np.ones(2), np.ones(2)))
    0.75
    """
    s, b = steps(signal, background, weights)
    return float(area(s, b))


def area(s, b):
    """Area under the ROC curve of the weights s, b (..., steps) gained by successive looser cuts."""
    below = b.sum(-1, keepdims=True) - np.cumsum(b, -1)
    return np.sum(s * (below + b / 2), -1) / (s.sum(-1) * b.sum(-1))


def steps(signal, background, weights):
    """Weights of signal and background at each distinct score, the highest first; checked."""
    signal, signal_weights = check("scores of the signal", signal, weights[0])
    background, background_weights = check("scores of the background", background, weights[1])
    scores, group = np.unique(np.concatenate([signal, background]), return_inverse=True)
    s = np.bincount(group[: len(signal)], signal_weights, minlength=len(scores))
    b = np.bincount(group[len(signal) :], background_weights, minlength=len(scores))
    return s[::-1], b[::-1]


def standardised(name, values, p):
    """The variable with mean 0 and variance 1 under the weights p of sum 1, or None when it is constant."""
    centred = values - p @ values
    variance = p @ centred**2
    if np.max(np.abs(centred)) ** 2 <= CONSTANT * np.max(values**2):
        return None
    if not variance > CONSTANT * np.max(centred**2):
        raise InputError(f"{name}: the negative weights leave no spread (variance {variance:g}); measure without them")
    return centred / np.sqrt(variance)


def correlation(x, y, *, weights):
    """Weighted linear (Pearson) correlation of two variables.

    Its error is that of the influence function u v - r (u^2 + v^2) / 2 of the standardised variables u, v, which
    needs no normal distribution (for one, it is (1 - r^2) / sqrt(n)). A constant is correlated with nothing: 0 +- 0.

    Examples
    --------
    >>> round(correlation(np.array([1.0, 2, 3, 4]), np.array([2.0, 4, 6, 8]), weights=np.ones(4)).value, 12)
    1.0
    """
    x, weights = check("correlation", x, weights)
    y, _ = check("correlation", y, weights)
    total = weights.sum()
    u, v = (standardised("correlation", values, weights / total) for values in (x, y))
    if u is None or v is None:
        return Measured(0.0, 0.0)
    r = np.sum(weights * u * v) / total
    if abs(r) > 1 + 1e-9:
        raise InputError(f"correlation: the negative weights make it {r:.3g}, beyond 1; measure without them")
    influence = u * v - r * (u**2 + v**2) / 2
    return Measured(float(r), float(np.sqrt(np.sum((weights * influence) ** 2)) / total))
