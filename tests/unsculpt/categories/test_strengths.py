"""Which categories take the interval of mu from toys."""

from unittest.mock import ANY

import pytest
from toy_categories import EDGES, channel, uncertain

from unsculpt.categories import correlation
from unsculpt.categories.combination import combine
from unsculpt.categories.strengths import construct

MIDDLE = (EDGES[1:] + EDGES[:-1]) / 2
SPARSE = [float(i % 4 == 0 and abs(m - 125) > 5) for i, m in enumerate(MIDDLE)]  # none near the signal


def results(*sizes, toys=400, **options):
    """What the combination of categories of these signals and backgrounds finds, without and with toys."""
    fitted = [channel(f"Had_{i}", signal, background, **options) for i, (signal, background) in enumerate(sizes)]
    uncertainties = correlation.quoted(fitted, uncertain(fitted))
    statistics, rows = {"toys": toys, "toys_below": 5}, [{"background": background} for _, background in sizes]
    plain = combine(fitted, uncertainties)
    return plain, construct(plain, fitted, uncertainties, rows=rows, statistics=statistics, seed=1)


def test_few_background_events_take_toys_and_so_does_the_combination():
    plain, made = results((4, 2), (8, 200))
    first, second = (entry["mu"] for entry in made["per_category"])
    assert (first["method"], second["method"], made["mu"]["method"]) == ("toys", "asymptotic", "toys")
    assert first["toys"] == 100 and second["toys"] is None
    assert second["expected"] == plain["per_category"][1]["mu"]["expected"]
    assert made["mu"]["asymptotic"] == plain["mu"]
    assert made["mu"]["expected"]["value"] == pytest.approx(1.0, abs=1e-3)
    for key in ("error_low", "error_high"):
        assert made["mu"]["expected"][key] == pytest.approx(plain["mu"]["expected"][key], rel=0.4)
    assert made["mu"]["observed"] is None
    both = made["spurious_signal_correlation"]
    assert both[both["quoted"]]["mu"] == made["mu"]
    assert results((4, 2), (8, 200))[1] == made


def test_observed_strengths_from_toys_are_not_negative():
    _, made = results((4, 3), counts=SPARSE)
    observed = made["mu"]["observed"]
    assert observed == {"value": 0.0, "error_low": 0.0, "error_high": ANY} and observed["error_high"] > 0
    assert made["mu"]["asymptotic"]["observed"]["value"] < 0


def test_many_events_need_no_toys():
    plain, made = results((8, 200))
    assert made["mu"] == plain["mu"] | {"method": "asymptotic", "toys": None, "asymptotic": None}


def test_no_toys_and_no_fit_leave_what_there_is():
    assert results((4, 2), toys=0)[1]["mu"]["method"] == "asymptotic"
    nothing = combine([])
    assert construct(nothing, [], None, rows=[], statistics={}, seed=1) == nothing
