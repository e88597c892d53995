"""Figures of the metrics draw every point, and leave out what does not exist."""

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
