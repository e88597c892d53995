"""The trade-off plane draws every point with its errors, the limits and the criterion."""

import numpy as np
import pytest
import synthetic_results

from unsculpt.plots import style
from unsculpt.plots.tradeoff import tradeoff

CHOSEN = ("ann", "30")


@pytest.fixture
def points():
    return [p for method in synthetic_results.METHODS for p in synthetic_results.metrics(method)["points"]]


def named(panel, kind):
    return {artist[kind]: artist for artist in panel["drawn"] if kind in artist}


def test_each_point_has_errors_below_and_above(points, study, draw):
    left, _ = draw(tradeoff(points, CHOSEN, study, synthetic_results.comparison()))
    drawn = named(left, "points")
    ann = [p for p in points if p["method"] == "ann"]
    assert np.allclose(drawn["ANN"]["y"], [1 / p["jsd"]["value"] for p in ann])
    assert all(0 < low < y for low, y in zip(drawn["ANN"]["y_low"], drawn["ANN"]["y"], strict=True))
    assert "statistical limit 1/floor" in named(left, "line")


def test_a_point_without_a_number_is_left_out(points, study, draw):
    points[3]["jsd"] |= {"value": None, "error": None, "floor": None}
    points[4]["rejection"] = {"value": None, "error": None}
    left, _ = draw(tradeoff(points, CHOSEN, study, synthetic_results.comparison()))
    assert sum(y is not None for y in named(left, "points")["ANN"]["y"]) == 5


def test_the_spurious_signal_stands_beside_with_its_criterion(points, study, draw):
    comparison = synthetic_results.comparison()
    _, right = draw(tradeoff(points, CHOSEN, study, comparison))
    assert named(right, "line")["published criterion: 0.2"]["y"] == [0.2, 0.2]
    drawn = sorted(y for artist in right["drawn"] if "points" in artist for y in artist["y"])
    assert drawn == pytest.approx(sorted(row["n_sp_over_error"]["value"] for row in comparison["points"]))


def test_without_spurious_signals_there_is_one_panel(points, study, draw):
    comparison = synthetic_results.comparison()
    for row in comparison["points"]:
        row["n_sp_over_error"] = {"value": None, "error": None}
    assert len(draw(tradeoff(points, CHOSEN, study, comparison))) == 1


def test_the_error_of_training_widens_the_bars(points, study, draw):
    comparison = synthetic_results.comparison()
    events, _ = draw(tradeoff(points, CHOSEN, study, comparison))
    for point in points:
        point["rejection"] |= {"error": 0.5, "error_events": point["rejection"]["error"], "error_training": 0.49}
    both, _ = draw(tradeoff(points, CHOSEN, study, comparison))
    count = [sum("points" in artist for artist in panel["drawn"]) for panel in (events, both)]
    assert count[1] == 2 * count[0]


def test_the_limit_is_a_line_in_both_panels(points, draw):
    settings = {"window": {"objective": "none", "train_in": "window", "strengths": [0]}}
    settings |= {"window_cdf": {"transform": "cdf", "of": "window", "strengths": [0], "label": "Limit"}}
    study = style.Study(
        background="ttyy", **synthetic_results.SETTINGS | {"methods": synthetic_results.METHODS | settings}
    )
    comparison = synthetic_results.comparison()
    comparison["limit"] = comparison["points"][2] | {"method": "window_cdf"}
    for panel in draw(tradeoff(points, CHOSEN, study, comparison)):
        assert named(panel, "line")["limit: Limit"]["x"] == [comparison["limit"]["rejection"]["value"]] * 2


def test_fifteen_methods_are_told_apart_by_colour_and_marker():
    trained = {f"m{i}": {"objective": "disco", "strengths": [1]} for i in range(6)}
    trees = {name: {"objective": name, "strengths": [1]} for name in ("uboost", "flatness")}
    posthoc = {f"m0_{name}": {"transform": name, "of": "m0", "strengths": [1]} for name in ("cdf", "knn", "ddt", "css")}
    posthoc |= {"m1_cdf": {"transform": "cdf", "of": "m1", "strengths": [1]}}
    cut = {"pt": {"feature": "photon1_pt", "strengths": [0]}, "eta": {"feature": "photon1_eta", "strengths": [0]}}
    study = style.Study(background="ttyy", **synthetic_results.SETTINGS | {"methods": trained | trees | posthoc | cut})
    looks = {(study.colour(name), study.marker(name)) for name in study.methods}
    assert len(looks) == len(study.methods) == 15
    assert study.colour("m0_knn") == study.colour("m0") and study.line("m0_knn") != study.line("m0")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rejections", [True, False])
def test_a_study_without_any_divergence_still_has_its_plane(points, study, draw, rejections):
    comparison = synthetic_results.comparison()
    for point in points:
        point["jsd"] |= {"value": None, "error": None, "floor": None}
        point["rejection"] = {"value": 1.0, "error": 0.0} if rejections else {"value": None, "error": None}
    for row in comparison["points"]:
        row["rejection"] = row["n_sp_over_error"] = {"value": None, "error": None}
    comparison["limit"] = None
    (panel,) = draw(tradeoff(points, CHOSEN, study, comparison))
    assert not any(y for artist in panel["drawn"] if "points" in artist for y in artist["y"])
