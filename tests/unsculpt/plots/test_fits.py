"""Figures of the fits tell what was fitted from what was not."""

import pytest
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


def test_dead_bins_are_hatched_and_have_no_pull(study, draw):
    content = synthetic_results.fit()
    content["dead_gev"] = [[140, 148], [150, 152]]
    for key in ("sumw", "sumw2"):
        content["spectrum"][key][35:43] = [0.0] * 8
    figure = fits.fit(content, study, "after the cut")
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()].count("empty, not fitted") == 1
    assert sum(bool(patch.get_hatch()) for panel in figure.axes for patch in panel.patches) == 4
    seen = next(a for a in draw(figure)[1]["drawn"] if "points" in a)
    assert all(y is None for y in seen["y"][35:43])


def test_pulls_are_in_the_errors_of_the_weights_of_each_bin(study, draw):
    content = synthetic_results.fit()
    before = next(a for a in draw(fits.fit(content, study, ""))[1]["drawn"] if "points" in a)["y"]
    content["model"]["scale"] = [4.0] * 55
    after = next(a for a in draw(fits.fit(content, study, ""))[1]["drawn"] if "points" in a)["y"]
    assert [2 * y for y in after if y] == pytest.approx([y for y in before if y], rel=1e-3)


def test_the_text_gives_prediction_and_truth():
    text = fits.words(synthetic_results.fit())
    assert "window, predicted" in text and "window, template" in text and "p = 0.46" in text


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


def test_the_text_names_the_function_the_spurious_signal_and_an_interval_that_is_not_symmetric():
    content = synthetic_results.fit() | {
        "function": "pow2",
        "slope_from": "control region",
        "p_value_toys": 0.25,
        "window_yield": {"value": 4.0, "error": 1.2},
        "window_yield_interval": {"low": 2.9, "high": 5.4, "method": "profile likelihood", "level": 0.68},
        "spurious_signal": {
            "n_sp": -0.7,
            "n_sp_over_error": -0.31,
            "n_sp_over_expected": -0.05,
            "passes": False,
            "passes_relaxed": True,
        },
    }
    text = fits.words(content)
    assert "power law, order 2, slope borrowed" in text and "(toys 0.25)" in text
    assert r"4.0^{+1.4}_{-1.1}" in text
    assert "-0.7" in text and r"31\,\%\,\delta S" in text and r"5\,\%\,S" in text
    assert "criterion met if relaxed" in text
    symmetric = content | {"window_yield_interval": {"low": 2.8, "high": 5.2}}
    assert r"4.0 \pm 1.2" in fits.words(symmetric)


@pytest.mark.filterwarnings("error")
def test_numbers_that_a_fit_does_not_have_are_dashes(study, draw):
    content = synthetic_results.fit()
    content["window_yield"] = {"value": 3.2, "error": None}
    content |= dict.fromkeys(("chi2", "p_value", "pull", "window_yield_interval"))
    assert draw(fits.fit(content, study, "after the cut"))
    text = fits.words(content)
    assert "nan" not in text and r"3.20 \pm -" in text
