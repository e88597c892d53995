import json
import logging
from dataclasses import replace

import numpy as np
import pytest

from unsculpt import files, fits, likelihood
from unsculpt.categories.boundaries import Boundaries, search
from unsculpt.categories.parts import everything
from unsculpt.categories.table import measure, rows
from unsculpt.fits.discrete import intervals

CUTS = Boundaries("hadronic", (0.0, 0.4, 0.7, 1.0), 0.0, ())


def test_the_purest_category_comes_first(toy_events, study, toy_score):
    events = toy_events(20000)
    table, skipped = rows(CUTS, measure(events, toy_score(events), CUTS, study()), study())
    assert [row["name"] for row in table] == ["Had 1", "Had 2", "Had 3"]
    assert [(row["score_low"], row["score_high"]) for row in table] == [(0.7, 1.0), (0.4, 0.7), (0.0, 0.4)]
    purity = [row["signal_over_background"] for row in table]
    assert purity == sorted(purity, reverse=True)
    assert skipped == []


def test_yields_are_those_of_all_events(toy_events, study, toy_score):
    events = toy_events(40000)
    score = toy_score(events)
    hadronic = events.where(None, "hadronic")
    window = (events.mass >= 120) & (events.mass < 130)
    table, _ = rows(CUTS, measure(events, score, CUTS, study()), study())
    for row in table:
        inside = hadronic & window & (score >= np.float32(row["score_low"])) & (score < row["score_high"])
        signal, background = (events.weight[inside & events.where(label)].sum() for label in (1, 0))
        assert row["signal"] == pytest.approx(signal)
        error = np.hypot(row["background_template_error"], np.sqrt(np.sum(events.weight[inside] ** 2)))
        assert abs(row["background"] - background) < 3.5 * error  # a fit of the sidebands, not a count


def test_the_error_of_the_background_is_that_of_data_not_of_the_simulation(toy_events, study, toy_score):
    small, large = (toy_events(n) for n in (10000, 40000))
    errors = []
    for events in (small, large):
        row = rows(CUTS, measure(events, toy_score(events), CUTS, study()), study())[0][1]
        kappa = row["fit"]["kappa"]
        assert row["background_error"] == pytest.approx(row["background_template_error"] / np.sqrt(kappa), rel=1e-3)
        errors.append((row["background_error"], row["background_template_error"]))
    assert errors[0][0] == pytest.approx(errors[1][0], rel=0.1)
    assert errors[0][1] == pytest.approx(2 * errors[1][1], rel=0.15)


def test_the_significance_includes_the_error_of_the_background_and_the_spurious_signal(toy_events, study, toy_score):
    events = toy_events(20000)
    for row in rows(CUTS, measure(events, toy_score(events), CUTS, study()), study())[0]:
        background = row["background"] + row["background_excess"]
        spurious, total = row["spurious_signal"], np.sum(row["spectrum"]["signal"]["sumw"])
        size = max(abs(spurious["n_sp"]), spurious["template_error"]) * row["signal"] / total
        assert row["background_uncertainty"] == pytest.approx(np.sqrt(row["background_error"] ** 2 + size**2))
        z = likelihood.asimov_significance(row["signal"], background, row["background_uncertainty"])
        assert row["significance"] == pytest.approx(float(z))
        assert row["significance"] < likelihood.asimov_significance(row["signal"], row["background"], 0.0)


def test_a_blind_table_keeps_the_window_closed(toy_events, study, toy_score):
    events = toy_events(20000)
    for row in rows(CUTS, measure(events, toy_score(events), CUTS, study()), study())[0]:
        counts = np.array(row["spectrum"]["data"]["sumw"])
        assert counts[study().axis.in_window].sum() == 0
        assert row["data"]["window_events"] is None
        assert row["data"]["fit"]["window_simulated"] is None
        assert row["data"]["fit"]["pull"] is None
        assert row["data"]["sideband_events"] == counts.sum()


