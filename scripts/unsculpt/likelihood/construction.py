"""Intervals of the signal strength by a Neyman construction, where few events are expected.

A signal strength belongs to the interval if toys of it are at least as unlike it as the data in the given share. How
unlike is told by t = -2 ln [L(mu) / L(best mu >= 0)], the order of G. Feldman and R. Cousins (physics/9711021); the
toys have the other parameters that suit the data best for this strength, with centres of the constraints that vary
around them.
"""

from dataclasses import dataclass

import numpy as np

from unsculpt.likelihood.combination import Strength
from unsculpt.likelihood.descent import fit
from unsculpt.likelihood.simultaneous import COMMON, Centres

LEVEL = 0.6827  # one standard deviation
_POINTS = 8  # signal strengths of the construction on either side
_LONGER = 1.8  # the range, in units of the distance to where -2 ln L has risen by one
_DOUBLINGS = 6
_TIE = 1e-5  # fits are equal to this in t
_CHUNK = 2_000_000  # bins of toys fitted at a time; bounds the memory


@dataclass(frozen=True)
class Interval:
    """The signal strength of a data set.

    strength : Strength
        The best mu >= 0 and the distances to both ends.
    low, high : float
        Ends of the interval.
    toys : int
        At each signal strength.
    """

    strength: Strength
    low: float
    high: float
    toys: int


def statistic(model, data, mu, *, centres=None):
    """t of data sets and signal strengths, (T,), and the fit with mu as given; NaN where a fit did not converge."""
    with np.errstate(all="ignore"):  # a data set without events has no curvature
        fixed = fit(model, data, mu=mu, centres=centres)
        best = fit(model, data, start=fixed, centres=centres)
    t = np.maximum(2 * (fixed.nll - best.nll), 0.0)
    return np.where(fixed.converged & best.converged, t, np.nan), fixed


def p_values(model, data, mu, *, toys, rng, centres=None):
    """Share of the toys of a signal strength, and of the data with them, that are at least as unlike it as the data.

    Parameters
    ----------
    model : simultaneous.Simultaneous
    data : array, shape (T, C, B)
    mu : number or array, shape (T,)
        Not negative.
    toys : int
        For each data set.
    rng : numpy.random.Generator
    centres : simultaneous.Centres, optional
        Of the constraints of the data; nominal otherwise.

    Returns
    -------
    float array, shape (T,)
        NaN where the fit of the data, or of all toys, did not converge.
    """
    data = np.asarray(data, float)
    mu = np.broadcast_to(np.asarray(mu, float), len(data))
    observed, fixed = statistic(model, data, mu, centres=centres)
    size, found = max(1, _CHUNK // (toys * model.signal.size)), []
    for first in range(0, len(data), size):
        part = np.arange(first, min(first + size, len(data)))
        rows = np.repeat(part, toys)
        counts = rng.poisson(np.maximum(fixed.expected[rows], 0.0)).astype(float)
        thrown, _ = statistic(model, counts, mu[rows], centres=_around(model, fixed, rows, rng))
        thrown = thrown.reshape(len(part), toys)
        known = np.isfinite(thrown)
        above = (thrown >= observed[part, None] - _TIE) & known
        fitted = np.isfinite(observed[part]) & known.any(1)
        found.append(np.where(fitted, (above.sum(1) + 1) / (known.sum(1) + 1), np.nan))
    return np.concatenate(found)


def _around(model, fixed, rows, rng):
    """Centres of the constraints of toys around fitted parameters."""
    width = np.where(model.precision > 0, 1 / np.sqrt(np.where(model.precision > 0, model.precision, 1.0)), 0.0)
    local = fixed.local[rows] + width * rng.standard_normal((len(rows), *model.start.shape))
    shared = fixed.shared[rows] + rng.standard_normal((len(rows), 2))
    if not model.common.any():
        shared[:, COMMON] = 0.0
    return Centres(shared, local)


def interval(model, data, *, toys, rng):
    """Interval of the signal strength of one data set.

    Parameters
    ----------
    model : simultaneous.Simultaneous
    data : array, shape (C, B)
        Fractions are allowed (Asimov data).
    toys : int
        At each of 8 signal strengths on either side.
    rng : numpy.random.Generator

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If the fit does not converge or the data do not limit the signal strength.
    """
    with np.errstate(all="ignore"):
        best = fit(model, data)
    if not (best.converged[0] and np.isfinite(best.mu[0])):
        raise ValueError("the fit of the signal strength did not converge")
    value, width = float(best.mu[0]), _LONGER * _rise(model, data, best)

    def excess(strengths):
        same = np.broadcast_to(np.asarray(data, float), (len(strengths), *model.signal.shape))
        return p_values(model, same, strengths, toys=toys, rng=rng) - (1 - LEVEL)

    high = _end(excess, value, width)
    low = 0.0 if value <= 0 else _end(excess, value, -min(width, value))
    return Interval(Strength(value, value - low, high - value), low, high, toys)


def _end(excess, value, reach):
    """The outermost crossing between a value and so far from it, or farther where the toys accept that too."""
    for _ in range(_DOUBLINGS):
        strengths = np.maximum(value + reach * np.array([0.0, *np.linspace(0.25, 1.0, _POINTS)]), 0.0)
        found = np.array([LEVEL, *excess(strengths[1:])])  # every toy is at least as unlike the best value
        if np.isnan(found).any():
            raise ValueError("the toys of a signal strength could not be fitted")
        last = int(np.flatnonzero(found >= 0)[-1])
        if last < _POINTS:
            share = found[last] / (found[last] - found[last + 1])
            return float(strengths[last] + share * (strengths[last + 1] - strengths[last]))
        if strengths[-1] <= 0:
            return 0.0
        reach *= 2
    raise ValueError("the data do not limit the signal strength")


def _rise(model, data, best):
    """How far above the best value -2 ln L has risen by one."""
    error = float(best.mu_error[0])
    width = error if np.isfinite(error) and error > 0 else 0.1
    for _ in range(40):
        t = 2 * float((fit(model, data, mu=best.mu[0] + width, start=best).nll - best.nll)[0])
        if 0.8 < t < 1.25:
            break
        width *= float(np.clip(1 / np.sqrt(max(t, 1e-6)), 0.4, 2.5))
    return width
