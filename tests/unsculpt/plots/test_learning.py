"""The figure of learning curves draws every number with its error, those of the study filled."""

import pytest
import synthetic_learning

from unsculpt.plots import learning


def test_every_point_is_drawn_with_its_error_and_the_last_one_filled(study, draw):
    points = synthetic_learning.points()
    area, *rejections = draw(learning.curves(points, study))
    assert [panel["y"][-4:-1] for panel in rejections] == ["0.3", "0.5"] and "AUC" in area["y"]
    for i, panel in enumerate((area, *rejections)):
        bars = [artist for artist in panel["drawn"] if "points" in artist]
        lines = [artist for artist in panel["drawn"] if "line" in artist]
        for point, drawn, filled in zip(points, bars, lines, strict=True):
            numbers = [row["auc"] if i == 0 else row["rejections"][i - 1] for row in point["curve"]]
            assert drawn["x"] == [100, 1000, 5000] and drawn["y"] == [number["value"] for number in numbers]
            assert drawn["y_high"] == pytest.approx([number["value"] + number["error"] for number in numbers])
            assert (filled["x"], filled["y"]) == ([5000], [numbers[-1]["value"]])


def test_a_rejection_that_does_not_exist_is_left_out(study, draw):
    points = synthetic_learning.points()
    points[0]["curve"][1]["rejections"][0] |= {"value": None, "error": None}
    _, first, second = draw(learning.curves(points, study))
    assert first["drawn"][0]["y"][1] is None and second["drawn"][0]["y"][1] is not None


def test_a_study_without_further_efficiencies_has_the_area_alone(study, draw):
    points = synthetic_learning.points()
    for row in (row for point in points for row in point["curve"]):
        row["rejections"] = []
    assert len(draw(learning.curves(points, study))) == 1
