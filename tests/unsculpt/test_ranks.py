"""The distribution function with weights: uniform for the events that made it."""

import numpy as np

from unsculpt.ranks import distribution


def test_an_event_of_weight_two_is_two_events(rng):
    values, times = rng.normal(size=500), rng.integers(1, 4, 500)
    weighted = distribution(values, times.astype(float))
    at = rng.normal(size=100)
    np.testing.assert_allclose(weighted(values), distribution(np.repeat(values, times), np.ones(times.sum()))(values))
    assert (np.diff(weighted(np.sort(at))) >= 0).all()


def test_ranks_of_events_that_made_it_are_uniform_and_reach_from_zero_to_one(rng):
    values, weight = rng.gamma(2, 30, 20000), rng.uniform(0.2, 2, 20000)
    ranks = distribution(values, weight)(values)
    counts = np.histogram(ranks, 10, (0, 1), weights=weight)[0]
    np.testing.assert_allclose(counts / counts.sum(), 0.1, atol=1e-3)
    assert 0 < ranks.min() < 1e-3 and 1 - 1e-3 < ranks.max() < 1
