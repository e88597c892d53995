"""All divergences of a category."""

import logging

import numpy as np
import pytest

from unsculpt import axes, metrics
from unsculpt.errors import InputError

EDGES = np.arange(105, 161.0)
OPTIONS = {"base": 2, "reference": "inclusive", "replicas": 30}


def background(rng, n=20000):
    return 105 + 55 * rng.random(n) ** 1.5, rng.uniform(0.5, 1.5, n)


def scaled(mass, passed, weights, **changes):
    options = OPTIONS | {"axis": axes.spectrum(EDGES, (120, 130)), "rng": np.random.default_rng(3)} | changes
    return metrics.scaled_divergences(mass, passed, weights=weights, **options)


def test_a_category_has_the_divergences_of_its_spectrum_and_of_its_window(rng):
    mass, weights = background(rng)
    passed = rng.random(len(mass)) < 0.2 * (1 + 0.5 * np.exp(-(((mass - 125) / 2) ** 2)))
    found = scaled(mass, passed, weights)
    whole = metrics.jsd(mass, passed, weights=weights, edges=EDGES, rng=np.random.default_rng(3), **OPTIONS)
    assert found["jsd"] == whole
    inside = (mass >= 120) & (mass < 130)
    edges = np.arange(120, 131.0)
    window = metrics.jsd(mass[inside], passed[inside], weights=weights[inside], edges=edges, rng=rng, **OPTIONS)
    for name in ("value", "floor", "p_value", "n_eff", "range_gev"):
        assert getattr(found["jsd_window"], name) == pytest.approx(getattr(window, name))
    assert found["jsd_window"].range_gev == (120, 130) and found["jsd_window"].bins == 10


def test_a_category_that_ignores_the_mass_is_compatible_with_its_floors(rng):
    mass, weights = background(rng)
    found = scaled(mass, rng.random(len(mass)) < 0.1, weights)
    assert set(found) == {"jsd", "jsd_window", "jsd_beyond_slope"}
    for divergence in found.values():
        assert divergence.p_value > 1e-3
        assert divergence.value < 3 * divergence.floor


def test_masses_outside_the_range_and_the_order_of_events_do_not_count(rng):
    mass, weights = background(rng, 3000)
    passed = rng.random(3000) < 0.3
    more = np.append(mass, [90.0, 200.0]), np.append(passed, [True, True]), np.append(weights, [1.0, 1.0])
    one, other = scaled(mass, passed, weights)["jsd"], scaled(*more)["jsd"]
    assert other == one


def test_negative_weights_are_drawn_apart(rng):
    mass, weights = background(rng, 5000)
    signs = np.where(rng.random(5000) < 0.1, -1, 1)
    found = scaled(mass, rng.random(5000) < 0.3, weights * signs)["jsd"]
    assert found.value < 3 * found.floor and 0 < found.error < found.value


def test_a_category_of_everything_has_no_numbers_and_says_why(rng, caplog):
    mass, weights = background(rng, 200)
    with caplog.at_level(logging.INFO):
        found = scaled(mass, np.ones(200, bool), weights)
    assert all(d.value is None and d.p_value is None for d in found.values())
    assert "no background fails the selection" in caplog.text


def test_bad_input_gets_one_sentence(rng):
    mass, weights = background(rng, 50)
    with pytest.raises(InputError, match="one decision an event"):
        scaled(mass, np.ones(49, bool), weights)
    with pytest.raises(InputError, match="value of event 0 is nan"):
        scaled(mass * np.nan, np.ones(50, bool), weights)


@pytest.mark.parametrize(("number", "factor"), [(0, 1), (50, 0), (50, -1)])
def test_a_channel_without_background_has_no_numbers_and_the_log_names_the_category(rng, caplog, number, factor):
    mass, weights = background(rng, 50)
    with caplog.at_level(logging.INFO):
        found = scaled(mass[:number], np.ones(number, bool), factor * weights[:number], name="Lep 1")
    assert all(d.value is None for d in found.values())
    assert "Lep 1: JSD in the window: no number; divergence: no background passes" in caplog.text


def test_without_a_window_there_is_no_divergence_in_it_and_the_others_are_the_same(rng):
    mass, weights = background(rng, 3000)
    passed = rng.random(3000) < 0.3
    found, without = scaled(mass, passed, weights), scaled(mass, passed, weights, axis=axes.spectrum(EDGES))
    assert without == found | {"jsd_window": None}