def test_data_are_quoted_with_an_interval_that_knows_of_the_choice_of_the_function(toy_events, study, toy_score):
    """It needs no event of the window: that of blinded data is the one of all data."""
    events = toy_events(20000, blind=False)
    outside = events[(events.label >= 0) | ~study().axis.inside(events.mass)]
    found = []
    for sample, blind in ((events, False), (outside, True)):
        settings = study(blind=blind)
        table, _ = rows(CUTS, measure(sample, toy_score(sample), CUTS, settings), settings)
        found.append([row["data"]["fit"]["interval"] for row in table])
        for row, interval in zip(table, found[-1], strict=True):
            assert interval["method"] == "envelope" and interval["function"] in interval["functions"]
            counts = np.array(row["spectrum"]["data"]["sumw"])
            alone = intervals(counts, settings.axis, fits.QUOTED)[0]
            assert interval["low"] + interval["template"]["low"] == pytest.approx(alone.low[0])
            assert interval["high"] - interval["template"]["high"] == pytest.approx(alone.high[0])
    assert found[0] == found[1]


def test_an_unblinded_table_counts_the_window(toy_events, study, toy_score):
    events = toy_events(20000, blind=False)
    table, _ = rows(CUTS, measure(events, toy_score(events), CUTS, study(blind=False)), study(blind=False))
    total = sum(row["data"]["window_events"] + row["data"]["sideband_events"] for row in table)
    assert total == events.where(-1, "hadronic").sum()


def test_a_study_without_data_has_no_data_in_its_table(toy_events, study, toy_score):
    events = toy_events(10000)
    events = events[events.label >= 0]
    for row in rows(CUTS, measure(events, toy_score(events), CUTS, study()), study())[0]:
        assert row["data"] is None
        assert row["spectrum"]["data"] is None


def test_a_category_with_too_few_events_is_left_out_with_a_sentence(toy_events, study):
    events = toy_events(4000)
    score = np.where(np.arange(len(events)) % 500 == 0, 0.9, 0.2).astype(np.float32)
    cuts = Boundaries("hadronic", (0.0, 0.5, 1.0), 0.0, ())
    table, skipped = rows(cuts, measure(events, score, cuts, study()), study())
    assert [row["name"] for row in table] == ["Had 2"]
    assert len(skipped) == 1
    assert skipped[0].startswith("Had 1 is left out: the sidebands")


def test_a_category_that_is_its_channel_has_no_divergence(toy_events, study, toy_score):
    events = toy_events(4000)
    cuts = Boundaries("hadronic", (0.0, 1.0), 0.0, ())
    (row,), _ = rows(cuts, measure(events, toy_score(events), cuts, study()), study())
    assert row["jsd"]["value"] is None
    assert row["jsd"]["reference"] == "inclusive"


def test_a_score_that_is_the_mass_sculpts_its_categories(toy_events, study, toy_score):
    events = toy_events(20000)
    honest = rows(CUTS, measure(events, toy_score(events), CUTS, study()), study())[0][0]
    sculpting = np.clip(np.exp(-0.5 * ((events.mass - 125) / 12) ** 2), 0, 1).astype(np.float32)
    sculpted = rows(CUTS, measure(events, sculpting, CUTS, study()), study())[0]
    assert honest["jsd"]["value"] < 3 * honest["jsd"]["floor"]
    assert all(row["jsd"]["value"] > 10 * row["jsd"]["floor"] for row in sculpted)


