"""The Neyman construction: a counting experiment has it in closed form, and few events need it."""

import numpy as np
import pytest
from scipy.stats import poisson
from toy_categories import channel, uncertain

from unsculpt.likelihood import construction
from unsculpt.likelihood.combination import lowest_mu
from unsculpt.likelihood.descent import fit
from unsculpt.likelihood.simultaneous import Simultaneous, build, constraint_centres


def counting(background):
    """One bin with a known background and one expected signal event."""
    one, nothing = np.ones((1, 1)), np.zeros(1)
    known = np.array([[1.0, 1.0, 1e14]])
    start = np.zeros((1, 3))
    return Simultaneous(
        ("c",), one[..., None], background * one, one, nothing, nothing, nothing, 0.0, start, start, known
    )


def exact(n, background, mu):
    """Probability of counts that are at most as likely, against their best signal, as n: Feldman and Cousins."""
    counts = np.arange(200)
    ratio = poisson.logpmf(counts, mu + background) - poisson.logpmf(counts, np.maximum(counts, background))
    return poisson.pmf(counts, mu + background)[ratio <= ratio[n] + 1e-9].sum()


@pytest.mark.parametrize(("n", "background", "low", "high"), [(3, 1e-6, 1.10, 5.30), (4, 3.0, 0.0, 3.78)])
def test_a_counting_experiment_has_the_interval_of_feldman_and_cousins(rng, n, background, low, high):
    model, data = counting(background), np.array([[float(n)]])
    strengths = np.array([0.3, 1.0, 2.3, 3.5, 5.0, 7.0])
    found = construction.p_values(model, np.tile(data, (6, 1, 1)), strengths, toys=4000, rng=rng)
    wanted = [exact(n, background, mu) for mu in strengths]
    assert found == pytest.approx(wanted, abs=0.03)
    grid = np.linspace(0, 12, 2401)
    inside = grid[[exact(n, background, mu) >= 1 - construction.LEVEL for mu in grid]]
    assert [inside[0], inside[-1]] == pytest.approx([low, high], abs=0.05)
    interval = construction.interval(model, data, toys=2000, rng=rng)
    assert [interval.low, interval.high] == pytest.approx([low, high], abs=0.5)  # p-values of counts jump


def test_no_events_give_an_interval_from_zero(rng):
    interval = construction.interval(counting(3.0), np.zeros((1, 1)), toys=1000, rng=rng)
    assert interval.low == 0.0 and interval.strength.value == 0.0 and interval.strength.error_low == 0.0
    assert 0 < interval.high < 1.29  # what no event without background allows


def test_toys_cover_where_the_asymptotic_interval_does_not(rng):
    """Four categories of one background event each, without signal."""
    channels = [channel(f"c{i}", 3, 1, slope_prior=(1 / 28, 0.007)) for i in range(4)]
    model = build(channels, uncertain(channels))
    data = rng.poisson(model.expected(0.0), size=(150, *model.signal.shape)).astype(float)
    centres = constraint_centres(model, len(data), rng)
    best = fit(model, data, lower=lowest_mu(model), centres=centres)
    there = fit(model, data, mu=0.0, start=best, centres=centres)
    assert np.mean(2 * (there.nll - best.nll) < 1) < 0.6
    found = construction.p_values(model, data, 0.0, toys=50, rng=rng, centres=centres)
    assert np.mean(found >= 1 - construction.LEVEL) == pytest.approx(0.66, abs=0.08)


def test_many_events_have_the_interval_of_the_likelihood(rng):
    model = build([channel("a", 100, 2000)])
    data = model.expected(1.0)
    best = fit(model, data)
    interval = construction.interval(model, data, toys=1500, rng=rng)
    assert interval.strength.value == pytest.approx(1.0, abs=1e-3)
    for error in (interval.strength.error_low, interval.strength.error_high):
        assert error == pytest.approx(best.mu_error[0], rel=0.12)


def test_the_same_seed_gives_the_same_interval():
    model = build([channel("a", 3, 2)])
    one, two = (
        construction.interval(model, model.expected(1.0), toys=50, rng=np.random.default_rng(3)) for _ in range(2)
    )
    assert one == two
