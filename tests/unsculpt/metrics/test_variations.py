"""Changes under other scales against counts, and their errors against what many samples show."""

import numpy as np
import pytest

from unsculpt import axes
from unsculpt.events import Events
from unsculpt.metrics import variations

AXIS = axes.mass({"min_gev": 100, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1})


def table(mass, number=None, weight=None):
    """Signal, in the first half, and background of one channel."""
    n = len(mass)
    return Events(
        run=np.ones(n, np.int64),
        event=np.arange(n) if number is None else number,
        sample=["s"] * n,
        channel=["all"] * n,
        region=["one"] * n,
        label=(np.arange(n) < n // 2).astype(np.int8),
        fold=np.zeros(n, np.int8),
        mass=mass,
        weight=np.ones(n) if weight is None else weight,
        features=np.zeros((n, 0), np.float32),
        feature_names=(),
    )


def pair(rng, shift, n=4000, first=0):
    """Sums of the events and of copies whose scores are moved, by class."""
    events = table(rng.uniform(110, 140, n), first + np.arange(n))
    score = rng.random(n)
    cut = variations.cut(events, score, 0.5, AXIS, ["all"])
    moved = score + shift + rng.normal(0, 0.01, n)
    return variations.summed(events, score, cut), variations.summed(events, moved, cut)


def test_changes_are_those_of_counts():
    mass, score = np.full(8, 125.0), np.array([0.6, 0.7, 0.4, 0.3, 0.6, 0.7, 0.2, 0.3])
    events = table(mass)
    cut = variations.cut(events, score, 0.5, AXIS, ["all"])
    moved = np.array([0.6, 0.7, 0.6, 0.3, 0.6, 0.7, 0.2, 0.3])
    nominal, copy = (variations.summed(events, values, cut) for values in (score, moved))
    found = variations.compare(nominal["signal"], copy["signal"], 10, np.random.default_rng(1), base=2)
    assert found["passing"]["value"] == pytest.approx(3 / 2 - 1) == found["window"]["value"]
    assert found["efficiency"]["value"] == pytest.approx(0.5) and found["selected"] == {"value": 0.0, "error": 0.0}
    assert found["channels"]["all"]["passing"]["value"] == pytest.approx(0.5)
    same = variations.compare(nominal["background"], copy["background"], 10, np.random.default_rng(1), base=2)
    assert same["passing"] == {"value": 0.0, "error": 0.0} and same["jsd"]["floor"] == 0
    down = variations.summed(events, score - 0.15, cut)
    size = variations.sizes(nominal["signal"], copy["signal"], down["signal"])
    assert size["passing"]["value"] == pytest.approx(np.sqrt((0.5**2 + 0.5**2) / 2))


def test_a_copy_of_every_event_adds_no_information():
    """Rows that are written twice are as many events as before: neither value nor error moves."""
    rng = np.random.default_rng(2)
    nominal, copy = pair(rng, 0.02)
    doubled = [variations.Sums(*(2 * np.asarray(x) for x in (s.selected, s.mass, s.passing, s.window)),
                               {k: (2 * a, 2 * b) for k, (a, b) in s.channels.items()}, 2 * s.scores)
               for s in (nominal["signal"], copy["signal"])]  # fmt: skip
    once = variations.compare(nominal["signal"], copy["signal"], 20, np.random.default_rng(3), base=2)
    twice = variations.compare(*doubled, 20, np.random.default_rng(3), base=2)
    for key in ("passing", "efficiency", "window"):
        assert once[key]["error"] == pytest.approx(twice[key]["error"], rel=1e-9)
    assert once["jsd"]["floor"] == pytest.approx(twice["jsd"]["floor"], rel=1e-9)


def test_errors_are_the_spread_over_samples_and_smaller_than_without_pairs():
    rng = np.random.default_rng(4)
    found = []
    for i in range(60):
        nominal, copy = pair(rng, 0.02, first=100_000 * i)
        found.append(variations.compare(nominal["signal"], copy["signal"], 2, rng, base=2)["passing"])
    spread = np.std([number["value"] for number in found], ddof=1)
    error = np.mean([number["error"] for number in found])
    assert error == pytest.approx(spread, rel=0.3)  # the spread of 60 is known to 9 %
    assert error < 0.4 * np.sqrt(2 / 1000)
    assert np.mean([number["value"] for number in found]) == pytest.approx(0.04, abs=0.005)


def test_the_floor_is_what_pairs_show_that_nothing_moves():
    rng = np.random.default_rng(6)
    found = []
    for i in range(40):
        nominal, copy = pair(rng, 0.0, first=100_000 * i)
        of = (nominal["background"].scores, copy["background"].scores)
        found.append(variations.divergence(*of, 100, rng, base=2))
    values, floors = ([number[key] for number in found] for key in ("value", "floor"))
    assert np.mean(values) == pytest.approx(np.mean(floors), rel=0.2)
    assert 0.2 < np.mean([number["p_value"] for number in found]) < 0.8
    nominal, copy = pair(rng, 0.05)
    moved = variations.divergence(nominal["signal"].scores, copy["signal"].scores, 100, rng, base=2)
    assert moved["p_value"] < 0.02 and moved["value"] > 3 * moved["floor"]


def test_the_uncertainty_of_mu_is_that_of_counts_and_scales():
    mu = variations.uncertainty_of_mu(16.0, 9.0, [0.03, 0.04])
    assert (mu["counts"], mu["scales"]) == (pytest.approx(5 / 16), pytest.approx(0.05))
    assert variations.uncertainty_of_mu(0.0, 9.0, [0.1])["total"] is None


def test_what_does_not_exist_is_none():
    nothing = np.zeros(variations.CLUSTERS)
    found = variations.jackknife(lambda n, c: c / n - 1, nothing, nothing)
    assert found.value is None and found.error is None
