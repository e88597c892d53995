"""What statistics alone make of a divergence: the JSD of selections that do not know the mass.

The null hypothesis is that given sample and weight the score is independent of the mass. Given the inclusive spectrum,
such a selection keeps each event of a stratum with the same probability: the content that passes is a sum of binomial
numbers. `unsculpted` sums the JSD over these numbers bin by bin and is right down to a few events a bin; where a bin is
ruled by a few heavy events, or by negative weights, it draws them (`draws`). `floor` and `p_value` are its limit for
many events. docs/metrics.md derives all of it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, gammaln, rel_entr, xlog1py, xlogy

from unsculpt.metrics import draws
from unsculpt.weighted import Histogram

_POINTS = 49  # at which the binomial distribution of a bin is summed ...
_REACH = 6.0  # ... over so many standard deviations on either side of its mean


@dataclass(frozen=True)
class Unsculpted:
    """The distribution of a JSD without sculpting, as floor / dof times a chi2 of dof degrees.

    floor : its mean.
    dof : 2 mean^2 / variance, near the number of bins less the constraints.
    draws : rising values, shape (n,), from which both come; None where they come from the formula.
    """

    floor: float
    dof: float
    draws: np.ndarray | None = None

    @property
    def source(self):
        """Where it comes from: "formula" or "draws"."""
        return "formula" if self.draws is None else "draws"

    @property
    def variance(self):
        """Variance of the JSD of independent samples without sculpting."""
        return 2 * self.floor**2 / self.dof

    def p_value(self, value):
        """Probability of at least this JSD without sculpting.

        Examples
        --------
        >>> Unsculpted(floor=1e-3, dof=54.0).p_value(0.0)
        1.0
        """
        if not self.floor > 0:
            return float(value <= 0)
        smooth = float(chdtrc(self.dof, self.dof * value / self.floor))
        if self.draws is None:
            return smooth
        number = len(self.draws) - np.searchsorted(self.draws, value * (1 - 1e-12))
        least = float((number + 1) / (len(self.draws) + 1))
        return least if number else min(least, smooth)


def floor(dof, noise, *, base):
    """Expected JSD without sculpting, to first order in 1 / (events in a bin): dof * noise / (8 ln base)."""
    return dof * noise / (8 * np.log(base))


def p_value(value, dof, noise, *, base):
    """Probability of at least this JSD without sculpting: 8 ln(base) JSD / noise follows chi2 of dof degrees.

    Examples
    --------
    >>> float(p_value(0.0, 54, 1e-3, base=2))
    1.0
    """
    return chdtrc(dof, 8 * np.log(base) * value / noise)


def unsculpted(passed, failed, centres, *, base, reference, factor=None, strata=None):
    """Mean and spread of the JSD of a selection of this size that knows sample and weight, but not the mass.

    Parameters
    ----------
    passed, failed : weighted.Histogram, shape (bins,)
        Only their sum and the share that passes are used, and the effective number of events in each bin.
    centres : float array, shape (bins,)
    base : float
    reference : "inclusive" or "fail"
    factor : float array, shape (bins,), or None
        Exponential factor by which the reference was tilted to describe what passes (`divergence.slope_factor`).
    strata : strata.Selected, shape (T, bins), or None
        The same events by sample and weight; None is one sample of equal weights, or one efficiency for all.

    Returns
    -------
    Unsculpted

    Notes
    -----
    The mean of each bin is exact for given efficiency and total; that the contents of all bins add up to what passes,
    and that a slope was fitted, is taken into account by the projection that holds for many events.
    """
    total, tilt = passed + failed, np.ones(len(centres)) if factor is None else factor
    kept, lost = passed.sumw.sum(), failed.sumw.sum()
    odds = kept * tilt / lost
    efficiency = odds / (1 + odds) if reference == "fail" else np.minimum(kept / (kept + lost) * tilt, 1)
    squares = total.sumw2 if strata is None else _squares(strata, efficiency, kept / (kept + lost))
    options = {"base": base, "reference": reference}
    if strata is not None:
        found = _drawn(strata, efficiency, kept / (kept + lost), centres, **options, free_slope=factor is not None)
        if found:
            return found
    seen = (total.sumw > 0) & (total.sumw2 > 0)
    content, squares, efficiency, tilt = total.sumw[seen], squares[seen], efficiency[seen], tilt[seen]
    if reference == "fail":
        other, response = (1 - efficiency) * content * tilt, 1 / kept + tilt / lost
    else:
        other, response = content * tilt, np.full(len(content), 1 / kept)
    expected = other / other.sum()
    noise = response**2 * squares * efficiency * (1 - efficiency)
    first = noise / (8 * expected * np.log(base))  # mean of a bin with many events; its variance is twice its square
    mean, variance = _moments(content, squares, efficiency, tilt, reference, base)
    project = _projection(expected, centres[seen], with_slope=factor is not None)
    scale = np.sqrt(8 * np.log(base) * expected)
    matrix = _without_replacement(content, squares) * (project * noise) @ project.T / np.outer(scale, scale)
    growth = np.sqrt(_ratio(variance, 2 * first**2))
    largest = np.log(2) / np.log(base)  # of a JSD; a handful of events would take the expansion beyond it
    value = float(min(np.sum(np.diag(matrix) * _ratio(mean, first)), largest))
    spread = float(2 * np.sum(matrix**2 * np.outer(growth, growth)))
    return Unsculpted(value, 2 * value**2 / spread if spread > 0 else 1.0)


def _moved(strata, efficiency, overall):
    """Efficiency of each stratum and bin, (T, bins), when that of all of a bin is moved away from the overall one."""
    odds = _ratio(efficiency * (1 - overall), (1 - efficiency) * overall)
    own = strata.efficiency[:, None]
    return own * odds / (1 - own + own * odds)


def _squares(strata, efficiency, overall):
    """Sums of squared weights in bins that have, all passing with one efficiency, the variance of these strata.

    A weight w that passes (b = 1) or fails (b = 0) moves the content that passes by w (b - e) from the share e of the
    bin; the mean of its square is w^2 (e_s (1 - e_s) + (e_s - e)^2) for the efficiency e_s of its stratum.
    """
    own = _moved(strata, efficiency, overall)
    square = _ratio(own * (1 - 2 * efficiency) + efficiency**2, efficiency * (1 - efficiency))
    return np.sum(strata.sumw2 * square, axis=0)


def _drawn(strata, efficiency, overall, centres, **options):
    """The distribution from draws, or None where the formula is good, or nothing can be drawn."""
    own = _moved(strata, efficiency, overall)
    if draws.asymmetry(strata, own) <= draws.ASYMMETRIC:
        return None
    share, events = strata.efficiency, strata.known_from
    content, weight = strata.sumw.sum(axis=0), strata.sumw.sum(axis=1)
    variance = share * (1 - share) * _ratio(events, events - 1.0)  # without the bias of a share of few events
    scatter = np.maximum((share - share @ weight / weight.sum()) ** 2 - variance / events, 0)
    share = 0.5 + np.where(share > 0.5, 0.5, -0.5) * np.sqrt(np.maximum(1 - 4 * variance, 0))
    shape = efficiency * content
    expected = shape * (share @ weight) / shape.sum()  # not what happened to pass: a heavy event is no efficiency
    values = draws.draw(strata, expected, np.sqrt(scatter @ strata.sumw2), share, centres, **options)
    mean, variance = (float(values.mean()), float(values.var(ddof=1))) if len(values) > 1 else (0.0, 0.0)
    if not (mean > 0 and variance > 0):
        return None
    return Unsculpted(mean, 2 * mean**2 / variance, np.sort(values))


def _without_replacement(content, squares):
    """N / (N - 1): the total that passes is given, so that one bin's events are missing in the others."""
    number = Histogram(content, squares).n_eff
    return number / (number - 1) if number > 1 else 1.0


