"""Discovery significance from toys, for categories in which the asymptotic formulae are not to be trusted.

Small p-values need no billions of toys: these are thrown from a mixture of background alone, of the signal, and of
what most easily looks like signal, and each is weighted by its probability without signal over that under the mixture
(importance sampling). No weight exceeds the number of parts, and tails beyond five standard deviations are well
populated.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm

from unsculpt.likelihood.combination import discovery
from unsculpt.likelihood.descent import fit
from unsculpt.likelihood.simultaneous import Centres, constraint_centres

_LOOK_ALIKES = (0.0, 0.25, 0.5, 0.75, 1.0)  # signal strengths that the toys resemble, in units of the largest
_ERRORS_AWAY = 2.0  # a p-value below this many of its errors gives no significance
_CHUNK = 2_000_000  # bins of toys fitted at a time; bounds the memory (about 500 MB)


@dataclass(frozen=True)
class Calibration:
    """Toys of sqrt(q0), weighted to the background alone.

    statistic : (n,) sqrt(q0).
    weight : (n,) mean one under the background.
    with_signal : (m,) sqrt(q0) of the toys with signal (mu = 1 unless asked otherwise).
    failed : toys whose fit did not converge, left out.
    """

    statistic: np.ndarray
    weight: np.ndarray
    with_signal: np.ndarray
    failed: int


@dataclass(frozen=True)
class ToySignificance:
    """Significance that toys give to one value of the test statistic.

    asymptotic : sqrt(q0), which is the significance by the asymptotic formula.
    p_value, p_value_error : probability of the background alone to reach it, and its statistical error; None where no
        toy was fitted.
    significance, error : the same in standard deviations; None where too few toys reach the value, or all.
    toys : number of toys.
    """

    asymptotic: float
    p_value: float | None
    p_value_error: float | None
    significance: float | None
    error: float | None
    toys: int


def calibrate(model, *, toys, rng, largest=1.0):
    """Throw and fit toys of a combined likelihood.

    Parameters
    ----------
    model : simultaneous.Simultaneous
        Toys are Poisson numbers around its nominal parameters; the centres of the constraints vary with them.
    toys : int
        Number of toys of all parts of the mixture together.
    rng : numpy.random.Generator
    largest : float
        Largest signal strength of the toys; one, or the observed one where that is larger.

    Returns
    -------
    Calibration
    """
    expected, shifts = _mixture(model, largest)
    which = np.arange(toys) % len(expected)
    statistic, log_weight = np.empty(toys), np.empty(toys)
    size = max(1, _CHUNK // expected[0].size)
    for first in range(0, toys, size):
        part = slice(first, first + size)
        counts = rng.poisson(expected[which[part]]).astype(float)
        centres = constraint_centres(model, len(counts), rng) + shifts[which[part]]
        statistic[part] = discovery(model, counts, centres=centres)
        log_weight[part] = _log_weights(model, counts, centres, expected, shifts)
    sound = np.isfinite(statistic)
    last = which == len(expected) - 1
    return Calibration(statistic[sound], np.exp(log_weight[sound]), statistic[sound & last], int((~sound).sum()))


def _mixture(model, largest):
    """Expected events (J, C, B) and shifts of the centres of the constraints (Centres) of the parts; last the signal.

    What most easily looks like a signal has its shape, and the right background in the fit without signal: the Asimov
    data of the signal, times the background over its fit to them, and centres moved by as much as that fit moved.
    """
    background = model.expected(0.0)
    asimov = np.stack([model.expected(mu) for mu in largest * np.array(_LOOK_ALIKES)])
    without = fit(model, asimov, mu=0.0)
    seen = background > 0
    resembling = np.where(seen, asimov * background / np.where(seen, np.maximum(without.expected, 1e-9), 1.0), 0.0)
    local = np.where(model.precision > 0, model.start - without.local, 0.0)
    shifts = (np.concatenate([part, 0 * part[-1:]]) for part in (-without.shared, local))
    return np.concatenate([resembling, asimov[-1:]]), Centres(*shifts)


def _log_weights(model, counts, centres, expected, shifts):
    """Logarithm of the weights of counts (T, C, B) and centres: their probability without signal over that of the
    mixture."""
    log_expected = np.log(np.where(expected > 0, expected, 1.0))
    each = np.tensordot(counts, log_expected, ((1, 2), (1, 2))) - expected.sum((1, 2))  # (T, J)
    each += centres.shared @ shifts.shared.T - 0.5 * (shifts.shared**2).sum(1)
    each += np.tensordot(model.precision * (centres.local - model.start), shifts.local, ((1, 2), (1, 2)))
    each -= 0.5 * (model.precision * shifts.local**2).sum((1, 2))
    return each[:, 0] - logsumexp(each, axis=1) + np.log(len(expected))


def significance(calibration, value, *, value_error=0.0):
    """Significance of one value of sqrt(q0).

    Parameters
    ----------
    calibration : Calibration
    value, value_error : float
        sqrt(q0), and its own statistical error where it is a median of toys.

    Returns
    -------
    ToySignificance
    """
    if not len(calibration.statistic):
        return ToySignificance(float(value), None, None, None, None, 0)
    p_value, p_error = _tail(calibration, value)
    all_reach_it = p_value >= 1 or (calibration.statistic >= value).all()
    if all_reach_it or not p_value > _ERRORS_AWAY * p_error:
        return ToySignificance(float(value), p_value, p_error, None, None, len(calibration.statistic))
    z = float(norm.isf(p_value))
    errors = [p_error / norm.pdf(z)]
    if value_error > 0:
        around = [_tail(calibration, value + sign * value_error)[0] for sign in (-1, 1)]
        near, sides = (around[0], 2) if around[0] < 1 else (p_value, 1)
        errors.append(abs(norm.isf(max(around[1], p_value * 1e-3)) - norm.isf(near)) / sides)
    return ToySignificance(
        float(value), p_value, p_error, z, float(np.hypot.reduce(errors)), len(calibration.statistic)
    )


def _tail(calibration, value):
    """Weighted fraction of toys at or above a value, and its error."""
    above = calibration.weight * (calibration.statistic >= value - 1e-6)
    return float(above.mean()), float(above.std() / np.sqrt(len(above)))


def expected(calibration):
    """Median significance of an experiment with the largest signal strength of the toys.

    Returns
    -------
    ToySignificance
        Of the median of sqrt(q0) with signal; its error includes that of the median.

    Raises
    ------
    ValueError
        If no toy with signal was fitted.
    """
    if not len(calibration.with_signal):
        raise ValueError(f"none of {calibration.failed} toys could be fitted")
    ordered = np.sort(calibration.with_signal)
    half_width = 0.5 * np.sqrt(len(ordered))
    middle = (len(ordered) - 1) / 2
    low, high = (ordered[int(np.clip(round(middle + sign * half_width), 0, len(ordered) - 1))] for sign in (-1, 1))
    return significance(calibration, float(np.median(ordered)), value_error=float(high - low) / 2)


def curve(calibration, values=(1, 2, 3, 4, 5)):
    """Significance from toys for several asymptotic significances: a list of ToySignificance."""
    return [significance(calibration, float(value)) for value in values]
