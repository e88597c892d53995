"""Discovery significance and CLs limit of several channels, by pyhf with asymptotic formulae (arXiv:1007.1727)."""

from dataclasses import dataclass, replace

import numpy as np
import pyhf
from pyhf.infer.intervals.upper_limits import toms748_scan
from scipy.optimize import brentq
from scipy.stats import norm

from unsculpt import shapes
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.models import model, numpy_backend, signal_template
from unsculpt.likelihood.portable import asimov

_BAND = (2, 1, 0, -1, -2)  # standard deviations of the background-only outcome, lowest limit first


@dataclass(frozen=True)
class Combination:
    """Sensitivity of a combination; the signal strength mu is in units of the expected signal.

    significance : median discovery significance expected for mu = 1, in standard deviations.
    limit_expected : median CLs upper limit on mu without signal.
    limit_band : that limit at -2, -1, 0, +1, +2 standard deviations.
    observed_significance, observed_limit : None while a channel is blinded.
    """

    significance: float
    limit_expected: float
    limit_band: tuple
    observed_significance: float | None = None
    observed_limit: float | None = None


def combined(channels, *, confidence=0.95):
    """Significance and limit from a simultaneous fit, with one signal strength and a background for each channel.

    Expected values come from Asimov data, the sideband-fit background with (significance) or without (limit) the
    signal; nothing observed enters them. Observed values are made only when every channel has counts.

    Parameters
    ----------
    channels : list of models.Channel
        With signal templates; names must differ.
    confidence : float
        Confidence level of the limit.

    Returns
    -------
    Combination
    """
    if len({channel.name for channel in channels}) != len(channels) or not channels:
        raise ValueError(f"combined: needs channels with different names, got {[c.name for c in channels]}")
    betas = [_start(channel) for channel in channels]
    mu_max = _largest_mu(channels)
    with numpy_backend():
        pdf = model(channels, betas, (0.0, mu_max))
        significance = _discovery(pdf, _data(pdf, channels, asimov))
        band = _expected_limits(pdf, _data(pdf, channels, _background), 1 - confidence, mu_max)
        observed = (None, None)
        if all(channel.counts is not None for channel in channels):
            data = _data(pdf, channels, lambda channel: channel.counts)
            limit, _ = toms748_scan(data, pdf, 0.0, mu_max / 2, level=1 - confidence, rtol=1e-3)
            observed = (_discovery(pdf, data), float(limit))
    return Combination(significance, band[2], band, *observed)


def _background(channel):
    return asimov(replace(channel, signal=None))


def _start(channel):
    basis, widths = shapes.basis(channel.edges, channel.order), shapes.relative_widths(channel.edges)
    return poisson_glm(channel.background, basis, exposure=widths).beta[0]


def _largest_mu(channels):
    """Upper bound of mu, twelve times its error without signal and above one event in twenty."""
    information = 0.0
    for c in channels:
        basis, widths = shapes.basis(c.edges, c.order), shapes.relative_widths(c.edges)
        fit = poisson_glm(c.background, basis, signal_template(c), exposure=widths)
        information += 1 / fit.covariance[0, 0, 0]
    events = sum(signal_template(c).sum() for c in channels)
    return float(12 / np.sqrt(information) + 20 / events + 2)


def _data(pdf, channels, spectrum):
    """Observations in the order of the model's channels (pyhf sorts them), with the auxiliary data."""
    by_name = {channel.name: channel for channel in channels}
    values = np.concatenate([np.asarray(spectrum(by_name[name]), float) for name in pdf.config.channels])
    return values.tolist() + list(pdf.config.auxdata)


def _discovery(pdf, data):
    """Significance sqrt(q0); the signal strength is bounded at zero, so a deficit gives zero."""
    config = pdf.config
    q0 = pyhf.infer.test_statistics.q0(
        0.0, data, pdf, config.suggested_init(), config.suggested_bounds(), config.suggested_fixed()
    )
    return float(np.sqrt(max(float(q0), 0.0)))


def _expected_limits(pdf, data, alpha, mu_max):
    """Median and band of the CLs limit from background-only Asimov data.

    There sqrt(q(mu)) is the distance of the hypotheses mu and 0 in standard deviations, so that CLs = alpha at n
    standard deviations where sqrt(q(mu)) = -Phi^-1(alpha Phi(-n)) - n (arXiv:1007.1727, section 4): one function of
    mu, five times inverted, in place of two hypothesis tests for each value of mu.
    """
    _, best = pyhf.infer.mle.fixed_poi_fit(0.0, data, pdf, return_fitted_val=True)
    cache = {0.0: 0.0}

    def distance(mu):
        if mu not in cache:
            _, value = pyhf.infer.mle.fixed_poi_fit(mu, data, pdf, return_fitted_val=True)
            cache[mu] = np.sqrt(max(float(value - best), 0.0))
        return cache[mu]

    limits = []
    for n in _BAND:
        target = -norm.ppf(alpha * norm.cdf(-n)) - n
        low = max(mu for mu, d in cache.items() if d < target)
        high = min((mu for mu, d in cache.items() if d >= target), default=mu_max)
        limits.append(float(brentq(lambda mu, t=target: distance(mu) - t, low, high, rtol=1e-4)))
    return tuple(limits)
