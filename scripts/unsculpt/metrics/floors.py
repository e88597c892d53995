"""What statistics alone make of a divergence: the JSD of selections that do not know the mass.

Given the inclusive spectrum, such a selection keeps each event of a bin with the same probability: the content that
passes is a binomial number. `unsculpted` sums the JSD over these numbers bin by bin and is right down to a few events
a bin; `floor` and `p_value` are its limit for many events. docs/metrics.md derives both.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, gammaln, rel_entr, xlog1py, xlogy

from unsculpt.weighted import Histogram

_POINTS = 49  # at which the binomial distribution of a bin is summed ...
_REACH = 6.0  # ... over so many standard deviations on either side of its mean


@dataclass(frozen=True)
class Unsculpted:
    """The distribution of a JSD without sculpting, as floor / dof times a chi2 of dof degrees.

    floor : its mean.
    dof : 2 mean^2 / variance, near the number of bins less the constraints.
    """

    floor: float
    dof: float

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
        return float(chdtrc(self.dof, self.dof * value / self.floor)) if self.floor > 0 else float(value <= 0)


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


def unsculpted(passed, failed, centres, *, base, reference, factor=None):
    """Mean and spread of the JSD of a selection of this size whose efficiency does not depend on the mass.

    Parameters
    ----------
    passed, failed : weighted.Histogram, shape (bins,)
        Only their sum and the share that passes are used, and the effective number of events in each bin.
    centres : float array, shape (bins,)
    base : float
    reference : "inclusive" or "fail"
    factor : float array, shape (bins,), or None
        Exponential factor by which the reference was tilted to describe what passes (`divergence.slope_factor`).

    Returns
    -------
    Unsculpted

    Notes
    -----
    The mean of each bin is exact for given efficiency and total; that the contents of all bins add up to what passes,
    and that a slope was fitted, is taken into account by the projection that holds for many events.
    """
    total = passed + failed
    seen = (total.sumw > 0) & (total.sumw2 > 0)
    content, squares, tilt = total.sumw[seen], total.sumw2[seen], np.ones(len(seen)) if factor is None else factor
    tilt, kept, lost = tilt[seen], passed.sumw.sum(), failed.sumw.sum()
    if reference == "fail":
        odds = kept * tilt / lost
        efficiency = odds / (1 + odds)
        other, response = (1 - efficiency) * content * tilt, 1 / kept + tilt / lost
    else:
        efficiency = np.minimum(kept / (kept + lost) * tilt, 1)
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
    return np.divide(first, second, out=np.ones_like(first), where=second > 0)
