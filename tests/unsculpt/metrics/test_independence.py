"""Distances and information against closed forms, scipy and permutations."""

import numpy as np
import pytest
from scipy.stats import ks_2samp, norm

from unsculpt.errors import InputError
from unsculpt.metrics import independence as ind


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_the_distance_is_that_of_scipy_for_equal_weights(rng):
    a, b = rng.normal(size=3000), rng.normal(0.1, 1, size=5000)
    found, wanted = ind.kolmogorov_smirnov(a, b), ks_2samp(a, b, method="asymp")
    assert found.value == pytest.approx(wanted.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(wanted.pvalue, rel=0.1)
    assert found.n_eff == (3000, 5000)


def test_whole_weights_are_as_many_events(rng):
    a, b, times = rng.normal(size=400), rng.normal(0.2, 1, size=500), rng.integers(1, 4, 400)
    weighted = ind.kolmogorov_smirnov(a, b, weights=(times.astype(float), None))
    assert weighted.value == pytest.approx(ks_2samp(np.repeat(a, times), b).statistic, abs=1e-12)
    assert weighted.n_eff[0] < 400


def test_floor_and_error_of_the_distance_are_mean_and_spread(rng):
    """With unequal weights, where both samples are alike, and the error where they are not."""
    same, apart = [], []
    for _ in range(300):
        a, b, w = rng.normal(size=800), rng.normal(size=1000), rng.exponential(size=800)
        same.append(ind.kolmogorov_smirnov(a, b, weights=(w, None)))
        apart.append(ind.kolmogorov_smirnov(a + 1, b, weights=(w, None)))
    assert np.mean([d.value for d in same]) == pytest.approx(np.mean([d.floor for d in same]), rel=0.06)
    assert np.std([d.value for d in apart]) == pytest.approx(np.mean([d.error for d in apart]), rel=0.15)
    assert np.mean([d.value for d in apart]) == pytest.approx(
        2 * norm.cdf(0.5) - 1, rel=0.06
    )  # the largest of what fluctuates
    assert np.mean([d.p_value for d in same]) == pytest.approx(0.5, abs=0.06)


def test_the_divergence_has_its_closed_form_and_its_floor(rng):
    wanted = []
    for _ in range(60):
        w = rng.exponential(size=4000)
        wanted.append(ind.divergence(rng.normal(size=4000), rng.normal(size=3000), weights=(w, None), rng=rng))
    floor = 49 / (8 * np.log(2)) * (1 / 2000 + 1 / 3000)
    assert np.mean([d.floor for d in wanted]) == pytest.approx(floor, rel=0.05)
    assert np.mean([d.value for d in wanted]) == pytest.approx(floor, rel=0.08)
    assert np.mean([d.p_value for d in wanted]) == pytest.approx(0.5, abs=0.12)
    disjoint = ind.divergence(np.linspace(0, 1, 500), np.linspace(2, 3, 500), rng=rng)
    assert disjoint.value == pytest.approx(1, abs=0.01)


def test_the_information_of_two_gaussians_is_its_closed_form(rng):
    r, n = 0.6, 200_000
    x = rng.normal(size=n)
    y = r * x + np.sqrt(1 - r**2) * rng.normal(size=n)
    found = ind.mutual_information(x, y)
    assert found.value == pytest.approx(-0.5 * np.log(1 - r**2), rel=0.02)  # binning loses a percent
    assert found.entropy == pytest.approx(np.log(32), abs=1e-6) and found.error < 0.003


@pytest.mark.parametrize("unequal", [False, True])
def test_bias_and_floor_of_the_information_are_those_of_permutations(rng, unequal):
    """The weights follow the variable, as they do where a class has others."""
    n = 4000
    x, y = rng.normal(size=n), rng.normal(size=n)
    w = np.exp(0.7 * y) if unequal else np.ones(n)
    found = [
        ind.mutual_information(rng.permutation(x), y, weights=w, score_bins=10, variable_bins=8) for _ in range(200)
    ]
    values, floor = np.array([f.value for f in found]), np.mean([f.floor for f in found])
    assert abs(values.mean()) < 0.35 * floor
    assert values.std() == pytest.approx(floor, rel=0.35 if unequal else 0.15)
    assert np.mean([f.p_value < 0.1 for f in found]) == pytest.approx(0.1, abs=0.07)


def test_the_cross_entropy_is_that_of_the_posterior_whatever_the_scale_of_the_score(rng):
    """Two Gaussians a unit apart: the posterior is a logistic function of x."""
    n = 200_000
    label = np.arange(n) % 2
    x = rng.normal(size=n) + label
    posterior = 1 / (1 + np.exp(0.5 - x))
    exact = ind.mean_loss(posterior, label, np.ones(n))
    for score in (x, posterior, x**3):
        assert ind.cross_entropy(score, label).value == pytest.approx(exact.value, abs=4e-4)
    weights = np.where(label == 1, 3.0, 0.2)
    assert ind.cross_entropy(x, label, weights=weights).value == pytest.approx(exact.value, abs=1e-3)
    useless = ind.cross_entropy(rng.random(n), label)
    assert useless.value == pytest.approx(np.log(2), abs=3e-4)


def test_all_numbers_of_a_score_that_knows_and_of_one_that_does_not(rng):
    n = 40_000
    z = rng.normal(size=n)
    options = {
        "weights": np.ones(n),
        "slices": [(-1.2, -0.8), (-0.2, 0.2), (0.8, 1.2)],
        "bins": 50,
        "variable_bins": 16,
    }
    options |= {"replicas": 50, "rng": rng}
    knows = ind.measure_independence(z + rng.normal(size=n), z, **options)
    ignorant = ind.measure_independence(rng.random(n), z, **options)
    assert len(knows["pairs"]) == 3 and knows["ks"].over_floor > 20 and knows["information"].p_value < 1e-6
    assert knows["pairs"][1]["first"] == [-1.2, -0.8] and knows["pairs"][1]["second"] == [0.8, 1.2]
    assert knows["ks"] == knows["pairs"][1]["ks"]
    assert ignorant["ks"].over_floor < 2.5 and ignorant["information"].p_value > 1e-3


def test_a_constant_score_knows_nothing(rng):
    z = rng.normal(size=500)
    options = {"weights": np.ones(500), "slices": [(-1, 0), (0, 1)], "bins": 50, "variable_bins": 8}
    found = ind.measure_independence(np.full(500, 0.3), z, **options, replicas=20, rng=rng)
    assert found["ks"].value == found["jsd"].value == found["information"].value == 0
    assert found["jsd"].over_floor is None and found["ks"].p_value == found["information"].p_value == 1
    assert ind.cross_entropy(np.full(500, 0.3), np.arange(500) % 2).value == pytest.approx(np.log(2) + 1 / 1000)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"slices": [(0, 1), (50, 60)]}, "no event has the variable in 50 to 60"),
        ({"weights": np.append(np.ones(99), -1)}, "weights are negative"),
    ],
)
def test_what_cannot_be_measured_is_refused(rng, change, sentence):
    options = {"weights": np.ones(100), "slices": [(0, 1), (-1, 0)], "bins": 5, "variable_bins": 4, "replicas": 20}
    with pytest.raises(InputError, match=sentence):
        ind.measure_independence(rng.random(100), rng.uniform(-1, 1, 100), **options | change, rng=rng)
