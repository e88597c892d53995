"""Judging classifiers of the toy: the exact ones, and what is worse in a known way."""

import numpy as np
import pytest

from unsculpt import exact
from unsculpt.simulation import toys

SETTINGS = {"events": 60_000, "check_events": 60_000, "values": [-1, 0, 1]}


@pytest.fixture(scope="module")
def check():
    return exact.draw(SETTINGS, np.random.default_rng(1))


def judged(check, function, **options):
    return exact.judge(function, check, np.random.default_rng(2), **options)


def test_the_events_are_half_of_each_class_and_have_the_values_of_z(check):
    assert check.values == [-1, 0, 1] and check.label.mean() == 0.5
    assert all(len(check.x[value]) == 60_000 and (check.z[value] == value).all() for value in check.values)
    assert check.x["mixed"].dtype == np.float32 and check.z["mixed"].std() == pytest.approx(1, abs=0.02)


def test_the_posterior_is_best_and_knows_z_and_the_pivotal_one_does_not(check):
    found = {name: judged(check, exact.of_function(function)) for name, function in exact.EXACT.items()}
    limits = toys.anchors()
    for name, limit in (("posterior", "bayes"), ("pivotal", "pivotal")):
        loss = found[name]["cross_entropy"]
        assert abs(loss.value - limits[limit]) < 4 * loss.error
        assert found[name]["recalibrated"].value == pytest.approx(loss.value, abs=1.5e-3)
    assert found["posterior"]["ks"].over_floor > 30 and found["posterior"]["vertical"] < 0.6
    assert found["posterior"]["information"].value == pytest.approx(0.066, abs=0.005)
    assert found["pivotal"]["ks"].over_floor < 2.2 and found["pivotal"]["jsd"].over_floor < 1.8
    assert abs(found["pivotal"]["information"].value) < 4 * found["pivotal"]["information"].floor


def test_a_score_that_is_no_probability_has_the_loss_of_the_best_function_of_it(check):
    of_x1 = judged(check, lambda x, z: 1 / (1 + np.exp(-9 * x[:, 0].astype(float))), probability=False)
    assert of_x1["cross_entropy"] is None and of_x1["vertical"] is None
    assert of_x1["recalibrated"].value == pytest.approx(toys.anchors()["first_only"], abs=5e-3)
    assert of_x1["ks"].over_floor < 2.2


def test_the_surface_has_its_first_coordinate_first(check):
    steep = exact.surface(lambda x, z: x[:, 0] / 10 + 0.5)
    assert steep.shape == (61, 81) and exact.vertical(steep) == pytest.approx(1)
    assert exact.vertical(exact.surface(lambda x, z: x[:, 1] / 10 + 0.5)) < 1e-9
    seen = exact.shown(lambda x, z: np.full(len(x), 0.5), check)
    assert [len(density) for density in seen["densities"]] == [50, 50, 50]


def test_a_network_gets_its_inputs_in_its_own_order():
    both = exact.of_network(lambda features: features[:, 0] - 2 * features[:, 1], ["x2", "x1"])
    assert both(np.array([[1.0, 5.0]]), None)[0] == 3


def test_medians_are_over_trainings_and_say_how_far_these_are_apart(check):
    rows = [judged(check, exact.of_function(toys.pivotal)), judged(check, exact.of_function(toys.posterior))]
    found = exact.medians([*rows, rows[0]])
    assert found["ks_over_floor"]["value"] == rows[0]["ks"].over_floor
    assert found["ks_over_floor"]["high"] == rows[1]["ks"].over_floor
    assert exact.medians([{**rows[0], "vertical": None}])["vertical"] is None
