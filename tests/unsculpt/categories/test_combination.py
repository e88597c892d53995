import json
import logging

import numpy as np
import pyhf
import pytest

from unsculpt import axes, fits, likelihood
from unsculpt.categories import correlation
from unsculpt.categories.combination import calibrated, channels, combine, nuisances, scan, workspace
from unsculpt.likelihood import models, note

AXIS = axes.spectrum(np.linspace(105, 160, 56), (120, 130))
EDGES = AXIS.edges
CENTRES = (EDGES[1:] + EDGES[:-1]) / 2


STATISTICS = {
    "systematics": ["luminosity", "spurious_signal", "signal_template"],
    "luminosity_uncertainty": 0.017,
    "toys": 400,
    "toys_below": 5,
}


def row(name, signal, background, data=True, slope_prior=None):
    """A category whose expectations are exact: a Gaussian on an exponential."""
    expected = np.exp(-CENTRES / 28)
    expected *= background / expected[(CENTRES > 120) & (CENTRES < 130)].sum()
    peak = np.exp(-0.5 * ((CENTRES - 125) / 1.7) ** 2)
    fit = fits.fit_spectrum(expected, expected, AXIS, settings=fits.Settings(max_order=1))
    return {
        "name": name,
        "background": background,
        "spurious_signal": {"n_sp": -0.1 * signal, "template_error": 0.01 * signal},
        "slope_prior": slope_prior,
        "fit": fits.to_json(fit, spectra=False),
        "model": {"expected": expected.tolist(), "error": (0.1 * expected).tolist()},
        "spectrum": {
            "edges_gev": EDGES.tolist(),
            "signal": {
                "sumw": (signal * peak / peak.sum()).tolist(),
                "sumw2": (signal**2 / 1000 * peak / peak.sum()).tolist(),  # of a thousand events
            },
            "data": {"sumw": np.round(expected + 3 * signal * peak / peak.sum()).tolist()} if data else None,
        },
        "data": {"sideband_events": 1} if data else None,
    }


def test_two_equal_categories_are_root_two_times_as_sensitive_as_one():
    one, two = ([row(f"Had {i + 1}", 40, 4000) for i in range(n)] for n in (1, 2))
    single, double = (combine(channels(rows, axis=AXIS, blind=True)) for rows in (one, two))
    assert double["significance_pyhf"] == pytest.approx(np.sqrt(2) * single["significance_pyhf"], rel=5e-3)
    ratio = single["cls_upper_limit_mu"]["expected"] / double["cls_upper_limit_mu"]["expected"]
    assert ratio == pytest.approx(np.sqrt(2), rel=0.01)


def test_a_blind_combination_uses_no_data():
    rows = [row("Had 1", 8, 50)]
    blind = channels(rows, axis=AXIS, blind=True)
    assert blind[0].counts is None
    assert combine(blind) == combine(channels([row("Had 1", 8, 50, data=False)], axis=AXIS, blind=False))


def test_an_unblinded_combination_observes():
    result = combine(channels([row("Had 1", 8, 50)], axis=AXIS, blind=False))
    assert result["observed_significance"] > result["significance_pyhf"]
    assert result["cls_upper_limit_mu"]["observed"] > result["cls_upper_limit_mu"]["expected"]


def test_the_workspace_has_observations_where_every_category_has_data():
    rows = [row("Had 1", 8, 50), row("Had 2", 8, 200)]
    spec = workspace(channels(rows, axis=AXIS, blind=False))
    counts = [n for category in rows for n in category["spectrum"]["data"]["sumw"]]
    assert [entry["data"][0] for entry in spec["observations"]] == counts
    assert [entry["name"] for entry in spec["observations"]] == [channel["name"] for channel in spec["channels"]]
    assert spec["measurements"][0]["name"] == "fit" and "unblinded" in note.of_categories(spec)
    mixed = [row("Had 1", 8, 50), row("Had 2", 8, 200, data=False)]
    for closed in (channels(rows, axis=AXIS, blind=True), channels(mixed, axis=AXIS, blind=False)):
        spec = workspace(closed)
        assert spec["observations"] == [{"name": "without_data", "data": [0.0]}] and len(spec["channels"]) == 110
        assert spec["measurements"][0]["name"] == "without_data" and "NO DATA" in note.of_categories(spec)


