"""What is said of generated showers: distances, response, classifiers, memory and worth, where the answer is known."""

import numpy as np
import pytest

from unsculpt.generation import judging, physics, twosample
from unsculpt.generation.geometry import Geometry
from unsculpt.generation.showers import Showers

GEOMETRY = Geometry((0, 90, 480), ((2, 4), (3, 3)), 240)


def make(rng, number=400, scale=1.0):
    energy = rng.uniform(1, 100, number)
    cells = energy[:, None] * rng.dirichlet(np.full(17, 0.5), number) * scale
    cells = np.where(cells < 0.01, 0, cells).astype(np.float32)
    return Showers(energy, np.zeros(number, int), cells, np.zeros((number, 2), np.float32))


def test_a_shift_is_a_distance_in_units_of_the_spread(rng):
    x, y = rng.normal(5, 2, (2, 4000))
    flat = np.ones(4000)
    names = [{"a": v, "constant": flat} for v in (x, x + 1, y)]
    shifted, constant = physics.distances(*names, replicas=20, rng=rng)
    assert shifted["value"] == pytest.approx(1 / x.std()) and shifted["error"] < 0.05 < shifted["value"]
    assert 0.005 < shifted["floor"] < shifted["edge"] < 0.1 and constant["value"] is None
    assert physics.median_and_worst([shifted, constant])["name"] == "a"


def test_response_is_told_in_bins_with_errors(rng):
    energy = rng.uniform(1, 100, 5000)
    cells = (energy * rng.normal(0.9, 0.1, 5000))[:, None]
    rows = physics.response(cells, energy, [1, 50, 100, 200])
    assert rows[0]["mean"]["value"] == pytest.approx(0.9, abs=5 * rows[0]["mean"]["error"])
    assert rows[0]["width"]["value"] == pytest.approx(1 / 9, abs=5 * rows[0]["width"]["error"])
    assert rows[0]["width"]["error"] == pytest.approx(
        rows[0]["width"]["value"] / np.sqrt(2 * rows[0]["showers"]), rel=0.2
    )
    assert rows[2]["mean"] is None
    worst = physics.worst_response(physics.response(cells * np.float32(1.03), energy, [1, 50, 100, 200]), rows)
    assert worst["value"] == pytest.approx(0.03, abs=1e-6)


def test_physics_of_truth_beside_truth_is_at_the_floor(rng):
    truth, other, fresh = (make(rng) for _ in range(3))
    options = {"replicas": 10, "edges": [1, 50, 100], "bins": 20, "rng": rng}
    found = physics.compare(truth, other, fresh, GEOMETRY, **options)
    assert found["overall"]["median"] < 3 * found["overall"]["floor"]
    assert found["correlations"]["rms"] < 0.1
    for row in found["histograms"]:
        assert row["counts"]["truth"].sum() == row["counts"]["generated"].sum() == 400
    assert found["images"][1].shape == (3, 3)
    half = physics.compare(
        truth, make(rng, scale=0.5), fresh, GEOMETRY, replicas=5, edges=[1, 50, 100], bins=9, rng=rng
    )
    assert half["worst_response"]["value"] == pytest.approx(0.5, abs=0.01)
    assert half["overall"]["worst"] > 10 * found["overall"]["floor"]


@pytest.mark.parametrize("kind", ["trees", "network"])
def test_classifiers_find_a_difference_or_none(rng, kind):
    x, y = rng.normal(0, 1, (2, 1500, 3))
    same = twosample.separability(x, y, kind, (1, 2))
    assert same["value"] == pytest.approx(0.5, abs=0.06) and len(same["seeds"]) == 2
    exact = 0.921  # of two normal distributions two standard deviations apart
    assert twosample.separability(x, y + np.array([2, 0, 0]), kind, (1,))["value"] == pytest.approx(exact, abs=0.03)


def test_copies_are_called_memory(rng):
    learnt, fresh, new = (make(rng).cells for _ in range(3))
    copied = twosample.memory(learnt[:100] * np.float32(1.001), learnt, fresh)
    assert copied["value"] == 1 and copied["p_value"] < 1e-20 and copied["to_learnt"][2] < 1e-3
    honest = twosample.memory(new, learnt, fresh)
    assert honest["value"] == pytest.approx(0.5, abs=0.1) and honest["p_value"] > 1e-4


def test_worth_is_that_of_the_bias(rng):
    truth = rng.normal(0, 1, 400_000)
    assert twosample.worth(truth, rng.normal(0, 1, 50_000), 20)["limit"] is None
    found = twosample.worth(truth, rng.normal(0.1, 1, 50_000), 20)
    edges = np.quantile(truth, np.linspace(0, 1, 21))
    p = np.histogram(rng.normal(0.1, 1, 4_000_000), [-np.inf, *edges[1:-1], np.inf])[0] / 4e6
    assert found["limit"] == pytest.approx(0.95 / np.sum((p - 0.05) ** 2), rel=0.15)
    assert twosample.equivalent(found, [1e12])[0] == pytest.approx(found["limit"], rel=1e-3)


def test_worth_of_true_showers_is_their_number(rng):
    edges, sums = np.quantile(rng.normal(0, 1, 400_000), np.linspace(0, 1, 21)[1:-1]), []
    for _ in range(200):
        p = np.bincount(np.searchsorted(edges, rng.normal(0, 1, 500)), minlength=20)
        sums.append(np.sum((p / 500 - 0.05) ** 2))
    assert 0.95 / np.mean(sums) == pytest.approx(500, rel=0.1)


def test_everything_that_is_learnt_of_showers_is_told(rng):
    truth, other, fake, learnt = (make(rng, 300) for _ in range(4))
    settings = {"classifier_seeds": 1, "neighbours": 50, "quantiles": 5}
    found = judging.classify(truth, fake, other, learnt, GEOMETRY, settings=settings, rng=rng)
    assert {row["name"] for row in found["worth"]} >= {"total energy", "sparsity 1"} and found["learnt"] == 300
    assert len(found["shown"]) == 4 and found["shown"][0]["neighbour"][1].shape == (3, 3)
    reference = judging.classify(truth, other, other, learnt, GEOMETRY, settings=settings, rng=rng)
    assert 0.3 < reference["memory"]["value"] < 0.7 and reference["memory"]["to_fresh"][0] > 0
    assert 0 < found["trees"]["value"] < 1 and len(found["memory"]["distances"]["to_fresh"]) == 50
