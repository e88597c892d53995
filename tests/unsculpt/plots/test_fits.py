"""Figures of the fits tell what was fitted from what was not."""

import synthetic_results

from unsculpt.plots import fits


def test_the_fit_runs_through_the_window_but_its_points_are_apart(study, draw):
    content = synthetic_results.fit(bump=0.5)
    top, bottom = draw(fits.fit(content, study, "after the cut"))
    curve = next(a for a in top["drawn"] if a.get("histogram") == "fit of the sidebands")
    assert curve["values"] == content["model"]["expected"]
    hidden = next(a for a in top["drawn"] if a.get("points") == "simulation in the window")
    assert sum(y is not None for y in hidden["y"]) == 10
    assert sum("points" in a for a in bottom["drawn"]) == 2


def test_the_text_gives_prediction_and_truth():
    text = fits.words(synthetic_results.fit())
    assert "window, predicted" in text and "window, simulated" in text and "p = 0.46" in text


def test_a_fit_that_was_not_made_says_why(study, draw):
    content = synthetic_results.not_fitted()
    top, pulls = draw(fits.fit(content, study, "after the cut"))
    assert content["reason"].split()[0] in fits.words(content)
    assert not any("histogram" in a for a in top["drawn"])
    assert not any("points" in a for a in pulls["drawn"])


def test_blind_bins_without_content_are_left_out(study, draw):
    content = synthetic_results.fit()
    content["window_simulated"] = content["pull"] = None
    for key in ("sumw", "sumw2"):
        content["spectrum"][key][15:25] = [None] * 10
    top = draw(fits.fit(content, study, "data"))[0]
    hidden = next(a for a in top["drawn"] if a.get("points") == "simulation in the window")
    assert all(y is None for y in hidden["y"])
