"""Whether a score knows a protected variable at all, whatever the cut: distances of its distributions, and information.

p(score | variable in a slice) of two slices are compared by the distance of Kolmogorov and Smirnov and by the JSD; the
mutual information of score and variable needs no slices. Each number has its floor, what independence would show in so
many events. The weights count as effective events; negative ones are not allowed, for a rank needs a density.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import chdtrc, kolmogorov, rel_entr

from unsculpt.errors import InputError
from unsculpt.metrics.bootstrap import poisson_sums, spread
from unsculpt.metrics.floors import floor, p_value
from unsculpt.metrics.shannon import jensen_shannon
from unsculpt.weighted import Measured, balanced, check, counted, effective_number

MEAN = np.sqrt(np.pi / 2) * np.log(2)  # of the Kolmogorov distribution
SPREAD = np.sqrt(np.pi**2 / 12 - np.pi / 2 * np.log(2) ** 2)  # its standard deviation


@dataclass(frozen=True)
class Distance(Measured):
    """A distance of two distributions, with its error.

    floor : expected value where both samples come from one distribution.
    over_floor : value in units of the floor; None where that is 0, for values that are all equal.
    p_value : probability of at least this value there.
    n_eff : effective numbers of events of both samples.
    """

    floor: float
    over_floor: float | None
    p_value: float
    n_eff: tuple


@dataclass(frozen=True)
class Information(Measured):
    """Mutual information in nats, less what independence would show (`bias`), with its error.

    floor : standard deviation of the value where there is none.
    bias : what was subtracted.
    p_value : probability of at least this value without any.
    entropy : of the bins of the variable, which the information cannot exceed.
    """

    floor: float
    bias: float
    p_value: float
    entropy: float


def kolmogorov_smirnov(first, second, *, weights=(None, None)):
    """The largest distance of two cumulative distributions.

    Parameters
    ----------
    first, second : float arrays, shapes (n,) and (m,)
    weights : pair of float arrays or None
        Of both, not negative; None for equal ones.

    Returns
    -------
    Distance
        Floor, spread and p-value are those of the limit of many events (Kolmogorov 1933, Smirnov 1948): the distance
        times sqrt(n m / (n + m)), of effective numbers, has mean 0.869 and standard deviation 0.260. Equal values make
        the floor too high.

    Raises
    ------
    InputError
        If a sample has no events, a weight is negative, or a number is not finite.
    """
    samples = [_sample("Kolmogorov-Smirnov", *given) for given in zip((first, second), weights, strict=True)]
    everywhere = np.concatenate([values for values, _ in samples])
    shares = np.array([_share_below(values, weight, everywhere) for values, weight in samples])
    apart = np.abs(shares[0] - shares[1])
    at = int(np.argmax(apart))
    numbers = [effective_number(weight) for _, weight in samples]
    root = np.sqrt(numbers[0] * numbers[1] / (numbers[0] + numbers[1]))
    local = sum(share * (1 - share) / number for share, number in zip(shares[:, at], numbers, strict=True))
    value = float(apart[at])
    return Distance(
        value=value,
        error=float(max(np.sqrt(local), SPREAD / root)),  # at a given score, and never below that without any distance
        floor=float(MEAN / root),
        over_floor=float(value * root / MEAN),
        p_value=float(kolmogorov(value * root)),
        n_eff=tuple(numbers),
    )


def divergence(first, second, *, weights=(None, None), bins=50, base=2, replicas=200, rng):
    """JSD of two distributions in bins of equal population of both together.

    Parameters
    ----------
    first, second, weights
        As of `kolmogorov_smirnov`.
    bins : int
        Fewer where values are equal.
    base : float
        Of the logarithm; 2 for bits.
    replicas : int
        Of the bootstrap of the error.
    rng : numpy.random.Generator

    Returns
    -------
    Distance
        The floor is (k - 1)/(8 ln base) (1/n + 1/m), for many events in each of k bins and effective numbers n, m.
    """
    samples = [_sample("divergence", *given) for given in zip((first, second), weights, strict=True)]
    halves = [weight / weight.sum() for _, weight in samples]
    edges = _inner_edges(np.concatenate([v for v, _ in samples]), np.concatenate(halves), bins)
    parts = [counted(np.searchsorted(edges, v, side="right"), w, len(edges) + 1) for v, w in samples]
    if not len(edges):
        return Distance(0.0, 0.0, 0.0, None, 1.0, tuple(part.n_eff for part in parts))
    value = float(jensen_shannon(*(part.sumw for part in parts), base=base))
    dof, noise = len(edges), sum(1 / part.n_eff for part in parts)
    alone = float(floor(dof, noise, base=base))
    least = (
        2 * alone**2 / dof
    )  # variance without any difference, which the replicas hold twice more (`compare_spectra`)
    scatter = spread(jensen_shannon(*(poisson_sums(part, replicas, rng) for part in parts), base=base)) or 0.0
    return Distance(
        value=value,
        error=float(np.sqrt(max(scatter**2 - 2 * least, least))),
        floor=alone,
        over_floor=value / alone,
        p_value=float(p_value(value, dof, noise, base=base)),
        n_eff=tuple(part.n_eff for part in parts),
    )


def mutual_information(score, variable, *, weights=None, score_bins=50, variable_bins=32):
    """I(score; variable) in nats from a histogram in bins of equal population.

    Parameters
    ----------
    score, variable : float arrays, shape (n,)
    weights : float array, shape (n,), or None
        Not negative; None for equal ones.
    score_bins, variable_bins : int
        Fewer where values are equal.

    Returns
    -------
    Information
        The plug-in value less (a - 1)(b - 1)/2N, or, for unequal weights, less the sum over the bins of which this is
        the limit (Miller 1955). Binning loses information: the value is that of the binned variables.
    """
    score, weights = _sample("mutual information", score, weights)
    variable, _ = _sample("mutual information", variable, weights)
    places = [
        np.searchsorted(_inner_edges(values, weights, bins), values, side="right")
        for values, bins in ((score, score_bins), (variable, variable_bins))
    ]
    shape = tuple(int(place.max()) + 1 for place in places)
    cells = counted(np.ravel_multi_index(places, shape), weights, shape[0] * shape[1])
    joint, squares = (sums.reshape(shape) for sums in (cells.sumw, cells.sumw2))
    total = joint.sum()
    joint, squares = joint / total, squares / total**2
    rows, columns = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True)
    alone = rows * columns
    plug_in = float(rel_entr(joint, alone).sum())
    noise = np.divide(squares, alone, out=np.zeros(shape), where=alone > 0)
    bias = float(0.5 * np.sum(noise * (1 - rows) * (1 - columns)))
    dof = max((np.count_nonzero(rows) - 1) * (np.count_nonzero(columns) - 1), 1)
    alone_spread = bias * np.sqrt(2 / dof)
    pointwise = np.log(np.divide(joint, alone, out=np.ones(shape), where=joint > 0))
    variance = float(np.sum(squares * (pointwise - plug_in) ** 2))
    return Information(
        value=plug_in - bias,
        error=float(np.sqrt(variance + alone_spread**2)),
        floor=float(alone_spread),
        bias=bias,
        p_value=float(chdtrc(dof, dof * plug_in / bias)) if bias > 0 else 1.0,
        entropy=float(-np.sum(columns[columns > 0] * np.log(columns[columns > 0]))),
    )


def cross_entropy(score, label, *, weights=None, bins=50):
    """Cross-entropy in nats of the best function of a score, both classes with the same weight.

    Any score has one, a probability or not: in bins of equal population the best function is the share of signal. The
    cells that were fitted make it too low by bins/2N, which is added.

    Parameters
    ----------
    score : float array, shape (n,)
    label : int array, shape (n,)
        1 signal, 0 background.
    weights : float array, shape (n,), or None
        Not negative.
    bins : int

    Returns
    -------
    Measured
        The error is that of the mean over the events.
    """
    score, weights = _sample("cross-entropy", score, weights)
    label = np.asarray(label)
    weights = balanced(label, weights)
    edges = _inner_edges(score, weights, bins)
    place = np.searchsorted(edges, score, side="right")
    total, signal = (np.bincount(place, w, minlength=len(edges) + 1) for w in (weights, weights * (label == 1)))
    share = np.divide(signal, total, out=np.full(len(total), 0.5), where=total > 0)[place]
    found = mean_loss(share, label, weights)
    return Measured(found.value + (len(edges) + 1) / (2 * effective_number(weights)), found.error)


def mean_loss(probability, label, weights):
    """Weighted mean of -log of the probability of the class, and its error.

    Examples
    --------
    >>> print(round(float(mean_loss(np.array([0.5, 0.5]), np.array([0, 1]), np.ones(2)).value / np.log(2)), 12))
    1.0
    """
    right = np.where(label == 1, probability, 1 - probability)
    loss = -np.log(np.maximum(right, np.finfo(float).tiny))
    share = weights / weights.sum()
    value = float(share @ loss)
    return Measured(value, float(np.sqrt(np.sum((share * (loss - value)) ** 2))))


def measure_independence(score, variable, *, weights, slices, bins, variable_bins, replicas, rng):
    """All numbers of one score and one protected variable.

    Parameters
    ----------
    score, variable, weights : float arrays, shape (n,)
        Of the events among which they shall be independent.
    slices : list of (low, high)
        Of the variable, low <= variable < high.
    bins, variable_bins : int
        Of score and variable.
    replicas, rng
        Of the bootstrap of the JSD.

    Returns
    -------
    dict
        pairs, a dict for each two slices with `first`, `second`, `ks` and `jsd`; ks and jsd, those of the pair whose KS
        is largest in units of its floor; information.

    Raises
    ------
    InputError
        If a slice holds no event.
    """
    variable = np.asarray(variable, float)
    inside = [(variable >= low) & (variable < high) for low, high in slices]
    for mask, (low, high) in zip(inside, slices, strict=True):
        if not weights[mask].sum() > 0:
            raise InputError(f"independence: no event has the variable in {low:g} to {high:g}; give another slice")
    pairs = []
    for i, j in combinations(range(len(slices)), 2):
        own = {"weights": (weights[inside[i]], weights[inside[j]])}
        given = score[inside[i]], score[inside[j]]
        pairs.append(
            {
                "first": list(map(float, slices[i])),
                "second": list(map(float, slices[j])),
                "ks": kolmogorov_smirnov(*given, **own),
                "jsd": divergence(*given, **own, bins=bins, replicas=replicas, rng=rng),
            }
        )
    worst = max(pairs, key=lambda pair: pair["ks"].over_floor)
    options = {"score_bins": bins, "variable_bins": variable_bins}
    information = mutual_information(score, variable, weights=weights, **options)
    return {"ks": worst["ks"], "jsd": worst["jsd"], "information": information, "pairs": pairs}


def _sample(name, values, weights):
    """Values and weights, none of them negative."""
    values, weights = check(name, values, np.ones(len(values)) if weights is None else weights)
    if (weights < 0).any():
        raise InputError(f"{name}: {np.sum(weights < 0)} weights are negative; leave these events out")
    return values, weights


def _share_below(values, weights, at):
    """Share of the weight at or below each of some values."""
    order = np.argsort(values, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(weights[order])])
    return total[np.searchsorted(values[order], at, side="right")] / total[-1]


def _inner_edges(values, weights, bins):
    """Rising edges between bins of about equal weight: each a value, of which none is in two bins."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    at = np.searchsorted(total, total[-1] * np.arange(1, bins) / bins)
    edges = np.unique(values[order][np.minimum(at, len(values) - 1)])
    return edges[edges > values[order[0]]]  # nothing lies below the least value
