"""A score in ranges of another column: its numbers are those of the events of the range, counted one by one."""

import json
from dataclasses import replace

import numpy as np
import pytest
from point_toys import EDGES, sample, settings
from scipy.special import expit

from unsculpt import axes, metrics
from unsculpt.decorrelation import transforms
from unsculpt.decorrelation.samples import MapSettings
from unsculpt.events import BACKGROUND, Events

RANGES = {"x": {"column": "x", "edges": [0, 1, 2, 4], "mass_cut_gev": [115, 135]}}


def measure(columns, rng, ranges=RANGES, **changes):
    given = {key: values for key, values in columns.items() if key not in ("score", "x")}
    options = {"settings": settings(**({"bootstrap_replicas": 40} | changes)), "rng": rng}
    return metrics.measure_ranges(columns["score"], ranges, {"x": columns["x"]}, **given, **options)


@pytest.fixture
def columns(rng):
    """A score that sculpts more the higher x is, with weights that go with the mass."""
    toy = sample(rng, 6000)
    toy["x"] = rng.uniform(0, 4, len(toy["score"])).astype(np.float32)
    known = np.where(toy["label"] == 0, toy["x"] * np.exp(-(((toy["mass"] - 125) / 6) ** 2)), 0)
    toy["score"] = expit(np.log(toy["score"] / (1 - toy["score"])) + known)
    toy["weights"] = toy["weights"] * np.where(toy["label"] == 0, (toy["mass"] / 105) ** -2, 1)
    return toy


def counted(toy, inside, mass_cut, reference):
    """Threshold, efficiencies and JSD of the events of a range, by plain loops over the sorted signal."""
    kept = (toy["mass"] >= mass_cut[0]) & (toy["mass"] < mass_cut[1]) if mass_cut else np.ones(len(inside), bool)
    signal, background = (inside & (toy["label"] == label) for label in (1, 0))
    wanted, total = 0.5 * toy["weights"][signal].sum(), 0.0
    for i in sorted(np.flatnonzero(signal & kept), key=lambda i: -toy["score"][i]):
        total += toy["weights"][i]
        if total >= wanted:
            break
    threshold, passes = toy["score"][i], toy["score"] >= toy["score"][i]
    both = background & passes & kept
    efficiency = toy["weights"][both].sum() / toy["weights"][background].sum()
    p, f, q = (
        np.histogram(toy["mass"][chosen], EDGES, weights=toy["weights"][chosen])[0]
        for chosen in (background & passes, background & ~passes, background)
    )
    p, q = p / p.sum(), (f / f.sum() if reference == "fail" else q / q.sum())
    middle, jsd = (p + q) / 2, 0.0
    for side in (p, q):
        jsd += sum(x * np.log2(x / m) for x, m in zip(side, middle, strict=True) if x > 0) / 2
    return threshold, total / toy["weights"][signal].sum(), 1 / efficiency, jsd


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
def test_the_numbers_are_those_of_a_count_event_by_event(columns, rng, reference):
    measured = measure(columns, rng, jsd_reference=reference)
    places = [(low, high, cut) for low, high in ((0, 1), (1, 2), (2, 4)) for cut in (None, (115, 135))]
    assert [(entry.low, entry.high, entry.mass_cut_gev) for entry in measured] == places
    for entry, (low, high, cut) in zip(measured, places, strict=True):
        inside = (columns["x"] >= low) & (columns["x"] < high)
        numbers = entry.threshold, entry.signal_efficiency.value, entry.rejection.value, entry.jsd.value
        assert numbers == pytest.approx(counted(columns, inside, cut, reference), rel=1e-9)
        assert entry.background_efficiency.value == pytest.approx(1 / entry.rejection.value)
        assert entry.inverse_jsd.value == pytest.approx(1 / entry.jsd.value)
        assert entry.inverse_jsd.error == pytest.approx(entry.jsd.error / entry.jsd.value**2)
        assert entry.inverse_jsd.limit == pytest.approx(1 / entry.jsd.floor)
        weights = columns["weights"][inside & (columns["label"] == 0)]
        assert entry.events["background"]["number"] == len(weights)
        assert entry.jsd.n_eff < entry.events["background"]["n_eff"] == metrics.effective_number(weights)
    flat = measured[::2]
    over_floor = [entry.jsd.over_floor.value for entry in flat]
    assert over_floor == sorted(over_floor) and over_floor[0] < over_floor[2] / 3


