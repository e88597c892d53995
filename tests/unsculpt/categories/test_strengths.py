"""Which categories take the interval of mu from toys."""

from unittest.mock import ANY

import pytest
from test_combination import AXIS, STATISTICS, row

from unsculpt.categories.combination import channels, combine, nuisances
from unsculpt.categories.strengths import construct

MIDDLE = (AXIS.edges[1:] + AXIS.edges[:-1]) / 2
SPARSE = [float(i % 4 == 0 and abs(m - 125) > 5) for i, m in enumerate(MIDDLE)]  # none near the signal


def results(rows, blind=True, **statistics):
    statistics = STATISTICS | statistics
    fitted, uncertain = channels(rows, axis=AXIS, blind=blind), nuisances(rows, statistics)
    plain = combine(fitted, uncertain)
    return plain, construct(plain, fitted, uncertain, rows=rows, statistics=statistics, seed=1)


def test_few_background_events_take_toys_and_so_does_the_combination():
    plain, made = results([row("Had 1", 4, 2), row("Had 2", 8, 200)])
    first, second = (entry["mu"] for entry in made["per_category"])
    assert (first["method"], second["method"], made["mu"]["method"]) == ("toys", "asymptotic", "toys")
    assert first["toys"] == 100 and second["toys"] is None
    assert second["expected"] == plain["per_category"][1]["mu"]["expected"]
    assert made["mu"]["asymptotic"] == plain["mu"]
    assert made["mu"]["expected"]["value"] == pytest.approx(1.0, abs=1e-3)
    for key in ("error_low", "error_high"):
        assert made["mu"]["expected"][key] == pytest.approx(plain["mu"]["expected"][key], rel=0.4)
    assert made["mu"]["observed"] is None
    quoted = made["spurious_signal_correlation"]
    assert quoted[quoted["quoted"]]["mu"] == made["mu"]


def test_observed_strengths_are_not_negative_and_many_events_need_no_toys():
    few = row("Had 1", 4, 3)
    few["spectrum"]["data"]["sumw"] = SPARSE
    _, made = results([few], blind=False)
    observed = made["mu"]["observed"]
    assert observed == {"value": 0.0, "error_low": 0.0, "error_high": ANY} and observed["error_high"] > 0
    assert made["mu"]["asymptotic"]["observed"]["value"] < 0
    _, many = results([row("Had 2", 8, 200)])
    assert many["mu"]["method"] == "asymptotic" and many["mu"]["asymptotic"] is None


def test_no_toys_and_no_fit_leave_what_there_is():
    _, made = results([row("Had 1", 4, 2)], toys=0)
    assert made["mu"]["method"] == "asymptotic"
    assert construct(combine([]), [], None, rows=[], statistics=STATISTICS, seed=1) == combine([])
