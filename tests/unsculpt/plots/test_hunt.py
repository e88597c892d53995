"""The figures of a hunt draw every spectrum, and every significance that there is."""

import pytest

from unsculpt import methods
from unsculpt.plots import hunt

EDGES = [105, 115, 125, 135, 145, 160]
METHODS = {
    "ae": {"label": "AE", "objective": "none", "strengths": [0]},
    "ae_1": {"label": "AE, 1 %", "objective": "none", "strengths": [0], "contamination": 0.01},
    "blind": {"label": "Blind", "objective": "disco", "strengths": [1]},
}


def point(method, tag="0", share=0.0, at_limit=False, fitted=True, **changes):
    """A point of hunts/{bkg}/{method}.json."""
    found = {
        "function": "exp1",
        "expected": [50.0, 40.0, 32.0, 26.0, 21.0],
        "p_value": 0.4,
        "window": [120, 130],
        "local": 2.0 + 100 * share,
        "significance": 1.0 + 100 * share,
        "signal": 12.0,
        "at_limit": at_limit,
    }
    own = {"method": method, "tag": tag, "contamination": share, "edges_gev": EDGES}
    counts = {"counts": [52, 38, 36, 25, 20], "signal_counts": [0, 1, 4, 1, 0]}
    return own | counts | {"hunt": found | changes if fitted else None}


@pytest.fixture
def points():
    return [point("blind", "1"), point("ae_1", share=0.01, at_limit=True), point("ae")]


def test_methods_that_differ_in_the_share_are_one_family(points):
    found = methods.families(points, METHODS)
    assert [[p["method"] for p in family] for family in found] == [["blind"], ["ae", "ae_1"]]


def test_a_strength_finds_the_same_strength_of_a_method_that_has_others(points):
    grid = METHODS | {"blind_1": METHODS["blind"] | {"strengths": [1], "contamination": 0.01}}
    grid["blind"] = grid["blind"] | {"strengths": [1, 3]}
    grid |= {f"{name}_cdf": {"transform": "cdf", "of": name, "strengths": grid[name]["strengths"]} for name in grid}
    names = [("blind", "1"), ("blind", "3"), ("blind_1", "1")]
    names += [(f"{name}_cdf", tag) for name, tag in names]
    asked = [point(*name, share=0.01 * ("_1" in name[0])) for name in names]
    found = [[(p["method"], p["tag"]) for p in family] for family in methods.families(asked, grid)]
    assert found[:2] == [[("blind", "1"), ("blind_1", "1")], [("blind", "3")]]
    assert found[2:] == [[("blind_cdf", "1"), ("blind_1_cdf", "1")], [("blind_cdf", "3")]]


@pytest.mark.parametrize("limited", [True, False])
def test_each_family_is_a_line_and_each_limit_an_arrow(study, draw, points, limited):
    study = study.__class__(**vars(study) | {"methods": METHODS})
    points[1]["hunt"]["at_limit"] = limited
    local, overall = draw(hunt.significances(points, study))
    lines = [artist for artist in local["drawn"] if len(artist.get("x", ())) == 2]
    assert [line["y"] for line in lines] == [[2.0, 3.0]]
    assert not any(len(artist.get("x", ())) == 1 for artist in local["drawn"])  # what has one share is no line
    arrows = [artist for artist in overall["drawn"] if "points" in artist]
    assert [arrow["y"] for arrow in arrows] == ([[2.0]] if limited else [])


def test_what_was_not_fitted_is_left_out_of_the_lines_and_said_of_its_spectrum(study, draw, points):
    study = study.__class__(**vars(study) | {"methods": METHODS})
    points[0] = point("blind", "1", fitted=False)
    figure = hunt.spectra(points, study)
    panels = draw(figure)
    assert len(panels) == len(points)
    assert [a["y"] for a in panels[0]["drawn"] if "points" in a] == [points[0]["counts"]]
    assert "not fitted" in [text.get_text() for text in figure.axes[0].texts]
    local, _ = draw(hunt.significances(points, study))
    assert sum(len(artist.get("y", ())) for artist in local["drawn"]) == 2


def test_a_spectrum_that_the_function_does_not_describe_is_crossed_out(study, draw):
    study = study.__class__(**vars(study) | {"methods": METHODS})
    local, _ = draw(hunt.significances([point("ae", p_value=0.001)], study))
    assert [artist["y"] for artist in local["drawn"] if len(artist.get("y", ())) == 1] == [[2.0], [2.0]]