def test_a_range_that_holds_everything_has_the_numbers_of_the_point(columns, rng):
    given = {key: values for key, values in columns.items() if key not in ("score", "x")}
    fold = np.arange(len(columns["score"])) % 3
    point = metrics.measure_point(columns["score"], **given, settings=settings(), rng=rng, fold=fold)
    everything = {"all": {"column": "x", "edges": [0, 4], "mass_cut_gev": None}}
    (found,) = measure(columns | {"fold": fold}, rng, everything, bootstrap_replicas=100)
    assert found.threshold == point.threshold and found.events == point.events
    for name in ("signal_efficiency", "background_efficiency", "rejection", "jsd"):
        ours, wanted = getattr(found, name), getattr(point, name)
        assert ours.value == wanted.value, name
        assert ours.error == pytest.approx(wanted.error, rel=0.35), name  # other random numbers
    assert (found.jsd.floor, found.jsd.p_value) == (point.jsd.floor, point.jsd.p_value)
    assert found.rejection.error_training == pytest.approx(point.rejection.error_training, abs=0.05)


def test_the_errors_are_the_spread_of_independent_samples(rng):
    ranges = {"x": {"column": "x", "edges": [0, 1], "mass_cut_gev": [115, 135]}}
    found = []
    for _ in range(25):
        toy = sample(rng, 1500, 0.8)
        found.append(measure(toy | {"x": np.zeros(len(toy["score"]))}, rng, ranges))
    for i in (0, 1):
        for name in ("rejection", "jsd"):
            values, errors = ([getattr(getattr(f[i], name), key) for f in found] for key in ("value", "error"))
            assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(values, ddof=1), rel=0.35), (i, name)


def test_the_floor_is_the_mean_of_a_score_that_ignores_the_mass_whatever_the_weights(rng):
    over = []
    for _ in range(15):
        toy = sample(rng, 2000)
        toy["x"] = rng.uniform(0, 1, len(toy["score"]))
        toy["weights"] = np.where(toy["label"] == 0, np.exp(-(toy["mass"] - 105) / 15), 1.0)
        ranges = {"x": {"column": "x", "edges": [0, 0.5, 1], "mass_cut_gev": None}}
        over += [entry.jsd.over_floor.value for entry in measure(toy, rng, ranges, bootstrap_replicas=20)]
    assert np.mean(over) == pytest.approx(1, abs=4 * np.std(over) / np.sqrt(len(over)))


def test_edges_belong_to_the_range_above_and_the_last_one_to_the_last(columns, rng):
    ranges = {"x": {"column": "x", "edges": [0, 1, 2], "mass_cut_gev": None}}
    columns["x"] = np.resize([0.0, 1.0, 2.0, 3.0], len(columns["score"]))
    first, last = measure(columns, rng, ranges)
    background = columns["label"] == 0
    assert first.events["background"]["number"] == np.sum(background & (columns["x"] == 0))
    assert last.events["background"]["number"] == np.sum(background & np.isin(columns["x"], [1, 2]))


def test_a_range_without_a_class_has_no_numbers_and_says_so(columns, rng, caplog):
    columns["x"] = np.where(columns["label"] == 1, 0.5 + (columns["x"] > 2), columns["x"])
    measured = measure(columns, rng)
    assert [entry.rejection.value is None for entry in measured] == [False] * 4 + [True] * 2
    assert "x from 2 to 4: there is no signal, the numbers are null" in caplog.text
    content = metrics.to_json(measured[-1])
    json.dumps(content, allow_nan=False)
    assert content["threshold"] is content["jsd"]["value"] is content["inverse_jsd"]["value"] is None
    assert content["events"]["signal"]["number"] == 0 < content["events"]["background"]["number"]


