"""Figures of the metrics draw every point, and leave out what does not exist."""

import json

import numpy as np
import pytest
import synthetic_results

from unsculpt.plots import metrics

CHOSEN = ("ann", "30")


@pytest.fixture
def points():
    return [p for method in synthetic_results.METHODS for p in synthetic_results.metrics(method)["points"]]


def test_the_roc_figure_has_every_point_and_the_random_line(points, study, draw):
    panel = draw(metrics.roc(points, study))[0]
    names = {a.get("line") for a in panel["drawn"]}
    assert names >= {study.name(p["method"], p["tag"]) for p in points} | {"random"}


def test_the_ratio_of_the_plain_classifier_to_itself_is_one(points, study, draw):
    ratio = draw(metrics.roc(points, study))[1]["drawn"]
    plain = next(a["y"] for a in ratio if a.get("line") == "NN")
    assert all(y is None or y == pytest.approx(1) for y in plain)


def test_of_a_large_grid_each_method_shows_its_best_or_strongest_point(points, study):
    comparison = synthetic_results.comparison()
    assert metrics.of_each_method(points, study, comparison) == points
    many = points + [{**points[1], "tag": f"{i}"} for i in range(40, 50)]
    shown = metrics.of_each_method(many, study, comparison)
    best = [(e["best"] or e["strongest"]) for e in comparison["methods"]]
    assert {(p["method"], p["tag"]) for p in shown} == {(row["method"], row["tag"]) for row in best} | {("nn", "0")}


def test_the_score_profile_shows_both_classes_of_plain_and_chosen(points, study, draw):
    panels = draw(metrics.score_profile(points, CHOSEN, study))
    assert len(panels) == 2
    for panel, tag in zip(panels, ("0", "30"), strict=True):
        point = next(p for p in points if p["tag"] == tag)
        drawn = [a["y"] for a in panel["drawn"] if "points" in a]
        assert drawn == [point["curves"]["score_profile"][role]["value"] for role in ("signal", "background")]


def test_the_jsd_figure_has_the_floor_below_the_points(points, study, draw):
    (panel,) = draw(metrics.jsd(points, study))
    floor = next(a for a in panel["drawn"] if a.get("band") == "floor")
    assert min(floor["y"]) > 0
    assert max(floor["y"]) <= max(max(p["curves"]["jsd"]["floor"]) for p in points)


def test_sculpting_compares_shapes_of_unit_area(points, study, draw):
    top, bottom = draw(metrics.sculpting(points, CHOSEN, study))
    areas = [sum(a["y"]) for a in top["drawn"] if "points" in a]
    assert areas == pytest.approx([1, 1])  # bins of 1 GeV
    assert sum("points" in a for a in bottom["drawn"]) == 2


def test_the_efficiencies_of_all_points_have_a_panel_each(points, study, draw):
    figure = metrics.efficiency_all(points, CHOSEN, study)
    panels = [panel for panel in draw(figure) if panel["drawn"]]
    assert len(panels) == len(points)
    for panel, point, axes in zip(panels, points, figure.axes, strict=False):
        profile = point["curves"]["efficiency_profile"]
        drawn = [a for a in panel["drawn"] if "points" in a]
        assert [a["y"] for a in drawn] == profile["value"]
        errors = [np.subtract(a["y_high"], a["y"]).tolist() for a in drawn]
        assert errors == [pytest.approx(row) for row in profile["error"]]
        assert axes.get_title() == study.name(point["method"], point["tag"])
    framed = [axes.get_title() for axes in figure.axes if axes.title.get_bbox_patch() is not None]
    assert framed == [study.name(*CHOSEN)]


def test_a_plain_classifier_that_is_chosen_is_drawn_once(points, study, draw):
    for figure in (metrics.sculpting, metrics.efficiency_profile, metrics.scores):
        once, twice = (draw(figure(points, chosen, study)) for chosen in (("nn", "0"), CHOSEN))
        assert sum("points" in a for p in once for a in p["drawn"]) * 2 == sum(
            "points" in a for p in twice for a in p["drawn"]
        )


def test_scores_without_data_have_no_points(points, study, draw):
    for point in points:
        point["curves"]["scores"]["data"] = None
    assert not any("points" in a for p in draw(metrics.scores(points, CHOSEN, study)) for a in p["drawn"])


def without_numbers(point):
    """The same point as a constant score, or negative weights, would leave it."""
    point = json.loads(json.dumps(point))
    for key in ("jsd", "jsd_window", "jsd_beyond_slope"):
        point[key] |= dict.fromkeys(("value", "error", "floor", "p_value"))
    point["rejection"] = {"value": None, "error": None}
    for known in point["score_mass"].values():
        known["linear"] = {"value": None, "error": None}
        known["distance"] = dict.fromkeys(("value", "error", "floor", "p_value"))
    curves = point["curves"]
    curves["jsd"] |= {key: [None] * len(curves["jsd"]["value"]) for key in ("value", "error", "floor")}
    profile = curves["efficiency_profile"]
    profile["value"] = [[-0.1, None, *row[2:]] for row in profile["value"]]
    curves["spectra"]["pass"]["sumw"] = [-value for value in curves["spectra"]["pass"]["sumw"]]
    curves["scores"]["background"]["sumw"] = [-value for value in curves["scores"]["background"]["sumw"]]
    return point


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "name", ["roc", "jsd", "efficiency_profile", "efficiency_all", "score_profile", "sculpting", "scores"]
)
@pytest.mark.parametrize("all_of_them", [False, True])
def test_figures_survive_what_has_no_number_and_weights_below_zero(points, study, draw, name, all_of_them):
    points = [without_numbers(p) if all_of_them or p["method"] != "nn" else p for p in points]
    more = () if name in ("roc", "jsd") else (CHOSEN,)
    assert draw(getattr(metrics, name)(points, *more, study))