def test_a_fit_that_fails_is_a_sentence_and_not_a_crash(monkeypatch):
    def fail(*_):
        raise ValueError("f(a) and f(b) must have different signs")

    monkeypatch.setattr(likelihood, "combined", fail)
    result = combine(channels([row("Had 1", 8, 50)], axis=AXIS, blind=True))
    assert result["significance_pyhf"] is None
    assert result["cls_upper_limit_mu"] is None
    assert "different signs" in result["reason"]


def test_without_categories_there_is_nothing_to_combine():
    assert combine([])["reason"] == "there are no categories"
    assert workspace([]) == {}


def test_the_systematics_are_those_of_the_study_and_its_categories():
    rows = [row("Had 1", 8, 50), {**row("Had 2", 8, 50), "spurious_signal": None}]
    found = nuisances(rows, STATISTICS)
    assert found.luminosity == 0.017
    assert found.spurious_signal == {"Had_1": pytest.approx(0.8), "Had_2": 0.0}
    assert found.signal_template["Had_1"] == pytest.approx(1000**-0.5)
    alone = nuisances(rows, STATISTICS | {"systematics": ["spurious_signal"]})
    assert (alone.luminosity, alone.signal_template) == (0.0, {})


def test_a_spurious_signal_is_never_less_uncertain_than_its_template_knows_it():
    lucky = row("Had 1", 8, 50) | {"spurious_signal": {"n_sp": -0.1, "template_error": 2.0}}
    found = nuisances([lucky], STATISTICS)
    assert found.spurious_signal == {"Had_1": 2.0}


def test_the_result_has_each_category_and_each_systematic():
    rows = [row("Had 1", 8, 50), row("one_lepton 2", 8, 200)]
    fitted, uncertain = channels(rows, axis=AXIS, blind=True), nuisances(rows, STATISTICS)
    result = combine(fitted, uncertain)
    assert result["cross_check"]["agrees"]
    assert result["significance_pyhf"] == pytest.approx(result["significance_fit"], abs=1e-3)
    assert result["mu"]["expected"]["value"] == pytest.approx(1.0, abs=1e-3)
    assert result["mu"]["observed"] is None
    assert [entry["name"] for entry in result["per_category"]] == ["Had 1", "one_lepton 2"]
    squares = sum(entry["significance"] ** 2 for entry in result["per_category"])
    assert result["significance_fit"] == pytest.approx(np.sqrt(squares), rel=0.01)
    assert result["impacts"][0]["name"] == "all"
    assert "spurious_Had_1" in str(workspace(fitted, uncertain))


def test_a_category_without_signal_is_a_sentence_and_the_others_are_fitted():
    rows = [row("Had 1", 8, 50), row("Had 2", 0, 200)]
    result = combine(channels(rows, axis=AXIS, blind=True), nuisances(rows, STATISTICS))
    assert result["reason"] == ""
    assert [entry["status"] for entry in result["per_category"]] == ["fitted", "not_fitted"]
    assert result["per_category"][1]["reason"] == "no signal is expected in these channels"
    assert scan(channels(rows, axis=AXIS, blind=True), likelihood.Nuisances(), points=5)["categories"]


def test_no_signal_at_all_is_a_sentence():
    rows = [row("Had 1", 0, 50)]
    fitted = channels(rows, axis=AXIS, blind=True)
    result = combine(fitted, nuisances(rows, STATISTICS))
    assert result["reason"] == "the combined fit failed (no signal is expected in these channels)"
    finished = calibrated(result, fitted, nuisances(rows, STATISTICS), rows=rows, statistics=STATISTICS, seed=1)
    assert finished["significance_toys"] is None
    assert scan([], likelihood.Nuisances(), points=5) is None


@pytest.mark.parametrize("wrong", [np.nan, 0.0])
def test_a_background_that_is_none_stops_nothing(wrong):
    rows = [row("Had 1", 8, 50), row("Had 2", 8, 50)]
    rows[1]["model"]["expected"] = [wrong] * 55
    fitted, uncertain = channels(rows, axis=AXIS, blind=True), nuisances(rows, STATISTICS)
    result = combine(fitted, uncertain)
    assert result["reason"] or np.isfinite(result["significance_fit"])
    scan(fitted, uncertain, points=5)


