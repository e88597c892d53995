"""Figures of a toy: what is drawn is what was measured."""

import numpy as np
import pytest
import synthetic_exact

from unsculpt.plots import exact, independence, style


@pytest.fixture(scope="module")
def contents():
    return synthetic_exact.contents()


@pytest.fixture
def toy():
    return style.Study(background="fixed", **synthetic_exact.SETTINGS)


def points_of(panel):
    return {artist["points"]: artist for artist in panel["drawn"] if "points" in artist}


def test_the_point_that_is_shown_is_the_adversarial_one_that_knows_least(contents, toy):
    method, point = exact.chosen(contents, toy)
    assert (method, point["tag"]) == ("ann", "30")
    assert exact.chosen({"nn": contents["nn"]}, toy) == (None, None)


def test_distributions_and_surfaces_are_those_of_three_classifiers(contents, toy, draw):
    figure = exact.panels(contents, toy)
    panels = draw(figure)
    left = [panel for panel in panels if panel["x"] == "$f(x)$"]
    assert len(left) == 3 and figure.axes[1].get_title(loc="left") == "NN"
    shown = [contents["nn"]["points"][0], contents["ann"]["points"][1]]
    for panel, point in zip(left, shown, strict=False):
        drawn = {artist["histogram"]: artist["values"] for artist in panel["drawn"] if "histogram" in artist}
        assert set(drawn) == {"$z = -1$", "$z = 0$", "$z = 1$"}
        assert drawn["$z = 1$"] == pytest.approx(point["shown"]["densities"][2])
    means = [a for panel in panels if panel["x"] == "$x_1$" for a in panel["drawn"] if "line" in a]
    assert [1, 1, 1] in [artist["x"] for artist in means] and [0, 1, 2] in [artist["y"] for artist in means]


def test_losses_are_means_and_the_adversary_is_compared_with_the_entropy_of_z(contents, toy, draw):
    panels = draw(exact.losses(contents, synthetic_exact.histories(), toy))
    lines = [{a["line"]: a for a in panel["drawn"] if "line" in a} for panel in panels]
    entropy = contents["nn"]["exact"]["anchors"]["entropy"]
    of_f = np.linspace(0.7, 0.58, 6) + 0.005
    of_r = entropy - 0.03 / np.arange(1, 7)
    assert lines[0]["ANN, $\\lambda = 30$"]["y"] == pytest.approx(of_f)
    assert panels[1]["drawn"][0]["y"] == pytest.approx(of_r)
    assert panels[2]["drawn"][0]["y"] == pytest.approx(of_f - 30 * of_r)


def test_the_plane_has_every_point_and_the_exact_corner(contents, toy, draw):
    (panel,) = draw(exact.plane(contents, toy))
    drawn = points_of(panel)
    assert set(drawn) == {"NN", "ANN", "NN + CDF"}
    for name, method in (("NN", "nn"), ("ANN", "ann")):
        rows = [point["median"] for point in contents[method]["points"]]
        assert drawn[name]["x"] == pytest.approx([row["recalibrated"]["value"] for row in rows])
        assert drawn[name]["y"] == pytest.approx([row["ks_over_floor"]["value"] for row in rows])
        assert drawn[name]["y_high"] == pytest.approx([row["ks_over_floor"]["high"] for row in rows])
    corner = next(a for a in panel["drawn"] if a.get("line") == "exact, independent of z")
    judged = contents["nn"]["exact"]["judged"]["pivotal"]
    assert corner["x"] == [judged["cross_entropy"]["value"]] and corner["y"] == [judged["ks"]["over_floor"]]


def test_a_study_without_an_adversary_has_its_figures_too(contents, toy, draw):
    alone = {"nn": contents["nn"]}
    assert len(draw(exact.panels(alone, toy))) == 6 and len(draw(exact.losses(alone, [], toy))) == 3


def test_every_score_has_a_point_of_worth_and_independence(toy, draw):
    found = synthetic_exact.points()
    (panel,) = draw(independence.planes(found, toy))
    drawn = points_of(panel)
    rows = [point["independence"][0] for point in found if point["method"] == "ann"]
    assert drawn["ANN"]["x"] == pytest.approx([row["cross_entropy"]["value"] for row in rows])
    assert drawn["ANN"]["y"] == pytest.approx([row["ks"]["over_floor"] for row in rows])
    assert drawn["ANN"]["y_high"][0] == pytest.approx((0.05 + 0.004) / 0.01)


def test_a_variable_without_a_unit_has_none_on_its_axis(toy):
    assert toy.mass_label == "$z$" and toy.density_label == "Events / 1"
