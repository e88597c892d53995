"""A score at its working point."""

import json
import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from point_toys import EDGES, sample, settings
from scipy.special import expit, ndtr, ndtri

from unsculpt import axes, metrics
from unsculpt.errors import InputError
from unsculpt.metrics.bootstrap import spread
from unsculpt.metrics.classes import split
from unsculpt.metrics.curves import draw

KEYS = ["value", "error", "error_events", "error_training", "floor", "over_floor", "p_value"]
KEYS += ["base", "reference", "bins", "range_gev", "n_eff", "n_eff_fail", "floor_from"]


def measure(columns, rng, name="score", **changes):
    score = columns["score"]
    rest = {key: values for key, values in columns.items() if key != "score"}
    return metrics.measure_point(score, **rest, settings=settings(**changes), rng=rng, name=name)


def test_two_gaussians_have_their_known_numbers(rng):
    point = measure(sample(rng, 40000), rng)
    expected = {
        "auc": ndtr(1 / np.sqrt(2)),
        "accuracy_signal": ndtr(1),
        "accuracy_background": 0.5,
        "accuracy": (0.5 + ndtr(1)) / 2,
        "signal_efficiency": 0.5,
        "background_efficiency": ndtr(-1),
        "rejection": 1 / ndtr(-1),
    }
    for name, value in expected.items():
        found = getattr(point, name)
        assert abs(found.value - value) < 4 * found.error, name
        assert 0 < found.error < 0.02 * value, name
    assert point.threshold == pytest.approx(expit(1), abs=0.005)
    assert point.jsd.value < 2 * point.jsd.floor


def test_the_errors_are_the_spread_of_independent_samples(rng):
    points = [measure(sample(rng, 5000, 0.8), rng, bootstrap_replicas=60) for _ in range(60)]
    for name in ("auc", "accuracy", "signal_efficiency", "background_efficiency", "rejection", "jsd"):
        values, errors = (np.array([getattr(getattr(p, name), k) for p in points]) for k in ("value", "error"))
        if name != "signal_efficiency":  # it is fixed by the cut
            assert np.sqrt(np.mean(errors**2)) == pytest.approx(values.std(), rel=0.3), name
    for curve, target in (("roc", "background_efficiency"), ("jsd", "value")):
        error = "background_efficiency_error" if curve == "roc" else "error"
        values = np.array([p.curves[curve][target] for p in points], float)[:, 5:-5]
        errors = np.array([p.curves[curve][error] for p in points], float)[:, 5:-5]
        assert np.median(np.sqrt(np.mean(errors**2, 0)) / values.std(0)) == pytest.approx(1.05, abs=0.25), curve


def test_a_point_is_plain_json_with_the_keys_that_others_read(rng):
    columns = sample(rng, 2000, 0.5)
    point = metrics.to_json(measure(columns | {"fold": np.arange(len(columns["score"])) % 3}, rng))
    json.dumps(point, allow_nan=False)
    for name in ("jsd", "jsd_window", "jsd_beyond_slope", "jsd_other_reference"):
        assert list(point[name]) == KEYS
        unknown = [key for key, value in point[name].items() if value is None]
        assert unknown == (["error_training"] if name == "jsd_other_reference" else [])
    assert point["jsd"]["range_gev"] == [105, 160] and point["jsd_window"]["range_gev"] == [120, 130]
    assert (point["jsd"]["bins"], point["jsd_window"]["bins"]) == (55, 10)
    assert point["jsd_other_reference"]["reference"] == "fail"
    curves = point["curves"]
    assert [len(values) for values in curves["roc"].values()] == [101] * 3
    assert [len(values) for values in curves["jsd"].values()] == [19] * 4
    assert len(curves["efficiency_profile"]["edges_gev"]) == 12
    assert np.shape(curves["efficiency_profile"]["value"]) == np.shape(curves["efficiency_profile"]["error"]) == (5, 11)
    assert [len(curves["score_profile"][name]["value"]) for name in ("signal", "background")] == [11, 11]
    assert [r["signal_efficiency"] for r in point["rejections"]] == [0.3, 0.5]
    assert list(point["score_mass"]["background"]["distance"]) == ["value", "error", "floor", "p_value"]
    assert point["events"]["signal"] == {
        "number": 2000, "n_eff": pytest.approx(2000 * 12 / 13, rel=0.02), "negative_weight_share": 0.0
    }  # fmt: skip
    assert set(curves["spectra"]) == {"edges_gev", "pass", "fail", "inclusive", "signal", "signal_pass"}
    for name in ("signal", "background", "data"):
        assert len(curves["scores"][name]["sumw"]) == len(curves["scores"][name]["sumw2"]) == 50


