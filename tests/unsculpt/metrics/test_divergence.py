"""The Jensen-Shannon divergence, its floor and its errors."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import jensenshannon
from scipy.stats import kstest

from unsculpt import metrics
from unsculpt.errors import InputError
from unsculpt.metrics.bootstrap import poisson_sums

EDGES = np.arange(105, 161.0)
CENTRES = (EDGES[1:] + EDGES[:-1]) / 2
FALL = np.exp(-CENTRES / 28) / np.exp(-CENTRES / 28).sum()
spectra = hnp.arrays(float, 8, elements=st.floats(0, 100)).filter(lambda h: h.sum() > 1)


def toy(rng, n, efficiency, heavy=False):
    """Histograms of background that passes and fails, the efficiency given by mass bin; weights of one or two sizes."""
    efficiency = np.broadcast_to(efficiency, FALL.shape)
    kept, lost = ([rng.poisson(n / 2 * FALL * share) for _ in range(2)] for share in (efficiency, 1 - efficiency))
    weights = (1.0, 4.0) if heavy else (1.0, 1.0)
    return [
        metrics.Histogram(
            sum(w * c.astype(float) for w, c in zip(weights, counts, strict=True)),
            sum(w**2 * c.astype(float) for w, c in zip(weights, counts, strict=True)),
        )
        for counts in (kept, lost)
    ]


def measure(parts, rng, replicas=2, **options):
    drawn = [poisson_sums(part, replicas, rng) for part in parts]
    settings = {"edges": EDGES, "base": 2, "reference": "inclusive"} | options
    return metrics.compare_spectra(*parts, drawn, **settings)


@given(spectra, spectra, st.floats(0.01, 100))
def test_the_divergence_is_symmetric_bounded_and_knows_no_scale(p, q, scale):
    value = metrics.jensen_shannon(p, q, base=2)
    assert 0 <= value <= 1 + 1e-12
    assert metrics.jensen_shannon(q, p, base=2) == pytest.approx(value, abs=1e-12)
    assert metrics.jensen_shannon(scale * p, q, base=2) == pytest.approx(value, abs=1e-12)
    assert metrics.jensen_shannon(p, q, base=np.e) == pytest.approx(value * np.log(2), abs=1e-12)


@given(spectra, spectra)
def test_it_is_the_square_of_the_distance_of_scipy(p, q):
    if np.array_equal(p / p.sum(), q / q.sum()):
        return
    distance = jensenshannon(p, q, base=2)
    assert metrics.jensen_shannon(p, q, base=2) == pytest.approx(np.nan_to_num(distance) ** 2, abs=1e-9)


def test_equal_spectra_diverge_by_nothing_and_disjoint_ones_by_one_bit():
    assert metrics.jensen_shannon(FALL, 3 * FALL, base=2) == pytest.approx(0, abs=1e-15)
    assert metrics.jensen_shannon([1, 2, 0, 0], [0, 0, 5, 1], base=2) == pytest.approx(1)
    assert metrics.jensen_shannon([1, -2, 0], [0, 7, 1], base=2) == pytest.approx(1)  # a negative bin is empty


def test_events_of_disjoint_mass_diverge_by_one_bit(rng):
    mass = np.concatenate([rng.uniform(105, 120, 1000), rng.uniform(130, 160, 1000)])
    result = metrics.jsd(
        mass, mass < 125, weights=np.ones(2000), edges=EDGES, base=2, reference="fail", replicas=50, rng=rng
    )
    assert result.value == pytest.approx(1)
    assert result.p_value == pytest.approx(0, abs=1e-100)
    assert (result.n_eff, result.n_eff_fail, result.bins) == (1000, 1000, 45)


@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize("reference", ["inclusive", "fail"])
@pytest.mark.parametrize(("n", "efficiency"), [(20000, 0.5), (40000, 0.1)])
def test_a_selection_that_knows_no_mass_shows_the_floor_and_uniform_p_values(rng, n, efficiency, reference, heavy):
    results = [measure(toy(rng, n, efficiency, heavy), rng, reference=reference) for _ in range(600)]
    values = np.array([r.value for r in results])
    assert values.mean() == pytest.approx(results[0].floor, rel=0.05)
    assert values.std() == pytest.approx(results[0].floor * np.sqrt(2 / 54), rel=0.15)
    assert kstest([r.p_value for r in results], "uniform").pvalue > 1e-3


def test_with_200_events_a_bin_the_floor_is_the_closed_form_within_a_percent(rng):
    parts = toy(rng, 50000, 0.2)
    kept, lost = (part.sumw.sum() for part in parts)
    fail = measure(parts, rng, reference="fail").floor
    inclusive = measure(parts, rng).floor
    assert fail == pytest.approx(54 / (8 * np.log(2)) * (1 / kept + 1 / lost), rel=0.01)
    assert inclusive == pytest.approx(54 / (8 * np.log(2)) * ((kept + lost) / kept - 1) / (kept + lost), rel=0.01)
    assert measure(parts, rng, base=np.e).floor == pytest.approx(inclusive * np.log(2))


def test_weak_sculpting_against_all_is_one_minus_efficiency_squared_of_that_against_the_rest(rng):
    parts = toy(rng, 10**7, 0.3 * (1 + 0.1 * np.sin(CENTRES)))
    ratio = measure(parts, rng).value / measure(parts, rng, reference="fail").value
    assert ratio == pytest.approx(0.7**2, rel=0.03)


def test_the_floor_adds_to_true_sculpting(rng):
    shape = 0.3 * (1 + 0.5 * np.exp(-(((CENTRES - 125) / 5) ** 2)))
    truth = metrics.jensen_shannon(FALL * shape, FALL, base=2)
    results = [measure(toy(rng, 8000, shape), rng) for _ in range(400)]
    assert np.mean([r.value for r in results]) == pytest.approx(truth + results[0].floor, rel=0.05)


@pytest.mark.parametrize("height", [0, 0.6, 3])
@pytest.mark.parametrize("reference", ["inclusive", "fail"])
def test_the_bootstrap_error_is_the_spread_of_independent_samples(rng, height, reference):
    shape = 0.15 * (1 + height * np.exp(-(((CENTRES - 125) / 5) ** 2)))
    results = [measure(toy(rng, 15000, shape, heavy=True), rng, 200, reference=reference) for _ in range(200)]
    spread = np.std([r.value for r in results])
    assert np.sqrt(np.mean([r.error**2 for r in results])) == pytest.approx(spread, rel=0.2)


@given(st.floats(-0.1, 0.1))
def test_an_exponential_factor_is_no_divergence_beyond_slope(slope):
    steeper = FALL * np.exp(-slope * CENTRES)
    assert metrics.tilted(FALL, steeper, CENTRES) == pytest.approx(steeper / steeper.sum(), abs=1e-9)


def test_the_tilt_is_the_one_of_maximum_likelihood(rng):
    spectrum = rng.poisson(50 * np.exp(-((CENTRES - 120) ** 2) / 800)).astype(float)

    def loss(slope):
        model = FALL * np.exp(-slope * (CENTRES - 130))
        return -np.sum(spectrum * np.log(model / model.sum()))

    best = FALL * np.exp(-minimize_scalar(loss, tol=1e-10).x * (CENTRES - 130))
    assert metrics.tilted(FALL, spectrum, CENTRES) == pytest.approx(best / best.sum(), abs=1e-6)


def test_a_spectrum_in_one_bin_at_the_end_is_described_by_an_extreme_tilt():
    last = np.eye(55)[-1]
    assert metrics.tilted(FALL, last, CENTRES)[-1] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
def test_a_selection_that_only_changes_the_slope_shows_the_floor_of_one_bin_less(rng, reference):
    steeper = 0.2 * np.exp(-0.02 * (CENTRES - 130))
    results = [measure(toy(rng, 40000, steeper), rng, reference=reference, free_slope=True) for _ in range(500)]
    assert np.mean([r.value for r in results]) == pytest.approx(results[0].floor, rel=0.05)
    assert kstest([r.p_value for r in results], "uniform").pvalue > 1e-3
    assert measure(toy(rng, 40000, steeper), rng, reference=reference).p_value < 1e-6


def test_nothing_changes_when_all_weights_are_times_seven(rng):
    mass, passed, weights = 105 + 55 * rng.random(3000), rng.random(3000) < 0.3, rng.normal(1, 0.6, 3000)
    options = {"edges": EDGES, "base": 2, "reference": "inclusive", "replicas": 50}
    one, seven = (
        metrics.jsd(mass, passed, weights=factor * weights, rng=np.random.default_rng(1), **options)
        for factor in (1, 7)
    )
    for name in ("value", "error", "floor", "p_value", "n_eff"):
        assert getattr(one, name) == pytest.approx(getattr(seven, name))


def test_over_floor_is_the_ratio_of_value_and_error_to_the_floor_or_says_why_there_is_none(rng):
    found = measure(toy(rng, 5000, 0.3), rng, reference="inclusive")
    assert found.over_floor.value * found.floor == pytest.approx(found.value, rel=1e-15)
    assert found.over_floor.error * found.floor == pytest.approx(found.error, rel=1e-15)
    assert found.over_floor.reason is None
    twice = replace(found, floor=2 * found.floor)
    assert twice.over_floor.value == pytest.approx(found.over_floor.value / 2)
    assert replace(found, floor=0.0).over_floor == metrics.divergence.OverFloor(None, None, "the floor of the JSD is 0")
    assert metrics.over_floor(None, None, None).reason == "the JSD of this selection has no value"
    assert metrics.over_floor(1e-3, None, 1e-3) == metrics.divergence.OverFloor(1.0, None)


def test_bad_input_gets_one_sentence(rng):
    mass = 105 + 55 * rng.random(100)
    options = {"weights": np.ones(100), "edges": EDGES, "base": 2, "reference": "inclusive", "replicas": 5, "rng": rng}
    with pytest.raises(InputError, match="no background passes"):
        metrics.jsd(mass, np.zeros(100, bool), **options)
    with pytest.raises(InputError, match="no background fails"):
        metrics.jsd(mass, np.ones(100, bool), **options)
    with pytest.raises(InputError, match="1 mass bins hold events"):
        metrics.jsd(mass, mass < 120, **options | {"edges": [105, 160]})
    with pytest.raises(InputError, match="one decision for each event"):
        metrics.jsd(mass, mass[:5] < 120, **options)
    with pytest.raises(InputError, match='the reference is "passed"'):
        metrics.jsd(mass, mass < 120, **options | {"reference": "passed"})
    with pytest.raises(InputError, match="sum to 0"):
        metrics.jsd(mass, mass < 120, **options | {"weights": np.zeros(100)})
