"""Criteria against closed forms: chance, independence from the mass, the significance of a counting experiment."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from unsculpt import axes
from unsculpt.likelihood.significance import asimov_significance
from unsculpt.tuning.criteria import CRITERIA, Criterion, Held, Measured


def criterion(name, **changes):
    axis = axes.spectrum(np.arange(105, 161), (120, 130))
    return replace(Criterion(name, axis, 0.5, 2, "inclusive", 0.2, 0.1), **changes)


@pytest.fixture
def events(rng):
    """60,000 events in three folds, half of them signal; background falls, signal peaks; 30 and 3000 are expected."""
    n = 60000
    signal = np.arange(n) % 2 == 0
    mass = np.where(signal, rng.normal(125, 1.7, n), 105 + rng.exponential(28, n) % 55)
    weight = np.where(signal, 30, 3000) / (n / 2)
    return Held(torch.zeros(n, 0), signal, mass, weight, rng.integers(0, 3, n))


@pytest.fixture
def blind(events, rng):
    """A score that knows nothing of the mass: a rejection of five at half of the signal."""
    return np.where(events.signal, rng.normal(0, 1, len(events.mass)), rng.normal(-0.8416, 1, len(events.mass)))


def test_the_objective_is_mean_plus_one_standard_deviation():
    assert Measured(np.array([1.0, 2.0, 3.0])).value == pytest.approx(2 + 1)
    assert Measured(np.array([1.0, np.inf])).value == np.inf


def test_a_classifier_that_knows_nothing_has_the_loss_of_chance(events):
    assert np.allclose(criterion("loss").measure(np.zeros(len(events.mass)), events).folds, np.log(2))


def test_the_loss_gives_both_classes_the_same_weight(events):
    confident = np.where(events.signal, 3.0, 0.0)  # perfect on signal, chance on background
    expected = 0.5 * (np.log(2) + np.log1p(np.exp(-3)))
    assert np.allclose(criterion("loss").measure(confident, events).folds, expected)


def test_without_sculpting_only_the_rejection_counts(events, blind):
    measured = criterion("constrained").measure(blind, events)
    assert measured.details["jsd"] < 3 * measured.details["floor"]
    assert np.allclose(measured.folds, -np.log(5), atol=0.06)
    assert measured.details["rejection"] == pytest.approx(5, rel=0.03)


@pytest.mark.parametrize("name", ["constrained", "ratio", "significance"])
def test_criteria_prefer_a_weak_score_to_one_that_sculpts(name, events, blind):
    bump = np.exp(-0.5 * ((events.mass - 125) / 4) ** 2)
    free, sculpted = (criterion(name).measure(score, events) for score in (blind, blind + 4 * bump))
    assert sculpted.details["jsd"] > 20 * free.details["jsd"]
    assert free.value < sculpted.value


def test_more_than_the_tolerated_deviation_costs_as_much_as_the_rejection_that_it_buys(events, blind):
    """The limit of the JSD is the floor and the tolerated deviation, whatever the number of events is."""
    bump = np.exp(-0.5 * ((events.mass - 125) / 4) ** 2)
    tolerant, strict = (
        criterion("constrained", deviation_tolerance=tolerance).measure(blind + bump, events)
        for tolerance in (10.0, 0.05)
    )
    limit = strict.details["floor"] + 0.05**2 / (8 * np.log(2))
    assert np.allclose(strict.folds - tolerant.folds, np.log(strict.details["jsd"] / limit))
    assert strict.details["jsd"] > 2 * limit


def test_the_significance_is_that_of_the_count_in_the_window(events, blind):
    passed, window = blind >= np.median(blind[events.signal]), (events.mass >= 120) & (events.mass < 130)
    sums = [events.weight[(passed & region) & ~events.signal].sum() for region in (window, ~window)]
    transfer = window[~events.signal].sum() / (~window)[~events.signal].sum()
    estimate = transfer * sums[1]
    error = np.hypot(estimate / np.sqrt(sums[1]), sums[0] - estimate)
    expected = asimov_significance(events.weight[passed & window & events.signal].sum(), sums[0], error)
    assert -criterion("significance").measure(blind, events).folds.mean() == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("name", [name for name in CRITERIA if name != "significance"])
def test_all_weights_times_seven_change_nothing(name, events, blind):
    heavy = replace(events, weight=7 * events.weight)
    one, other = (criterion(name).measure(blind, e).folds for e in (events, heavy))
    assert np.allclose(one, other, rtol=1e-10)


@pytest.mark.parametrize("name", CRITERIA)
def test_a_classifier_that_diverged_is_the_worst(name, events):
    assert criterion(name).measure(np.full(len(events.mass), np.nan), events).value == np.inf


@pytest.mark.parametrize("name", ["constrained", "ratio", "significance"])
def test_a_classifier_that_says_the_same_of_all_events_is_the_worst(name, events):
    assert criterion(name).measure(np.zeros(len(events.mass)), events).value == np.inf


@pytest.mark.filterwarnings("error")
def test_without_background_in_the_sidebands_no_significance_is_promised(events, blind):
    inside = replace(events, mass=np.where(events.signal, events.mass, 120 + 10 * (events.mass - 105) / 56))
    assert criterion("significance").measure(blind, inside).value == np.inf