def test_background_that_the_sidebands_do_not_know_of_is_no_sensitivity(toy_events, study, toy_score):
    events = toy_events(40000)
    bump = np.exp(-0.5 * ((events.mass - 125) / 6) ** 2)
    logit = np.log(toy_score(events) / (1 - toy_score(events)))
    table, _ = rows(CUTS, measure(events, 1 / (1 + np.exp(-(logit + 2 * bump))), CUTS, study()), study())
    honest, _ = rows(CUTS, measure(events, toy_score(events), CUTS, study()), study())
    assert table[0]["background_excess"] > table[0]["background_template_error"]
    assert sum(row["background_excess"] for row in honest) < 0.05 * sum(row["background"] for row in honest)
    for row in table:
        simulated, extrapolated = row["fit"]["window_simulated"], row["fit"]["window_yield"]
        missed = simulated["value"] - extrapolated["value"] - 2 * np.hypot(simulated["error"], extrapolated["error"])
        assert row["background_excess"] == pytest.approx(max(missed, 0.0))


def test_the_table_scales_with_the_weights(toy_events, study, toy_score):
    events = toy_events(20000)
    twice = replace(events, weight=np.where(events.label >= 0, 2 * events.weight, events.weight))
    plain, doubled = (rows(CUTS, measure(e, toy_score(e), CUTS, study()), study())[0] for e in (events, twice))
    for one, two in zip(plain, doubled, strict=True):
        assert two["signal"] == pytest.approx(2 * one["signal"])
        assert two["background"] == pytest.approx(2 * one["background"], rel=1e-6)
        assert two["jsd"]["value"] == pytest.approx(one["jsd"]["value"])


def test_the_table_survives_json(toy_events, study, toy_score, tmp_path):
    events = toy_events(10000)
    found = search(events, toy_score(events), "leptonic", study(), part=everything(events))
    table, _ = rows(found, measure(events, toy_score(events), found, study()), study())
    files.save_json(table, tmp_path / "table.json")
    assert json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))[0]["name"] == "Lep 1"


def test_each_category_has_its_spurious_signal(toy_events, study, toy_score):
    events = toy_events(20000)
    for row in rows(CUTS, measure(events, toy_score(events), CUTS, study()), study())[0]:
        found, template = row["spurious_signal"], row["spectrum"]["background"]
        alone = fits.spurious_signal(
            template["sumw"],
            template["sumw2"],
            study().axis.edges,
            lambda mass: np.exp(-0.5 * ((np.arange(105.5, 160) - mass) / 1.7) ** 2) / (1.7 * np.sqrt(2 * np.pi)),
            function=row["function"],
            expected_signal=row["signal"],
        )
        assert found["n_sp"] == pytest.approx(alone.n_sp, abs=0.3 * found["template_error"])
        assert abs(found["n_sp"]) < 4 * found["template_error"]


def test_a_sculpting_score_has_a_spurious_signal(toy_events, study, toy_score):
    events = toy_events(40000)
    bump = np.exp(-0.5 * ((events.mass - 125) / 3) ** 2)
    score = (0.5 * toy_score(events) + 0.5 * bump).astype(np.float32)
    row = rows(CUTS, measure(events, score, CUTS, study()), study())[0][0]
    assert row["spurious_signal"]["n_sp"] > 5 * row["spurious_signal"]["template_error"]
    assert not row["spurious_signal"]["passes_relaxed"]


def test_a_category_with_few_data_borrows_its_slope_and_says_so(toy_events, study, toy_score):
    events = toy_events(20000)
    plain, borrowed = (
        rows(CUTS, measure(events, toy_score(events), CUTS, s), s)[0] for s in (study(), study(borrow=200))
    )
    for own, other in zip(plain, borrowed, strict=True):
        few = other["data"]["sideband_events"] < 200
        assert own["slope_from"] == "sidebands" and own["slope_prior"] is None
        assert other["slope_from"] == ("control region" if few else "sidebands")
        if few:
            assert other["slope_prior"] == other["fit"]["slope"]
            assert other["background_error"] < own["background_error"]
            assert other["data"]["fit"]["slope_from"] == "control region"
    assert any(row["slope_prior"] for row in borrowed)


