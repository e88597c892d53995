"""Figures of the categories."""

import pytest
import synthetic_results

from unsculpt.plots import categories


def test_every_category_has_a_spectrum_and_pulls(study, draw):
    contents = synthetic_results.categories()["categories"]
    panels = draw(categories.categories(contents, study))
    assert len(panels) == 2 * len(contents)
    pulls = [any("points" in a for a in panel["drawn"]) for panel in panels[1::2]]
    assert pulls == [content["fit"]["status"] == "fitted" for content in contents]


def test_blind_categories_have_no_data_in_the_window(study, draw):
    for panel in draw(categories.categories(synthetic_results.categories()["categories"], study))[::2]:
        data = next(a for a in panel["drawn"] if a.get("points") == "Pseudo-data")
        assert all(y is None for x, y in zip(data["x"], data["y"], strict=True) if 120 < x < 130)


def test_a_study_without_categories_says_so(study, draw):
    combined = {"significance": 0.0}
    assert len(draw(categories.categories([], study))) == 1
    assert len(draw(categories.significance([], combined, study))) == 1


def test_the_bars_are_the_significances(study, draw):
    content = synthetic_results.categories()
    (panel,) = draw(categories.significance(content["categories"], content["combined"], study))
    bars = next(a["extents"] for a in panel["drawn"] if "bars" in a)
    assert [bar[2] for bar in bars] == [c["significance"] for c in content["categories"]] + [2.46]


def test_the_scan_has_a_line_for_each_category_and_two_for_all(study, draw):
    mu = [0.0, 0.5, 1.0, 1.5, 2.0]
    curve = [4 * (x - 1) ** 2 for x in mu]
    each = [{"name": name, "values": [v / 4 for v in curve]} for name in ("Lep 1", "Had 1")]
    content = {"data": "asimov", "mu": mu, "combined": curve, "combined_statistics": curve, "categories": each}
    (panel,) = draw(categories.scan({"scan": content}, study))
    lines = {a["line"]: a["y"] for a in panel["drawn"] if a.get("line")}
    assert lines["all"] == curve
    assert lines["Had 1"] == [v / 4 for v in curve]
    assert "all, statistics alone" in lines
    assert len(draw(categories.scan({"scan": None, "reason": "there are no categories"}, study))) == 1


@pytest.mark.filterwarnings("error")
def test_categories_survive_an_error_that_is_not_known_and_weights_below_zero(study, draw):
    contents = synthetic_results.categories()["categories"]
    contents[1]["background_error"] = None
    for part in ("background", "signal"):
        sums = contents[1]["spectrum"][part]
        sums["sumw"] = [-5.0 * value for value in sums["sumw"]]
    contents[1]["spectrum"]["data"] = None
    assert draw(categories.categories(contents, study))
    assert r"\pm -$" in categories._words(contents[1])
