"""The figures in ranges draw every number of every range, with its error and what statistics allow."""

import numpy as np
import pytest
import synthetic_ranges
from synthetic_ranges import ABOUT, CUTS

from unsculpt.plots import ranges

GIVEN = {"label": "$p_T$ [GeV]", "signal_efficiency": 0.5}


@pytest.fixture
def points():
    return synthetic_ranges.points()


def named(panel, kind):
    return {artist[kind]: artist for artist in panel["drawn"] if kind in artist}


def numbers(point, cut, key):
    return [entry[key] for entry in point["ranges"] if entry["mass_cut_gev"] == cut]


def test_rejection_and_inverse_jsd_stand_above_each_other_for_each_cut_on_the_mass(points, study, draw):
    panels = draw(ranges.robustness(points, "pt", study, **GIVEN))
    assert [panel["x"] for panel in panels] == ["", "", "$p_T$ [GeV]", "$p_T$ [GeV]"]
    for i, (key, cut) in enumerate((key, cut) for key in ("rejection", "inverse_jsd") for cut in CUTS):
        drawn = named(panels[i], "points")
        assert len(drawn) == len(points)
        for point in points:
            found, wanted = drawn[study.name(point["method"], point["tag"])], numbers(point, cut, key)
            assert found["y"] == pytest.approx([number["value"] for number in wanted])
            errors = np.subtract(found["y_high"], found["y"])
            assert errors == pytest.approx([number["error"] for number in wanted])
            inside = zip(ABOUT["edges"], found["x"], ABOUT["edges"][1:], strict=False)
            assert all(low < x < high for low, x, high in inside)


def test_the_band_is_the_statistical_limit_of_the_points(points, study, draw):
    panels = draw(ranges.robustness(points, "pt", study, **GIVEN))
    band = named(panels[2], "band")["statistical limit 1/floor"]
    limits = [[number["limit"] for number in numbers(point, None, "inverse_jsd")] for point in points]
    assert band["high"] == pytest.approx(np.max(limits, axis=0)) and band["low"] == pytest.approx(
        np.min(limits, axis=0)
    )
    assert band["edges"] == ABOUT["edges"]


def test_each_range_and_cut_has_its_plane(points, study, draw):
    panels = draw(ranges.planes(points, "pt", study, **GIVEN))
    assert len(panels) == 6
    for i, panel in enumerate(panels):
        drawn, cut = named(panel, "points"), CUTS[i // 3]
        for label, method in (("NN", "nn"), ("ANN", "ann"), ("DisCo", "disco")):
            own = [point for point in points if point["method"] == method]
            assert drawn[label]["x"] == pytest.approx([numbers(p, cut, "rejection")[i % 3]["value"] for p in own])
            assert drawn[label]["y"] == pytest.approx([numbers(p, cut, "inverse_jsd")[i % 3]["value"] for p in own])
        floor = 1 / numbers(points[0], cut, "jsd")[i % 3]["floor"]
        limit = named(panel, "band" if cut else "line")["statistical limit 1/floor"]
        assert all(y == pytest.approx(floor) for y in limit["y"])


def test_a_range_without_numbers_is_left_out(points, study, draw):
    for point in points:
        point["ranges"][4:] = map(synthetic_ranges.without, point["ranges"][4:])
    for panel in draw(ranges.robustness(points, "pt", study, **GIVEN)):
        assert all(artist["y"][2] is None and artist["y"][1] for artist in named(panel, "points").values())
    panels = draw(ranges.planes(points, "pt", study, **GIVEN))
    assert [any(y for artist in named(p, "points").values() for y in artist["y"]) for p in panels] == [
        True,
        True,
        False,
    ] * 2


def test_ranges_without_a_cut_on_the_mass_have_one_row(points, study, draw):
    for point in points:
        point["ranges"] = [entry for entry in point["ranges"] if entry["mass_cut_gev"] is None]
    assert len(draw(ranges.robustness(points, "pt", study, **GIVEN))) == 2
    assert len(draw(ranges.planes(points, "pt", study, **GIVEN))) == 3


def test_the_planes_share_their_axes(points, study):
    figure = ranges.planes(points, "pt", study, **GIVEN)
    figure.draw_without_rendering()
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes}) == 1
