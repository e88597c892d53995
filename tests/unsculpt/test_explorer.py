"""The explorer of the report draws the curves of the points it names."""

import json

import pytest
import synthetic_ranges
import synthetic_results

from unsculpt import explorer, tables, wording

METHODS = synthetic_results.METHODS


def content(metrics, fits):
    background = synthetic_results.summary()["backgrounds"]["ttyy"]
    return explorer.content(background, metrics, fits, methods=METHODS, mass=synthetic_results.MASS)


def test_points_are_those_of_the_summary_with_their_own_curves():
    metrics, fits = synthetic_results.curves()
    made = content(metrics[::-1], fits[::-1])  # the order of the files does not matter
    points = synthetic_results.summary()["backgrounds"]["ttyy"]["points"]
    spectra = [point["curves"]["spectra"] for table in metrics for point in table["points"]]
    assert [point["label"] for point in made["points"]] == [tables.point_label(p, METHODS) for p in points]
    for point, fit, spectrum in zip(made["points"], fits, spectra, strict=True):
        assert point["pass"] == pytest.approx(spectrum["pass"]["sumw"], rel=1e-3)
        assert point["expected"] == pytest.approx(fit["model"]["expected"], rel=1e-3)
        assert len(point["roc"][0]) == len(point["roc"][1])


def test_the_chosen_and_the_plain_point_are_found():
    made = content(*synthetic_results.curves())
    chosen = synthetic_results.summary()["backgrounds"]["ttyy"]["working_point"]
    assert (made["points"][made["chosen"]]["method"], made["points"][made["chosen"]]["tag"]) == (
        chosen["method"],
        chosen["tag"],
    )
    assert made["points"][made["plain"]]["method"] == "nn"


def test_a_fit_that_failed_has_a_spectrum_and_no_curve():
    metrics, fits = synthetic_results.curves()
    fits[0] |= {"model": None, "status": "not_fitted"}
    point = content(metrics, fits)["points"][0]
    assert point["expected"] is None and len(point["pass"]) == len(synthetic_results.EDGES) - 1


def test_without_fits_there_are_spectra_and_no_words_of_the_window():
    metrics, _ = synthetic_results.curves()
    background = synthetic_results.summary()["backgrounds"]["ttyy"]
    for point in background["points"]:
        point |= {"fit": None, "spurious_signal": None}
    mass = synthetic_results.MASS | {"window_gev": None}
    made = explorer.content(background, metrics, [], methods=METHODS, mass=mass)
    assert not made["fits"] and made["window"] is None
    for point in made["points"]:
        assert point["expected"] is None and sum(point["pass"]) > 0
        assert [name for name, _ in point["words"]] == ["AUC", "Rejection", "JSD"]


def test_ranges_stand_beside_each_point_in_words():
    metrics, fits = synthetic_results.curves()
    summary = synthetic_ranges.summary()
    background, options = summary["backgrounds"]["ttyy"], {"methods": METHODS, "mass": synthetic_results.MASS}
    made = explorer.content(background, metrics, fits, **options, ranges=summary["ranges"])
    assert made["ranges"][:2] == [["jet1_pt", "0–50 GeV", "none"], ["jet1_pt", "0–50 GeV", "110–140"]]
    for point, shown in zip(background["points"], made["points"], strict=True):
        assert len(shown["ranges"]) == len(made["ranges"]) == 6
        entry = point["ranges"][3]
        limit = wording.number(entry["inverse_jsd"]["limit"])
        assert shown["ranges"][3] == [*map(wording.measurement, (entry["rejection"], entry["inverse_jsd"])), limit]
    assert "ranges" not in content(metrics, fits)


def test_no_text_of_the_study_can_end_the_script_element():
    text = explorer.script({"label": "</script><b>"})
    assert "<" not in text
    assert json.loads(text) == {"label": "</script><b>"}


def test_a_variable_without_a_unit_has_none_on_its_axis():
    background = synthetic_results.summary()["backgrounds"]["ttyy"]
    mass = synthetic_results.MASS | {"unit": "", "bin_width_gev": 0.5}
    made = explorer.content(background, *synthetic_results.curves(), methods=METHODS, mass=mass)
    assert (made["mass"], made["density"]) == ("Protected variable", "Events / 0.5")
    assert content(*synthetic_results.curves())["mass"] == "Mass [GeV]"
