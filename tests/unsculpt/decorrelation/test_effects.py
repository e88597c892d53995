"""What is told of a map is what an independent count of the same events gives."""

from dataclasses import replace

import numpy as np
import pytest
import score_toys as toys
from conftest import make_toy_events

from unsculpt.decorrelation import effects, transforms
from unsculpt.events import BACKGROUND, SIGNAL

SLOPE, PLACE = 0.02, 5  # of the score in the feature of this place, the momentum of a jet
WHERE = {"edges": toys.EDGES, "signal_efficiency": 0.5}


@pytest.fixture(scope="module")
def table():
    """Toy events in which the feature has a normal distribution, and weights are not equal."""
    events = make_toy_events(12000, seed=4)
    rng = np.random.default_rng(8)
    features = events.features.copy()
    features[:, PLACE] = rng.normal(3, 1, len(events))
    return replace(events, features=features, weight=rng.uniform(0.5, 2, len(events)))


@pytest.fixture(scope="module")
def score(table):
    """Scores whose mean is linear in the feature, and knows the mass."""
    x = table.features[:, PLACE].astype(float)
    noise = np.random.default_rng(9).uniform(-0.2, 0.2, len(table))
    return np.clip(0.5 + SLOPE * (x - 3) + 0.002 * (table.mass - 132.5) + 0.1 * table.where(SIGNAL) + noise, 0, 1)


def told(table, score, name, protected=("mass",)):
    maps = transforms.Maps(name, score, table, toys.SETTINGS, protected)
    after = maps(score, table, table.where(BACKGROUND))
    return after, effects.describe(maps, score, after, table, protected=protected, **WHERE)


def half_of_signal(table, score):
    """The cut that half of the signal passes."""
    signal = table.where(SIGNAL)
    order = np.argsort(-score[signal])
    cumulated = np.cumsum(table.weight[signal][order]) / table.weight[signal].sum()
    return score[signal][order][np.argmax(cumulated >= 0.5)]


def test_a_shift_in_a_feature_takes_out_the_slope_that_was_put_in(table, score):
    """Closed form: the mean after it is the mean, and the line is that of the toy."""
    _, content = told(table, score, "ddt", ("jet1_pt",))
    rows = table.where(BACKGROUND)
    edges, line = np.array(content["edges"][0]), content["line"]
    share = table.weight[rows] / table.weight[rows].sum()
    distance = table.features[rows, PLACE] - share @ table.features[rows, PLACE]
    fitted = share @ (distance * score[rows]) / (share @ distance**2)
    assert line["slope"] == pytest.approx(fitted, rel=0.05) and fitted == pytest.approx(SLOPE, abs=0.004)
    assert np.diff(line["value"]) / np.diff(edges) == pytest.approx(np.full(len(edges) - 1, line["slope"]))
    after, error = (np.array(content["mean"]["after"][key], float) for key in ("value", "error"))
    known = np.isfinite(after)
    pulls = (after[known] - share @ score[rows]) / error[known]
    assert known.sum() > 15 and np.sum(pulls**2) < known.sum() + 4 * np.sqrt(2 * known.sum())
    before = np.array(content["mean"]["before"]["value"], float)[known]
    assert np.polyfit((edges[1:] + edges[:-1])[known] / 2, before, 1)[0] == pytest.approx(SLOPE, abs=0.006)


def test_efficiencies_and_means_are_those_of_a_histogram(table, score):
    after, content = told(table, score, "css")
    rows, edges = table.where(BACKGROUND), np.array(content["edges"][0])
    assert len(edges) == 12 and content["learnt"]["alpha"] > 0
    weight, mass = table.weight[rows], table.mass[rows]
    total = np.histogram(mass, edges, weights=weight)[0]
    for name, values in (("before", score), ("after", after)):
        passed, found = values[rows] >= half_of_signal(table, values), content["efficiency"][name]
        assert found["inclusive"] == pytest.approx(weight[passed].sum() / weight.sum())
        share = np.histogram(mass[passed], edges, weights=weight[passed])[0] / total
        assert found["value"] == pytest.approx(share)
        variance = np.histogram(mass, edges, weights=weight**2)[0] * share * (1 - share) / total**2
        assert found["error"] == pytest.approx(np.sqrt(variance), rel=0.1)
        means = np.histogram(mass, edges, weights=weight * values[rows])[0] / total
        assert content["mean"][name]["value"] == pytest.approx(means)


def test_the_cut_of_a_map_is_the_quantile_of_background_in_each_bin(table, score):
    _, content = told(table, score, "knn")
    cut = {name: np.array(values, float) for name, values in content["cut"].items()}
    rows, edges = table.where(BACKGROUND), np.array(content["edges"][0])
    efficiency = content["efficiency"]["after"]["inclusive"]
    for i in (0, 3, 5):
        own = rows & (table.mass >= edges[i]) & (table.mass < edges[i + 1])
        order = np.argsort(score[own])
        above = 1 - np.cumsum(table.weight[own][order]) / table.weight[own].sum()
        assert cut["measured"][i] == pytest.approx(score[own][order][np.argmax(above <= efficiency)], abs=0.003)
    assert (cut["low"] <= cut["measured"]).all() and (cut["measured"] <= cut["high"]).all()
    width = (cut["high"] - cut["low"]) / 2
    assert np.mean(np.abs(cut["learnt"] - cut["measured"]) < 4 * width + 0.01) > 0.8
    assert np.polyfit(edges[:-1], cut["learnt"], 1)[0] > 0.001  # it follows the mass


def test_a_plane_has_a_row_for_each_bin_of_the_first_variable(table, score):
    after, content = told(table, score, "ddt", ("mass", "jet1_pt"))
    x, y = map(np.array, content["edges"])
    rows = table.where(BACKGROUND)
    values = table.mass[rows], table.features[rows, PLACE].astype(float)
    total, squares = (np.histogram2d(*values, (x, y), weights=table.weight[rows] ** k)[0] for k in (1, 2))
    known = total**2 > effects.FEW * squares
    found = np.array(content["efficiency"]["after"]["value"], float)
    assert found.shape == known.shape and np.array_equal(np.isfinite(found), known) and 50 < known.sum() < known.size
    passed = after[rows] >= half_of_signal(table, after)
    kept = np.histogram2d(*(v[passed] for v in values), (x, y), weights=table.weight[rows][passed])[0]
    assert found[known] == pytest.approx(kept[known] / total[known])
    assert content["learnt"]["slope"] == pytest.approx([0.002, SLOPE], abs=0.004)
    assert "mean" not in content


def test_a_map_of_scores_that_order_nothing_still_has_efficiencies(table, score, caplog):
    dead = np.where(table.fold == 0, 0.5, score)
    _, content = told(table, dead, "css")
    assert content["learnt"] is None and None not in content["efficiency"]["after"]["value"]
    assert len(caplog.messages) == 1
