"""All methods side by side."""

import json

import pytest

from unsculpt import metrics
from unsculpt.errors import InputError
from unsculpt.metrics.comparison import limit_method

METHODS = {
    "nn": {"objective": "none", "strengths": [0], "label": "NN"},
    "ann": {"objective": "adversarial", "strengths": [1, 30], "label": "ANN"},
    "window": {"objective": "none", "train_in": "window", "strengths": [0]},
    "limit": {"transform": "cdf", "of": "window", "strengths": [0], "label": "Limit"},
}
NUMBERS = {"nn": [(12.0, 0.3)], "ann": [(5.0, 4e-3), (4.0, 5e-4)], "window": [(6.5, 2e-3)], "limit": [(6.0, 4e-4)]}


def grid(changes=None):
    points = []
    for method, rows in (NUMBERS | (changes or {})).items():
        for strength, (rejection, jsd) in zip(METHODS[method]["strengths"], rows, strict=True):
            divergence = {"value": jsd, "error": 1e-4, "floor": 4e-4, "p_value": 0.1, "base": 2}
            divergence["over_floor"] = metrics.to_json(metrics.over_floor(jsd, 1e-4, 4e-4))
            points.append(
                {
                    **{"method": method, "strength": strength, "tag": str(strength)},
                    **{"auc": {"value": 0.8, "error": 0.01}, "signal_efficiency": {"value": 0.5, "error": 0.01}},
                    "rejection": {"value": rejection, "error": None if rejection is None else 0.1},
                    **{"jsd": divergence, "jsd_beyond_slope": divergence},
                }
            )
    return points


SETTINGS = {"bias_tolerance": 1, "deviation_tolerance": 0.05, "fit_p_value_min": 0.01}


def fits(ratios, relaxed=0.4):
    """Good fits whose spurious signal is this share of its error, by method and tag."""
    good = {"status": "fitted", "reason": "", "p_value": 0.5, "kappa": 0.01}
    good |= {"window_yield": {"value": 100.0, "error": 1.0}, "window_simulated": {"value": 101.0, "error": 1.0}}
    return {
        name: {
            **good,
            "spurious_signal": {
                **{"n_sp": -10 * ratio, "n_sp_over_error": -ratio, "template_error": 1.0},
                **{"passes": ratio < 0.2, "passes_relaxed": ratio < relaxed},
            },
        }
        for name, ratio in ratios.items()
    }


RATIOS = {("nn", "0"): 5.0, ("ann", "1"): 0.3, ("ann", "30"): 0.1, ("window", "0"): 0.5, ("limit", "0"): 0.15}


def compare(points, fits):
    return metrics.compare(points, fits, methods=METHODS, of_expected=0.1, of_error=0.2, settings=SETTINGS)


def test_the_winner_has_the_highest_rejection_of_those_that_meet_the_criterion():
    found = compare(grid(), fits(RATIOS))
    assert (found["best"]["method"], found["best"]["tag"]) == ("limit", "0")
    assert found["best"]["rejection"] == {"value": 6.0, "error": 0.1}
    assert "limit has the highest background rejection, 6.00 ± 0.10" in found["best"]["reason"]
    assert "2 of 4 methods" in found["best"]["reason"]
    assert [entry["method"] for entry in found["methods"]][:2] == ["limit", "ann"]
    json.dumps(found, allow_nan=False)


def test_each_method_has_its_best_passing_point_and_its_strongest():
    table = {entry["method"]: entry for entry in compare(grid(), fits(RATIOS))["methods"]}
    assert table["ann"]["best"]["tag"] == table["ann"]["strongest"]["tag"] == "30"
    assert table["ann"]["best_relaxed"]["tag"] == "1"
    assert (table["ann"]["points"], table["ann"]["passing"], table["ann"]["passing_relaxed"]) == (2, 1, 2)
    assert table["nn"]["best"] is None and table["nn"]["strongest"]["tag"] == "0"
    assert table["ann"]["behind_best"] == {"value": 2.0, "error": pytest.approx(0.1 * 2**0.5)}
    assert table["limit"]["behind_best"] == {"value": 0.0, "error": 0.0}
    assert table["nn"]["behind_best"] == {"value": None, "error": None}


def test_who_meets_the_published_criterion_and_sculpts_is_best_by_it_but_not_accepted():
    found = compare(grid(), fits(RATIOS | {("nn", "0"): 0.1}))
    assert found["best"]["method"] == "nn"
    assert found["best"]["reason"].endswith(
        "with a point that meets the spurious-signal criterion. It is not accepted; excluded: the spectrum that passes "
        "deviates by 129%, more than 5%."
    )
    assert (found["best_unsculpted"]["method"], found["best_unsculpted"]["tag"]) == ("limit", "0")
    assert found["best_unsculpted"]["reason"].endswith("of the 2 of 4 methods with a point that is accepted.")
    table = {entry["method"]: entry for entry in found["methods"]}
    assert table["nn"]["best_unsculpted"] is None and table["ann"]["best_unsculpted"]["tag"] == "30"
    assert table["ann"]["behind_best"]["value"] == 8 and table["ann"]["behind_best_unsculpted"]["value"] == 2


