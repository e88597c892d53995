"""Distance correlation against its definition, and profiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from unsculpt import metrics
from unsculpt.errors import InputError

events = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5), st.floats(0.1, 3)), min_size=2, max_size=40)


def by_pairs(x, y, weights):
    """The distance correlation as it is defined: doubly centred matrices of all pairs."""
    p = weights / weights.sum()

    def centred(values):
        distance = np.abs(values[:, None] - values)
        return distance - (distance @ p)[:, None] - p @ distance + p @ distance @ p

    a, b, pairs = centred(x), centred(y), np.outer(p, p)
    variances = np.sum(pairs * a * a) * np.sum(pairs * b * b)
    return np.sqrt(max(np.sum(pairs * a * b), 0) / np.sqrt(variances))


@given(events)
def test_it_is_the_definition_by_pairs_with_weights_and_ties(sample):
    x, y, weights = np.array(sample, float).T
    found = metrics.distance_correlation(x, y, weights=weights)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert (found.value, found.error, found.p_value) == (0, 0, 1)
        return
    assert found.value == pytest.approx(by_pairs(x, y, weights), abs=1e-6)
    assert found.error > 0 and 0 <= found.p_value <= 1


@pytest.mark.parametrize("n", [2, 3, 17, 64, 65, 500])
def test_it_is_the_definition_for_any_number_of_events(rng, n):
    x, weights = rng.normal(size=n), rng.uniform(0.2, 2, n)
    y = x**2 + rng.normal(size=n)
    found = metrics.distance_correlation(x, y, weights=weights)
    assert found.value == pytest.approx(by_pairs(x, y, weights), rel=1e-10)


def test_a_few_negative_weights_take_events_away(rng):
    x = rng.normal(size=300)
    y = x + rng.normal(size=300)
    twice = np.concatenate([x, x]), np.concatenate([y, y])
    signs = np.concatenate([np.full(300, 2.0), np.full(300, -1.0)])
    one = metrics.distance_correlation(x, y, weights=np.ones(300))
    assert metrics.distance_correlation(*twice, weights=signs).value == pytest.approx(one.value)


def test_a_line_has_one_and_scale_and_shift_change_nothing(rng):
    x, y, weights = rng.normal(size=(3, 100))
    weights = np.abs(weights) + 0.1
    assert metrics.distance_correlation(x, 3 - 2 * x, weights=weights).value == pytest.approx(1)
    one = metrics.distance_correlation(x, y, weights=weights)
    other = metrics.distance_correlation(-7 * y + 3, 1000 + x, weights=7 * weights)
    for name in ("value", "error", "floor", "p_value"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-3)


def test_it_sees_what_the_linear_correlation_does_not(rng):
    x = rng.normal(size=2000)
    y = x**2 + 0.3 * rng.normal(size=2000)
    assert abs(metrics.correlation(x, y, weights=np.ones(2000)).value) < 0.15
    found = metrics.distance_correlation(x, y, weights=np.ones(2000))
    assert found.value > 0.4 and found.p_value < 1e-6


def test_independent_variables_show_the_floor_and_uniform_p_values(rng):
    results = [
        metrics.distance_correlation(
            rng.exponential(size=300), rng.normal(size=300), weights=rng.uniform(0.2, 1.8, 300)
        )
        for _ in range(600)
    ]
    squares = np.mean([r.value**2 for r in results]) / np.mean([r.floor**2 for r in results])
    assert squares == pytest.approx(1, abs=0.05)
    p_values = np.array([r.p_value for r in results])
    for limit in (0.3, 0.05, 0.01):
        assert np.mean(p_values < limit) == pytest.approx(limit, abs=4 * np.sqrt(limit / 600))
    assert kstest(p_values[p_values < 0.5], "uniform", args=(0, 0.5)).pvalue > 1e-3


@pytest.mark.parametrize("strength", [0.2, 1.0])
def test_the_error_is_the_spread_of_independent_samples(rng, strength):
    results = []
    for _ in range(250):
        x = rng.exponential(size=400)
        y = strength * x + rng.normal(size=400)
        results.append(metrics.distance_correlation(x, y, weights=rng.uniform(0.2, 1.8, 400)))
    errors = np.sqrt(np.mean([r.error**2 for r in results]))
    assert errors == pytest.approx(np.std([r.value for r in results]), rel=0.15)


def test_bad_input_gets_one_sentence():
    with pytest.raises(InputError, match="there are no events"):
        metrics.distance_correlation(np.array([]), np.array([]), weights=np.array([]))
    with pytest.raises(InputError, match="value of event 1 is nan"):
        metrics.distance_correlation(np.ones(2), np.array([1.0, np.nan]), weights=np.ones(2))
    with pytest.raises(InputError, match="negative weights leave no spread"):
        metrics.distance_correlation(np.array([0.0, 1, 9]), np.array([0.0, 1, 9]), weights=np.array([9.0, 9, -6]))


def test_a_profile_is_the_mean_in_each_bin_with_the_error_of_toys(rng):
    means, errors = [], []
    for _ in range(200):
        index, weights = rng.integers(0, 3, 300), rng.exponential(size=300)
        mean, error = metrics.profile(index, rng.normal(index, 1 + index), weights=weights, bins=3)
        means.append(mean)
        errors.append(error)
    assert np.mean(means, axis=0) == pytest.approx([0, 1, 2], abs=0.08)
    assert np.mean(errors, axis=0) == pytest.approx(np.std(means, axis=0), rel=0.15)


def test_a_bin_without_events_has_no_mean_and_one_event_no_error():
    mean, error = metrics.profile(np.array([0, 2, 2]), np.array([5.0, 1, 3]), weights=np.ones(3), bins=4)
    assert mean[0] == 5 and mean[2] == 2
    assert np.isnan(mean).tolist() == [False, True, False, True]
    assert np.isnan(error).tolist() == [True, True, False, True]