def test_the_curves_agree_with_the_numbers(rng):
    columns = sample(rng, 3000, 0.7)
    point = measure(columns, rng)
    spectra = {name: part for name, part in point.curves["spectra"].items() if name != "edges_gev"}
    assert spectra["pass"].sumw + spectra["fail"].sumw == pytest.approx(spectra["inclusive"].sumw)
    efficiency = spectra["pass"].sumw.sum() / spectra["inclusive"].sumw.sum()
    assert efficiency == pytest.approx(point.background_efficiency.value)
    assert point.curves["roc"]["background_efficiency"][50] == pytest.approx(efficiency, abs=2e-3)
    assert metrics.jensen_shannon(spectra["pass"].sumw, spectra["inclusive"].sumw, base=2) == pytest.approx(
        point.jsd.value
    )
    profile = point.curves["efficiency_profile"]
    merged = spectra["inclusive"].sumw.reshape(11, 5).sum(1)
    for inclusive, row in zip(profile["inclusive"], profile["value"], strict=True):
        assert np.sum(row * merged) / merged.sum() == pytest.approx(inclusive, abs=1e-3)
    scores = point.curves["scores"]
    assert scores["signal"].sumw.sum() == pytest.approx(columns["weights"][columns["label"] == 1].sum())
    assert scores["data"].sumw.sum() == np.sum(columns["label"] == -1)


def test_rejections_at_other_efficiencies_are_those_of_two_gaussians(rng):
    point = measure(sample(rng, 40000), rng, rejection_efficiencies=(0.3, 0.5, 0.8))
    for found in point.rejections:
        expected = 1 / ndtr(ndtri(found.signal_efficiency) - 1)
        assert abs(found.value - expected) < 4 * found.error < 0.1 * expected
    half = point.rejections[1]
    assert half.value == pytest.approx(point.rejection.value, rel=2e-3)
    assert half.error == pytest.approx(point.rejection.error, rel=1e-6)


def test_a_score_that_knows_the_mass_is_correlated_with_it_and_has_a_profile(rng):
    columns = sample(rng, 8000)
    known = np.where(columns["label"] == 0, 0.02 * (columns["mass"] - 130), 0)
    logit = np.log(columns["score"] / (1 - columns["score"]))
    plain, sculpted = (measure(columns | {"score": expit(logit + shift)}, rng) for shift in (0 * known, known))
    for kind in ("linear", "distance"):
        number = sculpted.score_mass["background"][kind]
        assert number.value > 0.2 and number.value > 10 * number.error
        assert plain.score_mass["background"][kind].value < 4 * plain.score_mass["background"][kind].error
    profile = sculpted.curves["score_profile"]["background"]
    assert np.all(np.diff(profile["value"]) > -3 * profile["error"][1:])
    flat = plain.curves["score_profile"]["background"]
    assert np.sum(((flat["value"] - np.mean(flat["value"])) / flat["error"]) ** 2) < 35  # chi2 of ten


