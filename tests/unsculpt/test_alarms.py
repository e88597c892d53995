"""Entropies of known spectra, information of known cuts, and when the alarm is given."""

import math

import numpy as np
import pytest

from unsculpt import alarms, metrics


def test_differential_entropy_of_a_falling_exponential(rng):
    slope = 2.0  # p = slope exp(-slope x) / (1 - exp(-slope)) on [0, 1]
    norm = 1 - math.exp(-slope)
    x = -np.log(1 - norm * rng.random(200_000)) / slope
    mean = 1 / slope - math.exp(-slope) / norm
    exact = -math.log(slope / norm) + slope * mean
    assert alarms.entropy(x, np.ones(len(x)), np.linspace(0, 1, 33)) == pytest.approx(exact, abs=3e-3)


def test_a_cut_on_the_mass_itself_has_the_information_of_the_cut(rng):
    mass_bin = rng.integers(0, 32, 50_000)
    information, _ = alarms.cut_information(mass_bin < 8, mass_bin, np.ones(50_000))
    assert information == pytest.approx(-(0.25 * math.log(0.25) + 0.75 * math.log(0.75)), abs=0.01)


@pytest.mark.parametrize("spread", [0.0, 0.6])
def test_random_cuts_have_the_information_of_the_floor(rng, spread):
    values = []
    for _ in range(100):
        weight = rng.uniform(1 - spread, 1 + spread, 5000)
        values.append(alarms.cut_information(rng.random(5000) < 0.3, rng.integers(0, 32, 5000), weight))
    information, floor = np.mean(values, axis=0)
    assert information == pytest.approx(floor, rel=0.1)


def test_a_cut_that_keeps_everything_says_nothing(rng):
    information, _ = alarms.cut_information(np.ones(100, bool), rng.integers(0, 4, 100), np.ones(100))
    assert information == pytest.approx(0, abs=1e-12)


def test_the_auc_of_the_alarm_is_that_of_the_metrics(rng):
    """Two implementations, so that an edit of the metrics does not train everything again."""
    signal, weight = rng.random(500) < 0.4, rng.uniform(0.2, 2, 500)
    score = np.round(rng.normal(signal, 1.0), 1)  # with ties
    expected = metrics.auc(score[signal], score[~signal], weights=(weight[signal], weight[~signal]))
    assert alarms.auc(score, signal, weight) == pytest.approx(expected, abs=1e-12)


def test_auc_with_integer_weights_is_that_of_repeated_events(rng):
    score, signal, weight = rng.integers(0, 20, 300) / 20, rng.random(300) < 0.4, rng.integers(1, 4, 300)
    repeated = alarms.auc(np.repeat(score, weight), np.repeat(signal, weight), np.ones(weight.sum()))
    assert alarms.auc(score, signal, weight.astype(float)) == pytest.approx(repeated, abs=1e-12)
    assert alarms.auc(-score, signal, weight.astype(float)) == pytest.approx(1 - repeated, abs=1e-12)


def test_median_cut_halves_the_weight(rng):
    score, weight = rng.random(10_001), rng.uniform(0.5, 1.5, 10_001)
    assert weight[score > alarms.median_cut(score, weight)].sum() / weight.sum() == pytest.approx(0.5, abs=1e-3)


def test_only_an_adversary_that_misses_a_real_dependence_is_dead():
    assert alarms.adversary_is_dead(information=0.3, floor=0.001, learnt=0.0)
    assert not alarms.adversary_is_dead(information=0.3, floor=0.001, learnt=0.5)
    assert not alarms.adversary_is_dead(information=0.0019, floor=0.001, learnt=0.0)  # nothing there to be learnt