def test_more_points_never_change_a_verdict_and_claim_less_sculpting():
    """The p-value of a point is corrected for the others; its acceptance does not know them."""
    few, many = grid(), grid()
    few[1]["jsd"] = few[1]["jsd"] | {"p_value": 0.009}
    many[1]["jsd"] = few[1]["jsd"]
    many += [few[2] | {"method": "nn", "strength": n, "tag": str(n)} for n in range(1, 9)]
    rows = [{(row["method"], row["tag"]): row for row in compare(p, fits(RATIOS))["points"]} for p in (few, many)]
    for name, row in rows[0].items():
        assert rows[1][name]["acceptance"] == row["acceptance"] and rows[1][name]["unsculpted"] == row["unsculpted"]
        assert rows[1][name]["jsd"]["p_value_corrected"] >= row["jsd"]["p_value_corrected"]
    assert rows[0]["ann", "1"]["sculpts"] and not rows[1]["ann", "1"]["sculpts"]
    assert rows[1]["ann", "1"]["acceptance"]["verdict"] == "excluded"


def test_distances_to_floor_and_limit_have_errors():
    found = compare(grid(), fits(RATIOS))
    rows = {(row["method"], row["tag"]): row for row in found["points"]}
    over_floor = rows["ann", "30"]["jsd_over_floor"]
    assert over_floor["reason"] is None
    assert (over_floor["value"], over_floor["error"]) == (pytest.approx(1.25), pytest.approx(0.25))
    over_limit = rows["ann", "30"]["rejection_over_limit"]
    assert over_limit["value"] == pytest.approx(4 / 6)
    assert over_limit["error"] == pytest.approx(4 / 6 * ((0.1 / 4) ** 2 + (0.1 / 6) ** 2) ** 0.5)
    assert found["limit"]["method"] == "limit"


def test_the_spurious_signal_is_a_magnitude_with_the_error_of_the_template():
    rows = {(row["method"], row["tag"]): row for row in compare(grid(), fits(RATIOS))["points"]}
    assert rows["ann", "1"]["n_sp_over_error"] == {"value": pytest.approx(0.3), "error": pytest.approx(0.1)}


def test_the_errors_are_those_of_the_points_with_training():
    points = grid()
    points[2]["rejection"] |= {"error": 0.7, "error_events": 0.1, "error_training": 0.69}
    points[2]["seeds"] = {"number": 3, "total": {key: {"error": 9.9} for key in ("auc", "rejection", "jsd")}}
    rows = {(row["method"], row["tag"]): row for row in compare(points, fits(RATIOS))["points"]}
    assert rows["ann", "30"]["rejection"] == {"value": 4.0, "error": 0.7} and rows["ann", "30"]["seeds"] == 3


def test_when_nobody_passes_or_nothing_was_measured_the_reason_says_so():
    nobody = compare(grid(), fits(dict.fromkeys(RATIOS, 3.0)))
    assert nobody["best"]["reason"] == "No method is the best: no point meets the spurious-signal criterion."
    unknown = compare(grid(), {name: fit | {"spurious_signal": None} for name, fit in fits(RATIOS).items()})
    assert unknown["best"]["reason"] == "No method is the best: no spurious signal was measured."
    assert all(row["n_sp_over_error"]["value"] is None for row in compare(grid(), {})["points"])
    json.dumps([nobody, unknown], allow_nan=False)


def test_a_point_without_rejection_or_divergence_is_a_row_of_nothing():
    found = compare(grid({"limit": [(None, None)]}), fits(RATIOS))
    assert found["limit"] is None and found["best"]["method"] == "ann"
    row = next(row for row in found["points"] if row["method"] == "limit")
    assert row["rejection_over_limit"] == {"value": None, "error": None}
    assert row["jsd_over_floor"]["reason"] == "the JSD of this selection has no value"
    assert row["jsd_over_floor"]["value"] is row["jsd_over_floor"]["error"] is None
    json.dumps(found, allow_nan=False)


def test_without_a_limit_method_there_is_no_limit():
    assert limit_method(METHODS) == "limit"
    assert limit_method({"nn": METHODS["nn"], "c": {"transform": "cdf", "of": "nn"}}) is None
    assert limit_method({"w": METHODS["window"], "k": {"transform": "knn", "of": "w"}}) is None


def test_no_points_are_refused():
    with pytest.raises(InputError, match="no points"):
        compare([], {})


def test_without_fits_the_divergence_alone_judges():
    found = compare(grid(), None)
    assert "the JSD alone tells who is accepted" in found["criterion"]
    near = {(row["method"], row["tag"]): row["unsculpted"] for row in found["points"]}
    assert near == {
        ("nn", "0"): False,
        ("ann", "1"): False,
        ("ann", "30"): True,
        ("window", "0"): False,
        ("limit", "0"): True,
    }
    assert all(row["passes"] is None and row["n_sp_over_error"]["value"] is None for row in found["points"])
    assert (found["best"]["method"], found["best"]["tag"]) == ("limit", "0")
    assert found["best"] == found["best_relaxed"] == found["best_unsculpted"]
    assert "is accepted (by its JSD, as the study has no fits)" in found["best"]["reason"]


def test_without_fits_and_an_accepted_point_no_method_is_the_best():
    sculpted = grid({name: [(rejection, 0.1) for rejection, _ in rows] for name, rows in NUMBERS.items()})
    reason = compare(sculpted, None)["best"]["reason"]
    assert reason.startswith("No method is the best: no point is accepted (by its JSD")
