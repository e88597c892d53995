"""The figure of a search: each trial, the best so far, and the importances."""

import numpy as np
import pytest

from unsculpt.plots import tuning

VALUES = [0.60, 0.55, 0.58, None, 0.50, 40.0, 0.52]


def result(values=VALUES, importance=True):
    trials = [
        {
            "number": number,
            "state": "pruned" if value is None else "complete",
            "value": value,
            "folds": [0.7, 0.8] if value is None else [value - 0.02, value - 0.01],
        }
        for number, value in enumerate(values)
    ]
    ranking = [("learning_rate", 0.7, 0.1), ("log2_units", 0.3, 0.2)] if importance else []
    return {
        "criterion": "loss",
        "trials": trials,
        "importance": [dict(zip(("parameter", "value", "error"), entry, strict=True)) for entry in ranking],
        "choice": {"own": {"validation": {"value": 0.57}}},
    }


def named(panel, kind, name):
    return next(artist for artist in panel["drawn"] if artist.get(kind) == name)


def test_the_best_so_far_never_rises_and_ends_at_the_best_trial(study, draw):
    history = draw(tuning.search(result(), study))[0]
    best = named(history, "line", "Best objective so far")["y"]
    assert np.all(np.diff(best) <= 0) and best[-1] == 0.50


def test_the_objective_is_the_upper_end_of_the_bar_of_a_trial(study, draw):
    points = named(draw(tuning.search(result(), study))[0], "points", "Trial")
    assert points["y_high"] == pytest.approx([value for value in VALUES if value is not None])
    assert points["y"][0] == pytest.approx(0.585)


def test_a_trial_far_above_the_others_does_not_flatten_them(study):
    low, high = tuning.search(result(), study).axes[0].get_ylim()
    assert low < 0.5 and 0.6 < high < 2


def test_importances_carry_their_errors(study, draw):
    panel = draw(tuning.search(result(), study))[1]
    (points,) = [artist for artist in panel["drawn"] if "points" in artist]
    assert points["x"] == [0.7, 0.3] and points["x_low"] == pytest.approx([0.6, 0.1])


def test_a_few_trials_have_no_panel_of_importances(study, draw):
    assert len(draw(tuning.search(result(VALUES[:1], importance=False), study))) == 1