def test_a_channel_whose_background_sums_to_nothing_has_no_divergences_and_no_categories(
    toy_events, study, toy_score, caplog
):
    events = toy_events(2000)
    odd = events.where(0, "hadronic")
    signs = np.where(odd & (np.arange(len(events)) % 2 == 0), -3.0, 1.0)
    events = replace(events, weight=events.weight * signs)
    with caplog.at_level(logging.INFO):
        measured = measure(events, toy_score(events), CUTS, study())
    assert all(divergence["jsd"]["value"] is None for divergence in measured.divergences)
    table, skipped = rows(CUTS, measured, study())
    assert not table and all("is left out" in sentence for sentence in skipped) and len(skipped) == 3
    assert "score, Had 1: JSD in the window: no number" in caplog.text


def test_the_yields_of_the_samples_are_those_of_their_events(mixed_events, study, toy_score):
    events = mixed_events(20000)
    score = toy_score(events)
    chosen = events.where(0, "hadronic")
    chosen &= (events.mass >= 120) & (events.mass < 130)
    table, _ = rows(CUTS, measure(events, score, CUTS, study()), study())
    for row in table:
        inside = chosen & (score >= np.float32(row["score_low"])) & (score < row["score_high"])
        total = events.weight[inside].sum()
        assert set(row["samples"]) == set(row["spectrum"]["samples"]) == {"ttyy", "ntni"}
        for name, found in row["samples"].items():
            weights = events.weight[inside & (events.sample == name)]
            assert found["value"] == pytest.approx(weights.sum())
            assert found["error"] == pytest.approx(np.sqrt(np.sum(weights**2)))
            assert found["share"]["value"] == pytest.approx(weights.sum() / total)
            assert 0 < found["share"]["error"] < found["error"] / found["value"]
        assert sum(found["value"] for found in row["samples"].values()) == pytest.approx(
            row["fit"]["window_simulated"]["value"]
        )
        sums = np.sum([part["sumw"] for part in row["spectrum"]["samples"].values()], axis=0)
        assert sums == pytest.approx(row["spectrum"]["background"]["sumw"])


def test_a_background_of_one_sample_has_no_yields_by_sample(toy_events, study, toy_score):
    events = toy_events(10000)
    for row in rows(CUTS, measure(events, toy_score(events), CUTS, study()), study())[0]:
        assert row["samples"] == row["spectrum"]["samples"] == {}


def test_each_category_says_how_its_function_was_chosen(toy_events, study, toy_score):
    """By the numbers of all functions that were tried; those of the chosen one are those of its spurious signal."""
    events, decided = toy_events(20000), []
    for row in rows(CUTS, measure(events, toy_score(events), CUTS, study()), study())[0]:
        choice, spurious = row["function_choice"], row["spurious_signal"]
        expected, passing = spurious["expected_signal"], {}
        for tried in choice["tried"]:
            limit = max(0.1 * expected, 0.2 * tried["error"])
            factor = (2 * tried["template_error"] / limit) ** 2
            rest = abs(tried["n_sp"]) - (2 * tried["template_error"] if factor > 1 else 0)
            if rest < limit:
                passing[tried["function"]] = factor
        if passing:
            ((function, factor),) = passing.items()  # no more are tried
            assert function == choice["function"] == choice["tried"][-1]["function"]
            assert choice["decided"] == ("undecided" if factor > 1 else "passes")
            assert choice["more_events"] == (pytest.approx(factor) if factor > 1 else None)
        else:
            assert choice["decided"] == "none_passes" and len(choice["tried"]) == 2
        assert choice["function"] == row["function"] == row["fit"]["function"]
        chosen = next(tried for tried in choice["tried"] if tried["function"] == choice["function"])
        for key in ("n_sp", "error", "template_error"):
            assert chosen[key] == pytest.approx(spurious[key])
        assert choice["uncertainty"] == pytest.approx(max(abs(spurious["n_sp"]), spurious["template_error"]))
        decided.append(choice["decided"])
    assert "undecided" in decided or "passes" in decided
