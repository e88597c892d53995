"""Intervals of the extrapolated yield: the profile likelihood against its definition, toys and limits."""

import numpy as np
import pytest
from scipy.optimize import minimize
from toy_spectrum import sideband_fit

from unsculpt import axes, fits, shapes

AXIS = axes.spectrum(np.linspace(105, 160, 56), (120, 130))
EDGES = AXIS.edges
CENTRES = shapes.centres(EDGES)
INSIDE = AXIS.in_window
FALLING = np.exp(-0.025 * CENTRES) / np.exp(-0.025 * CENTRES).sum()


def brute_force(counts, order, total):
    """The profile by a general optimiser under the constraint that the window holds `total` events."""
    basis = shapes.basis(EDGES, order)

    def nll(beta):
        expected = np.exp(basis @ beta)[~INSIDE]
        return (expected - counts[~INSIDE] * np.log(expected)).sum()

    start = np.array([np.log(max(counts.mean(), 0.1)), 0.7, *np.zeros(order - 1)])
    free = minimize(nll, start, method="BFGS", options={"gtol": 1e-8})
    fixed = {"type": "eq", "fun": lambda beta: np.exp(basis @ beta)[INSIDE].sum() / total - 1}
    bound = minimize(nll, free.x, constraints=[fixed], method="SLSQP", options={"ftol": 1e-12, "maxiter": 500})
    return np.sqrt(2 * (bound.fun - free.fun))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("events", [60, 3000])
def test_the_profile_is_the_best_likelihood_under_a_constraint_on_the_yield(rng, order, events):
    counts = rng.poisson(events * FALLING).astype(float)
    best, error, _ = fits.sideband_yields(counts, AXIS, function=order)
    for factor in (-1.0, 1.5):
        total = best[0] + factor * error[0]
        distance = fits.profile_distance(counts, AXIS, total, function=order)[0]
        assert np.sign(distance) == -np.sign(factor)
        assert abs(distance) == pytest.approx(brute_force(counts, order, total), rel=1e-3)


def test_the_interval_of_many_events_is_the_gaussian_one():
    counts = 1e6 * FALLING
    value, error, _ = fits.sideband_yields(counts, AXIS, function=1)
    low, high = fits.window_interval(counts, AXIS, function=1)
    assert [value[0] - low[0], high[0] - value[0]] == pytest.approx([error[0]] * 2, rel=2e-3)


@pytest.mark.parametrize("order", [1, 2])
def test_intervals_of_few_events_cover_the_truth_in_68_of_100_toys(rng, order):
    counts = rng.poisson(30 * FALLING, size=(3000, 55)).astype(float)
    counts = counts[(counts[:, CENTRES < 120].sum(1) > 0) & (counts[:, CENTRES > 130].sum(1) > 0)]
    low, high = fits.window_interval(counts, AXIS, function=order)
    true = 30 * FALLING[INSIDE].sum()
    assert np.isfinite(low).all() and np.isfinite(high).all()
    assert np.mean((low < true) & (true < high)) == pytest.approx(0.68, abs=0.03)


def test_the_interval_of_few_events_is_longer_upwards(rng):
    result = sideband_fit(np.round(40 * FALLING), max_order=1)
    interval, value = result.window_yield_interval, result.window_yield.value
    assert interval["method"] == "profile likelihood" and interval["level"] == 0.68
    assert interval["high"] - value > 1.1 * (value - interval["low"])


def test_a_constraint_on_the_slope_shortens_the_interval():
    counts = np.round(60 * FALLING)
    options = {"axis": AXIS, "function": 1}
    (low,), (high,) = fits.window_interval(counts, **options)
    (tight_low,), (tight_high,) = fits.window_interval(counts, **options, slope_prior=(0.025, 0.001))
    assert tight_high - tight_low < high - low


def test_a_spectrum_without_interval_keeps_its_symmetric_error(monkeypatch):
    monkeypatch.setattr("unsculpt.fits.sidebands.window_interval", lambda *a, **k: (np.array([np.nan]),) * 2)
    result = sideband_fit(1000 * FALLING, max_order=1)
    interval, value = result.window_yield_interval, result.window_yield
    assert interval["method"] == "asymptotic" and interval["high"] - interval["low"] == pytest.approx(2 * value.error)