def test_toys_calibrate_the_categories_with_little_background():
    rows = [row("Had 1", 6, 4), row("Had 2", 8, 200)]
    fitted, uncertain = channels(rows, axis=AXIS, blind=True), nuisances(rows, STATISTICS)
    options = {"rows": rows, "statistics": STATISTICS, "seed": 1}
    result = calibrated(combine(fitted, uncertain), fitted, uncertain, **options)
    first, second = (entry["significance_toys"] for entry in result["per_category"])
    assert first["significance"] == pytest.approx(result["per_category"][0]["significance"], abs=0.4)
    assert second is None
    assert result["significance_toys"]["toys"] == 400
    assert result["significance_toys"]["observed"] is None
    again = calibrated(combine(fitted, uncertain), fitted, uncertain, **options)
    assert again["significance_toys"] == result["significance_toys"]


def test_a_significance_that_too_few_toys_reach_is_null_and_the_log_names_the_category(caplog):
    """That is usual for a strong signal, and no warning."""
    rows = [row("Lep 1", 30, 12)]
    fitted = channels(rows, axis=AXIS, blind=True)
    options = {"rows": rows, "statistics": STATISTICS | {"systematics": [], "toys_below": 20, "toys": 6}, "seed": 1}
    uncertain = nuisances(rows, options["statistics"])
    with caplog.at_level(logging.INFO):
        result = calibrated(combine(fitted, uncertain), fitted, uncertain, **options)
    assert result["per_category"][0]["significance_toys"]["significance"] is None
    said = [r for r in caplog.records if "no significance from toys; too few of" in r.getMessage()]
    assert [record.getMessage().partition(":")[0] for record in said] == ["Lep 1", "all categories"]
    assert all(record.levelno == logging.INFO for record in caplog.records)
    json.dumps(result, allow_nan=False)


def test_many_background_events_need_no_toys():
    rows = [row("Had 2", 8, 200)]
    fitted = channels(rows, axis=AXIS, blind=True)
    result = combine(fitted)
    assert (
        calibrated(result, fitted, likelihood.Nuisances(), rows=rows, statistics=STATISTICS, seed=1)[
            "significance_toys"
        ]
        is None
    )


def test_observed_significances_are_calibrated_too():
    rows = [row("Had 1", 3, 4)]
    fitted, uncertain = channels(rows, axis=AXIS, blind=False), nuisances(rows, STATISTICS)
    result = combine(fitted, uncertain)
    result = calibrated(result, fitted, uncertain, rows=rows, statistics=STATISTICS, seed=1)
    observed = result["significance_toys"]["observed"]
    assert observed["asymptotic"] == pytest.approx(result["observed_significance"])
    assert observed["significance"] == pytest.approx(observed["asymptotic"], abs=1.0)
    assert result["mu"]["observed"]["value"] > 1


def test_the_scan_has_its_minimum_at_the_best_fit():
    rows = [row("Had 1", 20, 50), row("Had 2", 30, 200)]
    for blind, best in ((True, 1.0), (False, None)):
        fitted, uncertain = channels(rows, axis=AXIS, blind=blind), nuisances(rows, STATISTICS)
        best = best or combine(fitted, uncertain)["mu"]["observed"]["value"]
        found = scan(fitted, uncertain, points=81)
        assert found["data"] == ("asimov" if blind else "observed")
        assert found["mu"][int(np.argmin(found["combined"]))] == pytest.approx(
            best, abs=found["mu"][1] - found["mu"][0]
        )
        assert min(found["combined"]) >= -1e-6
        assert (np.array(found["combined_statistics"]) >= np.array(found["combined"]) - 1e-4).all()
        assert [entry["name"] for entry in found["categories"]] == ["Had 1", "Had 2"]


def test_a_borrowed_slope_is_a_constraint_of_the_fit():
    prior = {"value": 1 / 28, "error": 0.002}
    rows = [row("Had 1", 6, 4), row("Had 1", 6, 4, slope_prior=prior)]
    free, borrowed = (channels([r], axis=AXIS, blind=True) for r in rows)
    assert borrowed[0].slope_prior == (1 / 28, 0.002)
    assert combine(borrowed)["significance_fit"] > combine(free)["significance_fit"]