def _projection(expected, centres, with_slope):
    """Matrix (bins, bins) that takes the normalisation, and the fitted slope, out of the noise of a spectrum."""
    modes = np.ones_like(expected)[:, None]
    if with_slope:
        distance = centres - expected @ centres
        modes = np.column_stack([modes, distance / np.sqrt(expected @ distance**2)])
    return np.eye(len(expected)) - (expected[:, None] * modes) @ modes.T


def _moments(content, squares, efficiency, tilt, reference, base):
    """Mean and variance of the divergence of each bin when a binomial number of its events passes.

    A bin of effective number n, not whole, is a mixture of the whole numbers below and above, such that its fraction
    that passes has the variance of the weighted events.
    """
    kept, lost = np.sum(content * efficiency), np.sum(content * (1 - efficiency))
    number = np.maximum(content**2 / squares, 1)
    low = np.floor(number * (1 + 1e-9))
    share = low * (low + 1 - number) / number
    moments = np.zeros((2, len(content)))
    for events, part in ((low, np.clip(share, 0, 1)), (low + 1, np.clip(1 - share, 0, 1))):
        passing, probability = _binomial(events, efficiency)
        fraction = passing / events[:, None]
        p = content[:, None] * fraction / kept
        if reference == "fail":
            q = content[:, None] * (1 - fraction) * tilt[:, None] / lost
        else:
            q = (content * tilt / np.sum(content * tilt))[:, None]
        value = (rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)) / (2 * np.log(base))
        moments += part * np.array([np.sum(probability * value, axis=1), np.sum(probability * value**2, axis=1)])
    return moments[0], np.maximum(moments[1] - moments[0] ** 2, 0)


def _binomial(events, efficiency):
    """Numbers that pass and their probabilities, shape (bins, points): all that matter, or evenly spaced ones."""
    mean = events * efficiency
    reach = _REACH * np.sqrt(mean * (1 - efficiency)) + 3
    low, high = np.maximum(np.floor(mean - reach), 0), np.minimum(np.ceil(mean + reach), events)
    step = np.maximum(np.ceil((high - low) / (_POINTS - 1)), 1)
    number = low[:, None] + step[:, None] * np.arange(_POINTS)
    inside, (n, e) = number <= events[:, None], (events[:, None], efficiency[:, None])
    k = np.where(inside, number, 0)
    logarithm = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, e) + xlog1py(n - k, -e)
    probability = np.where(inside, np.exp(logarithm), 0)
    return k, probability / probability.sum(axis=1, keepdims=True)


def _ratio(first, second):
    first, second = np.broadcast_arrays(np.asarray(first, float), second)
    return np.divide(first, second, out=np.ones(first.shape), where=second > 0)
