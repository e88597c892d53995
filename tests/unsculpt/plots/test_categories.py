"""Figures of the categories."""

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