def stock_significance(spec):
    """Expected significance of a plain workspace by pyhf alone, from Asimov data of mu = 1."""
    with models.numpy_backend():
        pdf = pyhf.Workspace(spec).model()
        nominal = pdf.config.suggested_init()
        nominal[pdf.config.poi_index] = 1.0
        data = pdf.expected_data(nominal)
        best, free = pyhf.infer.mle.fit(data, pdf, return_fitted_val=True)
        _, without = pyhf.infer.mle.fixed_poi_fit(0.0, data, pdf, return_fitted_val=True)
    assert best[pdf.config.poi_index] == pytest.approx(1.0, abs=0.02)
    return float(np.sqrt(without - free))


def spurious(shares):
    """Categories of equal signal whose spurious signals are these shares of it, and their uncertainties."""
    rows = [row(f"Had {i + 1}", 200, 8000) for i in range(len(shares))]
    for one, share in zip(rows, shares, strict=True):
        one["spurious_signal"] = {"n_sp": share * 200, "template_error": 0.0}
    fitted = channels(rows, axis=AXIS, blind=True)
    return fitted, nuisances(rows, STATISTICS | {"systematics": ["spurious_signal"]})


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")  # inside pyhf 0.7
@pytest.mark.parametrize("shares, larger", [((0.3, 0.3, 0.3), "common"), ((0.5, 5.0, 5.0), "independent")])
def test_the_larger_of_both_uncertainties_is_quoted_and_in_the_workspace(shares, larger):
    """Equal shares add up when they are common; unequal ones betray a common parameter, as stock pyhf says too."""
    fitted, uncertain = spurious(shares)
    by_pyhf = {
        name: stock_significance(workspace(fitted, form))
        for name, form in correlation.assumptions(fitted, uncertain).items()
    }
    assert min(by_pyhf, key=by_pyhf.get) == larger
    for given in correlation.assumptions(fitted, uncertain).values():  # whatever is asked for
        result = combine(fitted, given)
        both = result["spurious_signal_correlation"]
        assert both["quoted"] == larger
        assert result["significance_fit"] == both[larger]["significance_fit"]
        assert result["significance_fit"] == pytest.approx(min(by_pyhf.values()), abs=0.02)
        other = both["common" if larger == "independent" else "independent"]
        assert other["significance_fit"] == pytest.approx(max(by_pyhf.values()), abs=0.02)
        assert other["significance_fit"] > 1.05 * result["significance_fit"]
        for key in ("mu", "cls_upper_limit_mu"):
            assert result[key] == both[larger][key]
        assert result["mu"]["expected"]["error_high"] > other["mu"]["expected"]["error_high"]
        assert result["cls_upper_limit_mu"]["expected"] > other["cls_upper_limit_mu"]["expected"]
        assert result["cross_check"]["agrees"]
        assert result["systematics"]["common_spurious_signal"] == (larger == "common")
    quoted = workspace(fitted, correlation.quoted(fitted, uncertain))
    assert stock_significance(quoted) == pytest.approx(result["significance_pyhf"], abs=0.02)


def test_where_there_is_one_spurious_signal_both_assumptions_are_the_same():
    for shares in ((0.3,), (0.3, 0.0)):
        fitted, uncertain = spurious(shares)
        assert combine(fitted, uncertain)["spurious_signal_correlation"] is None
        assert correlation.quoted(fitted, uncertain) == uncertain


def test_an_assumption_without_a_fit_is_not_quoted(monkeypatch):
    fitted, uncertain = spurious((0.3, 0.3))

    def fail(form):
        if form.common_spurious_signal:
            raise ValueError("the fit of the signal strength did not converge")

    for name in ("expected_significance", "combined"):
        module = likelihood.combination if name == "expected_significance" else likelihood
        right = getattr(module, name)
        monkeypatch.setattr(module, name, lambda c, form, right=right: fail(form) or right(c, form))
    both = combine(fitted, uncertain)["spurious_signal_correlation"]
    assert both["quoted"] == "independent" and both["common"] is None
