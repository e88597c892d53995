"""A linear trend is taken out exactly, and nothing more."""

import numpy as np
import pytest
import score_toys as toys

from unsculpt.decorrelation import ddt
from unsculpt.decorrelation.samples import MapSettings, Sample


def test_an_exactly_linear_dependence_is_removed(rng):
    mass, weight = toys.masses(2000, rng), rng.uniform(0.5, 2, 2000)
    score = 0.5 + 0.004 * (mass - 132.5)
    mapped = ddt.learn(Sample(score, mass, weight), None, toys.SETTINGS)(score, mass)
    assert mapped == pytest.approx(np.full(2000, 1.5 / 3), abs=1e-12)


def test_the_mean_of_the_new_score_has_no_trend_in_the_mass(rng):
    sample = toys.background(5000, rng, trend=2.0, weights=rng.uniform(0.5, 2, 5000))
    mapped = ddt.learn(sample, None, toys.SETTINGS)(sample.score, sample.variable)
    assert ddt.trend(sample) > 0.005
    assert ddt.trend(Sample(mapped, sample.variable, sample.weight)) == pytest.approx(0, abs=1e-15)


def test_an_event_of_weight_three_is_three_events(rng):
    sample, times = toys.background(300, rng, trend=1.0), rng.integers(1, 4, 300)
    weighted = Sample(sample.score, sample.variable, times.astype(float))
    assert ddt.trend(weighted) == pytest.approx(ddt.trend(toys.repeated(sample, times)), rel=1e-12)


def test_two_variables_have_a_slope_each(rng):
    plane = rng.normal(size=(2000, 2))
    sample = Sample(0.5 + plane @ [0.01, -0.02], plane, rng.uniform(0.5, 2, 2000))
    learnt = ddt.learn(sample, None, MapSettings(-1, 1, 0.02, 0.5))
    assert learnt.about()["slope"] == pytest.approx([0.01, -0.02])
    assert learnt.unscaled(learnt(sample.score, plane)) == pytest.approx(np.full(2000, 0.5))


def test_no_event_is_shifted_out_of_the_range_of_scores_by_a_far_value(rng):
    values = np.append(rng.normal(size=1000), [1e4, -1e4])
    mapped = ddt.Shift(0.3, 0.0)(np.full(1002, 0.5), values)
    assert mapped[-2:] == pytest.approx([0.5 / 3, 2.5 / 3]) and mapped.min() >= 0 and mapped.max() <= 1


def test_no_shift_leaves_the_unit_interval(rng):
    """The steepest line that scores can have: all 0 below the middle of the range and all 1 above it."""
    mass = rng.uniform(105, 160, 20000)
    sample = Sample((mass > 132.5).astype(float), mass, np.ones(20000))
    assert abs(ddt.trend(sample)) * 55 / 2 < 1
    mapped = ddt.learn(sample, None, toys.SETTINGS)(sample.score, mass)
    assert mapped.min() > 0 and mapped.max() < 1