@pytest.mark.parametrize("label", [0, 1])
def test_a_fold_without_a_class_in_a_range_is_left_out_of_the_error_of_training(columns, rng, label):
    fold = rng.integers(0, 4, len(columns["score"]))
    lonely = (columns["x"] < 1) & (columns["label"] == label)
    fold[lonely & (fold == 3)] = 2
    measured, others = (measure(columns | {"fold": own}, rng) for own in (fold, np.minimum(fold, 2)))
    assert [entry.rejection.value for entry in measured] == [entry.rejection.value for entry in others]
    assert all(entry.rejection.error_training is not None for entry in measured)


def test_a_cut_on_the_mass_that_leaves_too_little_signal_has_no_numbers(columns, rng, caplog):
    ranges = {"x": {"column": "x", "edges": [0, 4], "mass_cut_gev": [125, 160]}}
    measured = measure(columns, rng, ranges, signal_efficiency=0.6)
    assert [entry.rejection.value is None for entry in measured] == [False, True]
    assert "the cut on the mass leaves less than 0.6 of the signal" in caplog.text


def test_the_spread_over_the_seeds_is_the_error_of_training_in_ranges_too(columns, rng):
    given = {key: values for key, values in columns.items() if key not in ("score", "x")}
    points = []
    for shift in (0.0, 0.1, 0.3):
        score = np.clip(columns["score"] + shift * (columns["label"] == 1) * rng.random(len(columns["score"])), 0, 1)
        point = metrics.measure_point(score, **given, settings=settings(bootstrap_replicas=20), rng=rng)
        points.append(replace(point, ranges=measure(columns | {"score": score}, rng, bootstrap_replicas=20)))
    complete = metrics.with_seeds(points)
    for i, entry in enumerate(complete.ranges):
        for name in ("rejection", "jsd"):
            values = [getattr(point.ranges[i], name).value for point in points]
            assert getattr(entry, name).error_training == pytest.approx(np.std(values, ddof=1))
        assert entry.inverse_jsd.error == pytest.approx(entry.jsd.error / entry.jsd.value**2)


MASSES = {"low": 50, "high": 300, "bin_width": 10}


def jets(n, rng):
    """Rows whose mass grows with a momentum from 200 to 2000, and a score that knows the ratio of the two."""
    pt = 200 * 10 ** rng.random(n)
    label = (rng.random(n) < 0.2).astype(np.int8)
    slope = 30 + 0.1 * pt
    fall = 50 - slope * np.log(1 - rng.random(n) * (1 - np.exp(-250 / slope)))
    mass = np.where(label == 1, np.clip(rng.normal(80, 6, n), 51, 299), fall)
    logit = rng.normal(0, 1, n) + label - 1.2 * np.log(mass / pt)
    columns = {name: np.full(n, "-") for name in ("sample", "channel", "region")}
    return Events(
        **columns,
        **{"run": np.ones(n, np.int64), "event": np.arange(n), "label": label, "fold": np.zeros(n, np.int8)},
        **{"mass": mass, "weight": np.ones(n), "features": pt[:, None].astype(np.float32), "feature_names": ("pt",)},
    ), expit(logit - np.median(logit))


def test_what_is_flat_in_the_mass_alone_sculpts_in_slices_of_what_goes_with_it(rng):
    """A map of the mass leaves in slices of pT what it averages over them; a map of both takes it out there too."""
    table, score = jets(30000, rng)
    axis = axes.spectrum(np.arange(50, 301, 10))
    ranges = {
        "all": {"column": "pt", "edges": [0, 3000], "mass_cut_gev": None},
        "pt": {"column": "pt", "edges": [200, 500, 1000, 2000], "mass_cut_gev": None},
    }
    given = {"label": table.label, "mass": table.mass, "weights": table.weight, "rng": rng}
    over = {}
    for protected in (("mass",), ("mass", "pt")):
        flat = transforms.transform("cdf", score, table, MapSettings(**MASSES, signal_efficiency=0.5), protected)
        options = {"settings": settings(axis=axis, bootstrap_replicas=20, jsd_reference="fail")}
        found = metrics.measure_ranges(flat, ranges, {"pt": table.column("pt")}, **given, **options)
        over[protected] = np.array([entry.jsd.over_floor.value for entry in found])
    assert np.sum(table.where(BACKGROUND)) > 20000
    alone, both = over.values()
    assert alone[0] < 1.5 and alone[1:].min() > 2 and alone[1:].mean() > 3
    assert both.max() < 2