def test_the_errors_cover_the_truth_as_often_as_they_say(rng):
    truth = {"auc": ndtr(1 / np.sqrt(2)), "background_efficiency": ndtr(-1), "rejection": 1 / ndtr(-1)}
    pulls = {name: [] for name in truth}
    for _ in range(300):
        columns = sample(rng, 1000)
        signal, background, _ = split(**columns, edges=EDGES)
        cut = metrics.cut_at_efficiency(signal.score, 0.5, weights=signal.weight)
        options = {"signal_efficiency": 0.5, "rejection_efficiencies": (0.5,), "replicas": 60, "rng": rng}
        drawn = draw(signal, background, cut=cut, threshold=0.5, **options)
        efficiency = metrics.efficiency(background.score >= cut, weights=background.weight).value
        weights = signal.weight, background.weight
        values = metrics.auc(signal.score, background.score, weights=weights), efficiency, 1 / efficiency
        for name, value in zip(truth, values, strict=True):
            pulls[name].append((value - truth[name]) / spread(drawn[name]))
    for name, found in pulls.items():
        assert np.mean(np.abs(found) < 1) == pytest.approx(0.683, abs=0.08), name
        assert np.mean(np.abs(found) < 2) == pytest.approx(0.954, abs=0.04), name


@settings_of_hypothesis(max_examples=40, deadline=None)
@given(
    st.sampled_from(["score", "mass", "weights"]),
    st.sampled_from([np.nan, np.inf, -np.inf]),
    st.integers(0, 119),
)
def test_whatever_is_not_a_number_gets_one_sentence_and_never_a_nan_in_a_table(name, value, row):
    columns = sample(np.random.default_rng(1), 60)
    columns[name] = np.array(columns[name], float)
    columns[name][row] = value
    with pytest.raises(InputError, match=r"(value|weight) of event \d+ is"):
        measure(columns, np.random.default_rng(1), bootstrap_replicas=20)


@settings_of_hypothesis(max_examples=40, deadline=None)
@given(st.integers(3, 12), st.integers(0, 10**6), st.sampled_from([1, 2, 4]))
def test_few_events_and_few_scores_give_numbers_or_nulls_but_no_nan(number, seed, levels):
    columns = sample(np.random.default_rng(seed), number)
    columns["score"] = np.ceil(columns["score"] * levels) / levels
    columns["fold"] = np.arange(len(columns["score"])) % 3
    try:
        point = measure(columns, np.random.default_rng(1), bootstrap_replicas=20)
    except InputError:
        return
    json.dumps(metrics.to_json(point), allow_nan=False)


def test_data_change_nothing_but_their_histogram(rng):
    columns = sample(rng)
    simulated = columns["label"] >= 0
    without = {name: values[simulated] for name, values in columns.items()}
    first, second = (metrics.to_json(measure(c, np.random.default_rng(1))) for c in (columns, without))
    assert second["curves"]["scores"].pop("data") is None
    assert sum(first["curves"]["scores"].pop("data")["sumw"]) == 200
    assert first == second


def test_sculpting_is_seen_and_a_slope_is_told_from_a_bump(rng):
    bump = measure(sample(rng, 20000, 1.0), rng)
    assert bump.jsd.p_value < 1e-6 and bump.jsd_beyond_slope.p_value < 1e-6
    columns = sample(rng, 20000)
    tilt = 0.01 * (columns["mass"] - 130) * (columns["label"] == 0)
    slope = measure(columns | {"score": expit(np.log(columns["score"] / (1 - columns["score"])) + tilt)}, rng)
    assert slope.jsd.p_value < 1e-6 and slope.jsd_beyond_slope.p_value > 1e-3


def test_nothing_changes_when_all_weights_are_times_seven(rng):
    columns = sample(rng, 1000)
    one, seven = (
        metrics.to_json(measure(columns | {"weights": factor * columns["weights"]}, np.random.default_rng(2)))
        for factor in (1, 7)
    )
    for name in ("auc", "background_efficiency", "rejection", "jsd", "jsd_window", "jsd_beyond_slope"):
        assert one[name]["value"] == pytest.approx(seven[name]["value"])
        assert one[name]["error"] == pytest.approx(seven[name]["error"], rel=1e-6)


