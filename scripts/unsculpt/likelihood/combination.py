"""Discovery significance, signal strength and CLs limit of several channels, with asymptotic formulae.

All formulae are those of arXiv:1007.1727; the fits are those of `descent`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from unsculpt.likelihood.descent import fit
from unsculpt.likelihood.nuisances import KINDS, NONE
from unsculpt.likelihood.simultaneous import Centres, build

_BAND = (2, 1, 0, -1, -2)  # standard deviations of the background-only outcome, lowest limit first
_LARGEST_MU = 1e6


@dataclass(frozen=True)
class Strength:
    """Best-fit signal strength in units of the expected signal, where -2 ln L rises by one on either side.

    error_low and error_high are positive; None where the likelihood reaches the bound of mu before.
    """

    value: float
    error_low: float | None
    error_high: float | None


@dataclass(frozen=True)
class Combination:
    """Sensitivity of a combination; the signal strength mu is in units of the expected signal.

    significance : median discovery significance expected for mu = 1, in standard deviations.
    limit_expected : median CLs upper limit on mu without signal.
    limit_band : that limit at -2, -1, 0, +1, +2 standard deviations.
    mu : signal strength of the Asimov data of mu = 1 with its errors.
    observed_significance, observed_limit, observed_mu : None while a channel is blinded.
    """

    significance: float
    limit_expected: float
    limit_band: tuple
    mu: Strength
    observed_significance: float | None = None
    observed_limit: float | None = None
    observed_mu: Strength | None = None


def combined(channels, nuisances=NONE, *, confidence=0.95):
    """Significance, signal strength and limit from a simultaneous fit, with a background for each channel.

    Expected values come from Asimov data, the nominal background with (significance, mu) or without (limit) the signal;
    nothing observed enters them. Observed values are made only when every channel has counts.

    Parameters
    ----------
    channels : list of models.Channel
        With signal templates; names must differ.
    nuisances : nuisances.Nuisances
    confidence : float
        Confidence level of the limit.

    Returns
    -------
    Combination

    Raises
    ------
    ValueError
        For channels without signal, equal names, or a fit that does not converge.
    """
    model = build(channels, nuisances)
    if not model.signal.sum() > 0:
        raise ValueError("no signal is expected in these channels")
    signal, background = model.expected(1.0), model.expected(0.0)
    band = _expected_limits(model, background, 1 - confidence)
    observed = (None, None, None)
    if all(channel.counts is not None for channel in channels):
        data = counts(channels, model)
        observed = (_significance(model, data), _observed_limit(model, data, 1 - confidence), strength(model, data))
    return Combination(_significance(model, signal), band[2], band, strength(model, signal), *observed)


def expected_significance(channels, nuisances=NONE):
    """Median discovery significance for mu = 1, as `combined` has it; ValueError where a fit does not converge."""
    model = build(channels, nuisances)
    return _significance(model, model.expected(1.0))


def _significance(model, data):
    """Discovery significance of one data set; raises ValueError where a fit does not converge."""
    value = float(discovery(model, data)[0])
    if not np.isfinite(value):
        raise ValueError("the fit of the discovery significance did not converge")
    return value


def counts(channels, model):
    """Observed events of the channels as the model has its bins, shape (C, B)."""
    found = np.zeros(model.signal.shape)
    for row, channel in zip(found, channels, strict=True):
        row[: len(channel.edges) - 1] = channel.counts
    return found


def discovery(model, data, *, centres=None):
    """Significance sqrt(q0) of data sets, shape (T,): zero for a deficit.

    Parameters
    ----------
    model : simultaneous.Simultaneous
    data : array, shape (C, B) or (T, C, B)
    centres : simultaneous.Centres, optional

    Returns
    -------
    float array, shape (T,)
        NaN where a fit did not converge.
    """
    without = fit(model, data, mu=0.0, centres=centres)
    best = fit(model, data, start=without, centres=centres)
    value = np.sqrt(np.maximum(2 * (without.nll - best.nll), 0.0))
    return np.where(without.converged & best.converged, value, np.nan)


def lowest_mu(model):
    """Lower bound of a fitted signal strength: nowhere more than nine tenths of the background are taken away."""
    background = model.expected(0.0)
    filled = model.signal > 1e-3 * model.signal.sum(1, keepdims=True)
    return -0.9 * float((background[filled] / model.signal[filled]).min()) if filled.any() else 0.0


def best_fit(model, data):
    """The fit with all parameters free, mu down to `lowest_mu`; raises ValueError where it does not converge."""
    found = fit(model, data, lower=lowest_mu(model))
    if not (found.converged.all() and np.isfinite(found.mu).all() and found.mu[0] < _LARGEST_MU):
        raise ValueError("the fit of the signal strength did not converge")
    return found


def profile(model, data, mu):
    """-2 ln (L(mu) / L(best)), shape (len(mu),), other parameters at their best for each mu."""
    return 2 * (fit(model, data, mu=np.asarray(mu, float)).nll - best_fit(model, data).nll)


def strength(model, data):
    """Best-fit signal strength with its asymmetric errors.

    Parameters
    ----------
    model : simultaneous.Simultaneous
    data : array, shape (C, B)

    Returns
    -------
    Strength
    """
    best, lower = best_fit(model, data), lowest_mu(model)
    value, width = float(best.mu[0]), float(np.nan_to_num(best.mu_error[0], nan=0.1)) or 0.1

    def rise(mu):
        return 2 * float((fit(model, data, mu=mu, start=best).nll - best.nll)[0]) - 1

    errors = []
    for sign in (-1, 1):
        inner, outer = value, _outer(value, sign * width, lower)
        while rise(outer) < 0 and lower < outer < _LARGEST_MU:
            inner, outer = outer, _outer(outer, 2 * (outer - value), lower)
        crosses = rise(outer) >= 0
        errors.append(abs(brentq(rise, inner, outer, xtol=1e-5 * width) - value) if crosses else None)
    return Strength(value, *errors)


def _outer(mu, step, lower):
    return max(mu + step, lower)


def _root(function, start):
    """Where a function that rises with mu from a negative value at zero is zero."""
    low, high = 0.0, start
    while function(high) < 0:
        low, high = high, 2 * high
        if high > _LARGEST_MU:
            raise ValueError("the data do not limit the signal strength")
    if not function(high) >= 0:
        raise ValueError("the likelihood of the signal strength is not a number")
    return float(brentq(function, low, high, rtol=1e-5))


def _expected_limits(model, background, alpha):
    """Median and band of the CLs limit from background-only Asimov data.

    There sqrt(q(mu)) is the distance of the hypotheses mu and 0 in standard deviations, so that CLs = alpha at n
    standard deviations where sqrt(q(mu)) = -Phi^-1(alpha Phi(-n)) - n (arXiv:1007.1727, section 4): one function of
    mu, five times inverted.
    """
    best = fit(model, background, mu=0.0)
    width = _width(model, background)

    def distance(mu):
        return float(np.sqrt(max(2 * (fit(model, background, mu=mu, start=best).nll - best.nll)[0], 0.0)))

    targets = [-norm.ppf(alpha * norm.cdf(-n)) - n for n in _BAND]
    return tuple(_root(lambda mu, t=target: distance(mu) - t, 2 * width) for target in targets)


def _width(model, data):
    """Error of mu without signal, the scale of the searches for limits."""
    error = float(fit(model, data, lower=-_LARGEST_MU).mu_error[0])
    return error if np.isfinite(error) and error > 0 else 1.0


def _observed_limit(model, data, alpha):
    """CLs limit of a data set by the statistic q-tilde."""
    return _root(lambda mu: alpha - float(cls(model, data, mu)[0]), 2 * _width(model, model.expected(0.0)))


def cls(model, data, mu, *, centres=None):
    """CLs of a signal strength for data sets, by the asymptotic distribution of q-tilde.

    Parameters
    ----------
    model : simultaneous.Simultaneous
    data : array, shape (C, B) or (T, C, B)
    mu : float
        Tested signal strength.
    centres : simultaneous.Centres, optional

    Returns
    -------
    float array, shape (T,)
        The Asimov data of each data set are those of its own fit without signal (arXiv:1007.1727, equations 65 to 67).
    """
    without = fit(model, data, mu=0.0, centres=centres)
    best = fit(model, data, start=without, centres=centres)
    tested = fit(model, data, mu=mu, start=without, centres=centres)
    q = 2 * np.maximum(np.where(best.mu > mu, 0.0, tested.nll - best.nll), 0.0)
    asimov = np.maximum(without.expected, 0.0)
    own = Centres(without.shared, without.local)
    there = (
        fit(model, asimov, mu=0.0, start=without, centres=own),
        fit(model, asimov, mu=mu, start=without, centres=own),
    )
    q_asimov = 2 * np.maximum(there[1].nll - there[0].nll, 1e-12)
    root = np.sqrt(q_asimov)
    t = np.where(q <= q_asimov, np.sqrt(q) - root, (q - q_asimov) / (2 * root))
    with_background = norm.sf(t)  # zero where the data are impossible with the signal: so is the ratio
    return np.divide(norm.sf(t + root), with_background, out=np.zeros(len(t)), where=with_background > 0)


def impacts(channels, nuisances):
    """What each systematic uncertainty costs, with Asimov data of mu = 1.

    Parameters
    ----------
    channels : list of models.Channel
    nuisances : nuisances.Nuisances

    Returns
    -------
    list of dict
        First everything ("all"), then without each of `nuisances.KINDS`, last without all of them ("statistics"):
        significance, mu (a Strength), and impact_low, impact_high: the part of the error of mu that goes with it,
        subtracted in quadrature.
    """
    left_out = [("all", ()), *((kind, (kind,)) for kind in KINDS), ("statistics", KINDS)]
    rows = []
    for name, kinds in left_out:
        model = build(channels, nuisances.without(*kinds))
        asimov = model.expected(1.0)
        rows.append({"name": name, "significance": _significance(model, asimov), "mu": strength(model, asimov)})
    whole = rows[0]["mu"]
    for row in rows:
        for side in ("low", "high"):
            with_it, without = (getattr(mu, f"error_{side}") for mu in (whole, row["mu"]))
            known = with_it is not None and without is not None
            row[f"impact_{side}"] = float(np.sqrt(max(with_it**2 - without**2, 0.0))) if known else None
    return rows
