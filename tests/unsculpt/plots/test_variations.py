"""The figure of scales draws each point, up and down, with its error."""

import pytest
import synthetic_variations

from unsculpt.plots import variations


def test_every_point_is_drawn_up_and_down_for_each_scale(study):
    points = synthetic_variations.points()
    figure = variations.variations(points, study, synthetic_variations.SETTINGS)
    assert len(figure.axes) == 2 * len(synthetic_variations.SETTINGS)
    for panel in figure.axes:
        drawn = [value for container in panel.containers for value in container.lines[0].get_ydata()]
        assert len(drawn) == 2 * len(points) and max(drawn) == pytest.approx(2) and min(drawn) == pytest.approx(-2)
    names = [text.get_text() for text in figure.axes[-1].get_xticklabels()]
    assert names == [study.name(point["method"], point["tag"]) for point in points]


def test_what_does_not_exist_is_left_out(study):
    points = synthetic_variations.points()
    for side in ("up", "down"):
        points[0]["variations"][0][side]["signal"]["passing"] = {"value": None, "error": None}
    assert variations.variations(points, study, synthetic_variations.SETTINGS).axes