def test_the_same_seed_gives_the_same_numbers(rng):
    columns = sample(rng, 500)
    first, second = (metrics.to_json(measure(columns, np.random.default_rng([3, 1]))) for _ in range(2))
    assert first == second


def test_a_few_negative_weights_are_measured(rng):
    columns = sample(rng, 5000)
    signs = np.where(rng.random(len(columns["label"])) < 0.1, -1, 1)
    point = metrics.to_json(measure(columns | {"weights": columns["weights"] * signs}, rng))
    assert point["auc"]["value"] == pytest.approx(ndtr(1 / np.sqrt(2)), abs=5 * point["auc"]["error"])
    assert point["jsd"]["value"] < 2.5 * point["jsd"]["floor"]
    assert point["events"]["background"]["negative_weight_share"] == pytest.approx(0.1, abs=0.02)


def test_equal_scores_are_kept_together_and_said(rng, caplog):
    columns = sample(rng, 1000)
    with caplog.at_level(logging.WARNING):
        point = measure(columns | {"score": np.round(columns["score"] * 2) / 2}, rng)
    assert point.signal_efficiency.value > 0.505
    assert "score: equal values, the cut 0.5 has signal efficiency" in caplog.text


def test_a_constant_score_is_measured_as_a_cut_that_passes_everything(rng, caplog):
    columns = sample(rng, 300)
    with caplog.at_level(logging.INFO):
        constant = measure(columns | {"score": np.full(len(columns["label"]), 0.25)}, rng, name="flatness, strength 3")
    point = metrics.to_json(constant)
    for key, value in (("auc", 0.5), ("signal_efficiency", 1), ("background_efficiency", 1), ("rejection", 1)):
        assert point[key]["value"] == pytest.approx(value)
    assert point["jsd"]["value"] is None and set(point["curves"]["jsd"]["value"]) == {None}
    assert point["score_mass"]["background"]["linear"]["value"] == 0
    assert "flatness, strength 3: every event has 0.25; it orders nothing" in caplog.text
    assert "flatness, strength 3: JSD in the window: no number; divergence: no background fails" in caplog.text
    assert "no JSD at background efficiencies 0.05, 0.1," in caplog.text
    assert sum(record.levelno == logging.WARNING for record in caplog.records) == 6
    json.dumps(point, allow_nan=False)


@settings_of_hypothesis(max_examples=40, deadline=None)
@given(st.integers(5, 40), st.integers(0, 10**6), st.sampled_from([1, 3, 50]), st.floats(0, 0.45))
def test_negative_weights_and_masses_without_background_give_numbers_or_nulls(number, seed, levels, negative):
    rng = np.random.default_rng(seed)
    columns = sample(rng, number)
    signs = np.where((rng.random(len(columns["label"])) < negative) & (columns["label"] >= 0), -1, 1)
    columns |= {"score": np.ceil(columns["score"] * levels) / levels, "weights": columns["weights"] * signs}
    columns["mass"] = np.where(columns["mass"] > 120, 119.5, columns["mass"])
    columns["fold"] = np.arange(len(columns["score"])) % 3
    if min(columns["weights"][columns["label"] == label].sum() for label in (0, 1)) <= 0:
        return
    point = metrics.to_json(measure(columns, np.random.default_rng(1), bootstrap_replicas=20))
    json.dumps(point, allow_nan=False)
    for name in ("jsd", "jsd_window", "jsd_beyond_slope"):
        jsd = point[name]
        assert len({jsd[key] is None for key in ("value", "error", "floor", "p_value")}) == 1
        assert jsd["value"] is None or 0 <= jsd["p_value"] <= 1
        assert (jsd["over_floor"]["value"] is None) == bool(jsd["over_floor"]["reason"])


