"""Another run agrees with the kept one within three combined errors, and what does not is named."""

import copy
import json
import re
from pathlib import Path

import pytest
import synthetic_results

from unsculpt.errors import InputError
from unsculpt.pages import __main__ as command
from unsculpt.pages import comparison, numbers

ROOT = Path(__file__).parents[3]
KEPT = numbers.load("tthyy", ROOT)


@pytest.fixture
def other():
    return copy.deepcopy(KEPT["summary"])


def nn(summary, background="ttyy"):
    return summary["backgrounds"][background]["points"][0]


def test_a_run_agrees_with_itself(other):
    found = comparison.compare(KEPT, other)
    assert found.agrees and len(found.cells) > 400
    assert all(cell.errors == 0 for cell in found.cells)
    assert comparison.in_words(found, KEPT).endswith("The runs agree.")


@pytest.mark.parametrize(("errors", "agrees"), [(2.9, True), (3.1, False), (-3.1, False)])
def test_a_cell_may_differ_by_three_combined_errors(other, errors, agrees):
    mine, theirs = nn(KEPT["summary"])["rejection"], nn(other)["rejection"]
    theirs["error"] = mine["error"] * 0.75  # in quadrature 1.25 of the first
    theirs["value"] = mine["value"] + errors * 1.25 * mine["error"]
    found = comparison.compare(KEPT, other)
    assert found.agrees is agrees
    (cell,) = [cell for cell in found.cells if cell.errors]
    assert cell.place == "ttyy, selection: NN, Rejection" and cell.errors == pytest.approx(abs(errors))
    if not agrees:
        assert re.search(r"ttyy, selection: NN, Rejection: 12\.\d* ± \d\.\d* and", comparison.in_words(found, KEPT))


def test_a_number_that_only_one_has_differs(other):
    nn(other)["auc"] = {"value": None, "error": None}
    (cell,) = comparison.compare(KEPT, other).differing
    assert cell.errors is None
    assert "one of them has no number" in comparison.in_words(comparison.compare(KEPT, other), KEPT)


def test_a_point_or_a_background_that_only_one_has_is_told(other):
    del other["backgrounds"]["ntni"]
    other["backgrounds"]["ttyy"]["points"].pop()
    found = comparison.compare(KEPT, other)
    assert "background ntni: only the kept run has it" in found.missing
    assert "ttyy, selection: row Window + CDF: only the kept run has it" in found.missing
    assert not found.agrees


def choose(summary, background, method, tag):
    content = summary["backgrounds"][background]
    row = next(row for row in content["candidates"] if (row["method"], row["tag"]) == (method, tag))
    content["working_point"] |= {"method": method, "tag": tag, "strength": row["strength"]}


def test_another_point_that_is_as_sensitive_agrees(other):
    first = KEPT["summary"]["backgrounds"]["ttyy"]["working_point"]
    label = {"ann": "ANN", "disco": "DisCo"}[first["method"]]
    choose(other, "ttyy", "ann", "10")
    found = comparison.compare(KEPT, other)
    words = comparison.in_words(found, KEPT)
    assert found.agrees
    assert f"ttyy: the kept run chooses {label}, strength {first['tag']}, the other ANN, strength 10; in the" in words
    assert "within 0.2 standard deviations" in words and "not within" not in words


def test_another_point_that_is_less_sensitive_does_not(other):
    choose(other, "continuum", "disco", "3")
    for row in other["backgrounds"]["continuum"]["candidates"]:
        if (row["method"], row["tag"]) == ("disco", "3"):
            row["significance"] = 9.0
    found = comparison.compare(KEPT, other)
    assert [ok for _, ok in found.points] == [False, True, True] and not found.agrees
    assert "not within 0.2 standard deviations" in comparison.in_words(found, KEPT)


@pytest.mark.parametrize(("by", "agrees"), [(0.19, True), (0.21, False)])
def test_significances_have_a_tolerance(other, by, agrees):
    other["backgrounds"]["ntni"]["combined"]["significance_fit"] += by
    found = comparison.compare(KEPT, other)
    assert found.agrees is agrees and len(found.significances) == (not agrees)


def test_a_significance_of_a_sculpted_point_does_not_matter(other):
    rows = other["backgrounds"]["ttyy"]["candidates"]
    next(row for row in rows if row["method"] == "nn")["significance"] += 1
    assert comparison.compare(KEPT, other).agrees


def test_other_settings_are_noted(other):
    other["config_digest"] = "0"
    found = comparison.compare(KEPT, other)
    assert found.agrees and "Note: the configurations differ" in comparison.in_words(found, KEPT)


def test_a_run_of_another_study_is_refused(summary):
    with pytest.raises(InputError, match="of the study toy, and the kept numbers of tthyy"):
        comparison.compare(KEPT, summary)


@pytest.mark.parametrize("left_out", [(), ("categories",), ("categories", "fits")])
def test_a_study_of_any_shape_can_be_kept_and_compared(run, summary, left_out):
    """Also one whose fits failed, or whose numbers do not exist."""
    summary = synthetic_results.leave_out(summary, *left_out)
    if "fits" not in left_out:
        summary["backgrounds"]["ttyy"]["points"][0]["fit"] = synthetic_results.not_fitted()
    (run / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    kept = numbers.keep(run)
    assert comparison.compare(kept, summary).agrees
    summary["backgrounds"]["ttyy"]["points"][0]["auc"]["value"] -= 1
    (cell,) = comparison.compare(kept, summary).differing
    assert cell.place == "ttyy, selection: NN, AUC"


@pytest.mark.parametrize(("change", "code"), [(0, 0), (50, 1)])
def test_the_command_ends_with_a_code(tmp_path, capsys, other, change, code):
    nn(other)["rejection"]["value"] += change
    (tmp_path / "summary.json").write_text(json.dumps(other), encoding="utf-8")
    assert command.main(["--compare", str(tmp_path / "summary.json"), "--root", str(ROOT)]) == code
    assert ("DIFFER" in capsys.readouterr().out) == bool(code)


def test_the_command_refuses_in_a_sentence(tmp_path, capsys):
    assert command.main(["--compare", str(tmp_path / "none.json"), "--root", str(ROOT)]) == 2
    assert command.main(["--keep", str(tmp_path), "--root", str(ROOT)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and "has no summary.json" in said[1]
