"""Cuts on a score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from sklearn.metrics import roc_auc_score, roc_curve

from unsculpt import metrics
from unsculpt.errors import InputError

SHIFT = 1.4  # between the means of two normal classes of unit width
events = st.lists(st.tuples(st.integers(0, 6), st.floats(0.1, 5)), min_size=2, max_size=20)


def gaussians(rng, n=40000):
    return rng.normal(SHIFT, 1, n), rng.normal(0, 1, n), (rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5, n))


def test_two_gaussians_have_the_known_area_and_rejection(rng):
    signal, background, weights = gaussians(rng)
    assert metrics.auc(signal, background, weights=weights) == pytest.approx(ndtr(SHIFT / np.sqrt(2)), abs=0.006)
    efficiency = metrics.roc(signal, background, [0.5], weights=weights)[0]
    assert 1 / efficiency == pytest.approx(1 / ndtr(-SHIFT), rel=0.05)
    targets = np.linspace(0.05, 0.95, 19)
    expected = ndtr(-SHIFT + ndtri(targets))
    assert metrics.roc(signal, background, targets, weights=weights) == pytest.approx(expected, abs=0.012)


def test_area_and_curve_are_those_of_scikit_learn_with_weights_and_ties(rng):
    signal, background, weights = gaussians(rng, 500)
    signal, background = np.round(signal, 1), np.round(background, 1)
    truth = np.repeat([1, 0], 500)
    score, weight = np.concatenate([signal, background]), np.concatenate(weights)
    expected = roc_auc_score(truth, score, sample_weight=weight)
    assert metrics.auc(signal, background, weights=weights) == pytest.approx(expected, rel=1e-12)
    false, true, _ = roc_curve(truth, score, sample_weight=weight, drop_intermediate=False)
    middle = (true[1:] + true[:-1]) / 2
    rising = np.diff(true) > 0
    ours = metrics.roc(signal, background, middle[rising], weights=weights)
    assert ours == pytest.approx(((false[1:] + false[:-1]) / 2)[rising], abs=1e-12)


@given(events, events, st.floats(0.01, 100))
def test_the_area_is_antisymmetric_bounded_and_knows_no_scale_of_weights(first, second, scale):
    (s, ws), (b, wb) = np.array(first, float).T, np.array(second, float).T
    if len(np.unique(np.concatenate([s, b]))) == 1:
        return
    area = metrics.auc(s, b, weights=(ws, wb))
    assert 0 <= area <= 1 + 1e-12
    assert metrics.auc(b, s, weights=(wb, ws)) == pytest.approx(1 - area)
    assert metrics.auc(s, b, weights=(scale * ws, wb)) == pytest.approx(area)
    assert metrics.auc(np.exp(s), np.exp(b), weights=(ws, wb)) == pytest.approx(area)


@given(events, events)
def test_the_curve_rises_from_nothing_to_everything_that_lies_above_the_last_signal(first, second):
    (s, ws), (b, wb) = np.array(first, float).T, np.array(second, float).T
    if len(np.unique(np.concatenate([s, b]))) == 1:
        return
    curve = metrics.roc(s, b, np.linspace(0, 1, 30), weights=(ws, wb))
    assert curve[0] == 0 and np.all(np.diff(curve) >= -1e-12)
    assert curve[-1] == pytest.approx(wb[b >= s.min()].sum() / wb.sum())


def test_negative_weights_take_events_away(rng):
    signal, background, _ = gaussians(rng, 400)
    plain = np.ones(400), np.ones(400)
    double = np.concatenate([np.full(400, 2.0), np.full(400, -1.0)])
    twice = np.tile(signal, 2), np.tile(background, 2)
    assert metrics.auc(*twice, weights=(double, double)) == pytest.approx(
        metrics.auc(signal, background, weights=plain)
    )
    targets = np.linspace(0, 1, 11)
    assert metrics.roc(*twice, targets, weights=(double, double)) == pytest.approx(
        metrics.roc(signal, background, targets, weights=plain)
    )


@given(events, st.floats(0.01, 0.99))
def test_a_cut_keeps_its_efficiency_and_the_next_tighter_one_does_not(sample, target):
    score, weight = np.array(sample, float).T
    cut = metrics.cut_at_efficiency(score, target, weights=weight)
    assert weight[score >= cut].sum() / weight.sum() >= target - 1e-9
    assert weight[score > cut].sum() / weight.sum() < target + 1e-9


def test_the_efficiency_of_a_fixed_cut_has_the_error_of_its_toys(rng):
    results = []
    for _ in range(400):
        weights = rng.exponential(size=300)
        results.append(metrics.efficiency(rng.random(300) < 0.3, weights=weights))
    assert np.mean([r.value for r in results]) == pytest.approx(0.3, abs=0.01)
    assert np.mean([r.error for r in results]) == pytest.approx(np.std([r.value for r in results]), rel=0.12)


def test_accuracy_gives_both_classes_the_same_say():
    signal, background = np.array([0.9, 0.4]), np.array([0.1, 0.2, 0.3, 0.5])
    overall, of_signal, of_background = metrics.accuracy(
        signal, background, weights=(np.array([3.0, 1.0]), np.ones(4) * 100)
    )
    assert (overall, of_signal, of_background) == (0.75, 0.75, 0.75)


def test_a_constant_score_is_as_good_as_chance():
    scores, weights = (np.full(3, 0.5), np.full(2, 0.5)), (np.ones(3), np.ones(2))
    assert metrics.auc(*scores, weights=weights) == 0.5
    assert metrics.roc(*scores, [0.0, 0.3, 1.0], weights=weights) == pytest.approx([0.0, 0.3, 1.0])


def test_an_empty_class_and_a_score_that_is_no_number_are_refused():
    with pytest.raises(InputError, match="scores of the background: there are no events"):
        metrics.roc(np.ones(3), np.array([]), [0.5], weights=(np.ones(3), np.array([])))
    with pytest.raises(InputError, match="value of event 0 is nan"):
        metrics.auc(np.array([np.nan, 1]), np.ones(2), weights=(np.ones(2), np.ones(2)))


def test_where_no_background_passes_the_efficiency_is_zero_and_not_its_rounding():
    """The one event of background has the score of the first signal that the target leaves out."""
    found = []
    for number in range(3, 40):
        for passing in range(1, number):
            signal = -np.arange(number, dtype=float)
            background = np.array([signal[passing], -1e3])
            weights = (np.full(number, 0.1), np.ones(2))
            found.append(metrics.roc(signal, background, [passing / number], weights=weights)[0])
    assert found == [0.0] * len(found)
