"""Boosted trees lose the mass with strength, see weights as events, and never score what they trained on."""

import numpy as np
import pytest
from conftest import make_toy_events
from hep_ml import uboost

from unsculpt import examples
from unsculpt.decorrelation import trees
from unsculpt.events import BACKGROUND, SIGNAL

FAST = trees.TreeSettings(estimators=15, max_depth=3, max_events=2000)


@pytest.fixture(scope="module")
def table():
    return make_toy_events(9000, seed=2)


@pytest.fixture(scope="module")
def data(table):
    return examples.from_events(table, mass_range=(105, 160), folds=3)


@pytest.mark.parametrize(("objective", "strength"), [("uboost", 1.0), ("flatness", 30.0)])
def test_strength_flattens_the_background_efficiency(table, data, objective, strength):
    def spread(values):
        background, signal = table.where(BACKGROUND), table.where(SIGNAL)
        passed = values[background] > np.quantile(values[signal], 0.5)
        total, selected = (np.histogram(table.mass[background][k], 8)[0] for k in (slice(None), passed))
        return np.std(selected / total) / passed.mean()

    spreads = [spread(trees.out_of_fold(objective, s, table, data, FAST, 1)[0]) for s in (0.0, strength)]
    assert spreads[1] < 0.7 * spreads[0]


@pytest.mark.parametrize("objective", trees.ALGORITHMS)
def test_the_scores_of_a_fold_do_not_depend_on_its_own_labels(table, data, objective):
    """The held-out fold exchanges signal and background: its scores stay, bit for bit, and it is told apart at all."""
    here = data.fold == 0
    label = data.label.clone()
    label[here] = 1 - label[here]
    other = examples.Examples(**(vars(data) | {"label": label}))
    settings = trees.TreeSettings(estimators=5, max_events=1000)
    scores = [trees.out_of_fold(objective, 1.0, table, d, settings, 1)[0][table.fold == 0] for d in (data, other)]
    assert np.array_equal(*scores)
    labels = table.label[table.fold == 0]
    assert scores[0][labels == SIGNAL].mean() > scores[0][labels == BACKGROUND].mean()
    assert scores[0].min() >= 0 and scores[0].max() <= 1


@pytest.mark.parametrize("objective", trees.ALGORITHMS)
def test_the_last_losses_are_those_of_the_scores(table, data, objective):
    """Of the held-out events with their weights, both classes alike; of those that trained they are lower."""
    scores, histories = trees.out_of_fold(objective, 0.0, table, data, FAST, 1)
    for history in histories:
        losses = []
        for label in (BACKGROUND, SIGNAL):
            own = table.where(label) & (table.fold == history["fold"]) & (table.weight > 0)
            right = np.abs(1 - label - scores[own])
            losses.append(np.average(-np.log(right), weights=table.weight[own]))
        assert history["classifier_validation"][-1] == pytest.approx(np.mean(losses), rel=1e-5)
        train, held_out = history["classifier_train"], history["classifier_validation"]
        assert len(train) == len(held_out) == len(history["epochs"]) == FAST.estimators
        assert train[-1] < held_out[-1] < held_out[0]
        assert max(np.diff(train)) < 0.01  # boosting goes down this path


def test_equal_weights_draw_every_event_once(data):
    equal = examples.Examples(**(vars(data) | {"weight": data.weight * 0 + 1}))
    drawn = trees.drawn(equal, 0, 10**6, np.random.default_rng(1))
    rows = np.flatnonzero(equal.fold.numpy() != 0)
    assert np.array_equal(np.sort(drawn.mass), np.sort(equal.mass.numpy()[rows]))


def test_events_are_drawn_as_often_as_their_weights_say(data):
    weight = data.weight * 0 + 1
    weight[::2] = 3
    weighted = examples.Examples(**(vars(data) | {"weight": weight}))
    drawn = trees.drawn(weighted, 0, 1000, np.random.default_rng(1))
    heavy = np.isin(drawn.mass, data.mass.numpy()[::2])
    assert len(drawn.mass) == 2000 and heavy.mean() == pytest.approx(0.75, abs=0.03)


def test_hep_ml_ignores_weights_where_it_sets_its_cut(rng):
    """Why events are drawn with their weights: the cut of the target efficiency counts events, whatever they weigh."""
    label, score = np.repeat([0, 1], 5000), rng.normal(size=10000)
    weight = np.where(score > 0, 9.0, 1.0)
    model = uboost.uBoostBDT(["mass"], 0, target_efficiency=0.7)
    model.signed_uniform_label, model.knn_indices = -1, np.arange(10000)[:, None].repeat(2, 1)
    cut = model._compute_uboost_multipliers(weight, score, label)[1]
    failing = score[label == 0] < cut
    assert failing.mean() == pytest.approx(0.7, abs=0.01)
    assert np.average(failing, weights=weight[label == 0]) < 0.5


def test_neighbours_are_the_nearest_of_the_same_class(rng):
    data = trees.Training(np.zeros((60, 1)), np.repeat([0, 1], 30), rng.random(60))
    found = trees.neighbours(data, 5)
    for row in (3, 45):
        same = np.flatnonzero(data.label == data.label[row])
        nearest = same[np.argsort(np.abs(data.mass[same] - data.mass[row]))[:5]]
        assert set(found[row]) == set(nearest)