def test_a_perfect_score_has_no_rejection_and_no_spectrum_to_compare(rng, caplog):
    columns = sample(rng, 300)
    perfect = np.where(columns["label"] == 1, 0.9, 0.1) + 0.01 * rng.random(len(columns["label"]))
    with caplog.at_level(logging.WARNING):
        point = metrics.to_json(measure(columns | {"score": perfect}, rng))
    assert point["auc"]["value"] == 1
    assert point["background_efficiency"]["value"] == 0
    assert not any(point["rejection"].values())
    assert point["jsd"]["value"] is None and point["jsd"]["n_eff"] == 0
    assert "no background passes the selection" in caplog.text
    json.dumps(point, allow_nan=False)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda c: c | {"score": c["score"][:-1]}, "do not belong to the same events"),
        (lambda c: c | {"score": np.where(c["label"] == 0, np.nan, 0.5)}, "scores of the background: the value of"),
        (lambda c: c | {"label": np.zeros(len(c["label"]))}, "scores of the signal: there are no events"),
        (lambda c: c | {"weights": 0 * c["weights"]}, "scores of the signal: the weights of 200 events sum to 0"),
        (lambda c: c | {"mass": c["mass"] + 100}, "outside 105-160 GeV"),
    ],
)
def test_bad_input_gets_one_sentence(rng, change, sentence):
    with pytest.raises(InputError, match=sentence):
        measure(change(sample(rng, 200)), rng)


def test_without_a_window_only_the_divergence_in_it_is_missing(rng):
    events = sample(rng, 1000, 0.5)
    with_window, without = (
        metrics.to_json(measure(events, np.random.default_rng(1), **options))
        for options in ({}, {"axis": axes.spectrum(EDGES)})
    )
    assert without == with_window | {"jsd_window": None}


def test_bad_settings_get_one_sentence():
    with pytest.raises(InputError, match="gives 1 mass bins"):
        metrics.Settings(axes.spectrum([105, 160]), 0.5, 2, "inclusive", 20)
    with pytest.raises(InputError, match='jsd_reference "all" is unknown'):
        settings(jsd_reference="all")


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
def test_the_jsd_is_the_sum_of_what_its_bins_add(rng, reference):
    columns = sample(rng, 5000, 0.8)
    point = measure(columns, rng, jsd_reference=reference)
    curve, rows = point.curves["divergence"], columns["label"] == 0
    passes = rows & (columns["score"] >= point.threshold)
    p, q = (
        np.histogram(columns["mass"][chosen], EDGES, weights=columns["weights"][chosen])[0]
        for chosen in (passes, rows if reference == "inclusive" else rows & ~passes)
    )
    p, q = p / p.sum(), q / q.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        of_p, of_q = (np.nan_to_num(x * np.log2(2 * x / (p + q))) for x in (p, q))
    assert curve["passed"] == pytest.approx(of_p) and curve["reference"] == pytest.approx(of_q)
    assert curve["cumulative"]["value"] == pytest.approx(np.cumsum(of_p + of_q) / 2)
    assert curve["cumulative"]["value"][-1] == pytest.approx(point.jsd.value)
    assert curve["cumulative"]["error"][-1] == pytest.approx(point.jsd.error_events, rel=0.3)


def test_the_scores_in_slices_of_the_mass_are_those_of_a_histogram(rng):
    columns = sample(rng, 5000, 0.8)
    slices = measure(columns, rng).curves["slices"]
    assert slices["edges_gev"].tolist() == [105, 116, 127, 138, 149, 160]
    for role, label in (("signal", 1), ("background", 0)):
        rows = columns["label"] == label
        found = np.histogram2d(
            columns["mass"][rows], columns["score"][rows], (slices["edges_gev"], slices["edges"]),
            weights=columns["weights"][rows],
        )[0]  # fmt: skip
        assert slices[role]["sumw"] == pytest.approx(found, rel=1e-5)
        outside = 1 - found.sum() / columns["weights"][rows].sum()
        assert 0 <= outside < 0.021  # a hundredth of a class on either side
