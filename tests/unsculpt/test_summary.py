import pytest

from unsculpt.summary import assemble, headline

METHODS = {"nn": {"objective": "none"}, "ann": {"objective": "adversarial", "label": "Adversarial"}}
CONFIG = {
    "study": "toy",
    "title": "Toy photons",
    "luminosity_fb": 36.1,
    "blind": True,
    "samples": {"tth": {}, "ttyy": {}, "data": {}},
    "methods": METHODS,
}
FITTED = {
    "background": "ttyy",
    "status": "fitted",
    "reason": "",
    "window_yield": {"value": 120.0, "error": 3.0},
    "window_simulated": {"value": 125.0, "error": 4.0},
    "pull": 1.0,
    "spectrum": [1.0],
    "model": {"expected": [1.0]},
    "provenance": {},
}
FAILED = {"status": "not_fitted", "reason": "the sidebands are empty", "window_yield": None, "pull": None}


def point(method, tag, jsd):
    numbers = {name: {"value": 0.5, "error": 0.1} for name in ("rejection", "signal_efficiency")}
    jsd = {"value": jsd, "floor": 1e-3}
    return {"method": method, "strength": float(tag), "tag": tag, "jsd": jsd, "curves": {"roc": []}} | numbers


def parts(**changes):
    """The files of one background with two points, of which the second is the working point."""
    category = {"name": "Had 1", "fit": FITTED, "spectrum": {}, "model": {}, "data": None, "spurious_signal": None}
    point_of = {"method": "ann", "strength": 30.0, "tag": "30"}
    return {
        "samples": {"ttyy": {"events_read": 10, "scale": 0.1}, "tth": {"events_read": 5}},
        "comparison": {"background": "ttyy", "best": {"method": "ann"}, "methods": [{"method": "ann", "points": 1}]},
        "features": {"features": [{"name": "jet1_pt", "correlation": {"background": {"value": 0.1, "error": 0.01}}}]},
        "importance": {"importance": [{"feature": "jet1_pt", "drop_auc": 0.1, "error": 0.01}]},
        "metrics": [{"points": [point("nn", "0", 0.02)]}, {"points": [point("ann", "30", None)]}],
        "histories": [("ann", {"models": [{"warnings": ["the adversary is dead"]}, {"warnings": []}]})],
        "initial": FITTED,
        "fits": {("nn", "0"): FITTED, ("ann", "30"): FITTED},
        "categories": {
            "working_point": point_of | {"criterion": "c", "reason": "None meets it.", "qualified": True},
            "candidates": [],
            "categories": [category],
            "search": {},
            "skipped": [],
        },
        "combined": {
            "significance": 1.5,
            "significance_pyhf": 1.6,
            "cls_upper_limit_mu": {"expected": 0.9},
            "reason": "",
            "provenance": {},
        },
    } | changes


def test_samples_stand_in_the_order_of_the_study():
    summary = assemble(CONFIG, {"ttyy": parts()})
    assert list(summary["samples"]) == ["tth", "ttyy"]
    assert summary["samples"]["ttyy"]["scale"] == 0.1


def test_spectra_and_curves_stay_in_their_own_files():
    background = assemble(CONFIG, {"ttyy": parts()})["backgrounds"]["ttyy"]
    assert "curves" not in background["points"][0]
    for fit in (background["points"][0]["fit"], background["initial"]["fit"], background["categories"][0]["fit"]):
        assert set(fit) == {"status", "reason", "window_yield", "window_simulated", "pull"}


def test_the_correlation_with_the_mass_is_that_of_the_background():
    background = assemble(CONFIG, {"ttyy": parts()})["backgrounds"]["ttyy"]
    assert background["correlations"] == {"jet1_pt": 0.1}
    assert background["correlations_error"] == {"jet1_pt": 0.01}


def test_whatever_went_wrong_is_a_warning():
    wrong = parts(fits={("nn", "0"): FITTED, ("ann", "30"): FAILED})
    wrong["categories"]["working_point"]["qualified"] = False
    wrong["categories"]["skipped"] = ["Had 2 is left out: too small."]
    wrong["combined"] |= {"reason": "the combined fit failed"}
    assert assemble(CONFIG, {"ttyy": wrong})["warnings"] == [
        "ttyy: ann: the adversary is dead",
        "ttyy: the sidebands after ann at strength 30 are not fitted: the sidebands are empty",
        "ttyy: None meets it.",
        "ttyy: Had 2 is left out: too small.",
        "ttyy: no combined fit: the combined fit failed",
    ]


def test_the_headline_is_a_few_readable_lines():
    assert headline(assemble(CONFIG, {"ttyy": parts()}), METHODS).splitlines() == [
        "Toy photons (toy, 36.1/fb)",
        "Background ttyy: working point Adversarial at strength 30",
        "  JSD - (floor 0.001); NN: 0.02 (floor 0.001)",
        "  background rejection 0.5 ± 0.1 at signal efficiency 0.50 ± 0.10",
        "  sideband fit extrapolated into the window: 120.0 ± 3.0 for 125.0 ± 4.0 simulated (pull +1.0)",
        "  1 category, expected significance 1.50 (pyhf 1.60), expected limit mu < 0.90",
        "Warnings: 1, see summary.json or the report.",
    ]


@pytest.mark.parametrize("combined", [{"significance": 0.0, "significance_pyhf": None, "cls_upper_limit_mu": None}])
def test_a_headline_without_fit_and_categories_says_so(combined):
    empty = parts(fits={("nn", "0"): FITTED, ("ann", "30"): FAILED}, combined=combined | {"reason": "nothing there"})
    empty["categories"]["categories"] = []
    text = headline(assemble(CONFIG, {"ttyy": empty}), METHODS)
    assert "not fitted (the sidebands are empty)" in text
    assert "0 categories, expected significance 0.00\n" in text
