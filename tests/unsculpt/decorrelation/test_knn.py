"""The efficiency at the working point is the same at every mass."""

import numpy as np
import pytest
import score_toys as toys

from unsculpt.decorrelation import knn
from unsculpt.decorrelation.samples import Sample
from unsculpt.weighted import effective_number


def test_the_background_efficiency_at_the_working_point_is_flat(rng):
    background, signal = toys.background(20000, rng, bump=1.0, trend=1.0), toys.signal(5000, rng, 2.0)
    apply = knn.learn(background, signal, toys.SETTINGS)
    other = toys.background(20000, rng, bump=1.0, trend=1.0)
    passed = apply(other.score, other.variable) > 0.5
    assert toys.chi2(other, other.score, passed.mean()) > 8
    assert toys.chi2(other, passed.astype(float) + 1e-9 * rng.random(20000), passed.mean()) < 2.5


def test_half_of_the_signal_passes(rng):
    background, signal = toys.background(10000, rng, bump=1.0), toys.signal(5000, rng, 2.0)
    apply = knn.learn(background, signal, toys.SETTINGS)
    assert np.mean(apply(signal.score, signal.variable) > 0.5) == pytest.approx(0.5, abs=0.01)


def test_the_cut_is_the_quantile_of_the_neighbours_by_brute_force(rng):
    sample = toys.background(4000, rng, trend=1.0)
    order = np.argsort(sample.variable)
    sample = Sample(sample.score[order], sample.variable[order], sample.weight)
    cut = knn.local_cut(sample, np.array([125.0]), 0.2)[0]
    centre = np.searchsorted(sample.variable, 125.0)
    near = sample.score[centre - 250 : centre + 250]  # 100 of 500 pass
    assert cut == pytest.approx(np.quantile(near, 0.8), abs=0.005)


def test_weights_count_as_events(rng):
    sample, times = toys.background(4000, rng), rng.integers(1, 4, 4000)
    order = np.argsort(sample.variable)
    sample = Sample(sample.score[order], sample.variable[order], times[order].astype(float))
    mass = np.array([110.0, 125.0, 150.0])
    ones = toys.repeated(sample, times[order])
    share = knn.PASSING / effective_number(sample.weight) * effective_number(ones.weight)
    weighted = knn.local_cut(sample, mass, 0.5)
    knn_passing, knn.PASSING = knn.PASSING, share
    try:
        assert weighted == pytest.approx(knn.local_cut(ones, mass, 0.5), abs=0.01)
    finally:
        knn.PASSING = knn_passing


def test_signal_that_never_reaches_the_working_point_still_gets_a_cut(rng):
    background = toys.background(2000, rng)
    hopeless = Sample(1e-6 * rng.random(100), np.full(100, 125.0), np.ones(100))
    apply = knn.learn(background, hopeless, toys.SETTINGS)
    assert np.isfinite(apply(background.score, background.variable)).all()
