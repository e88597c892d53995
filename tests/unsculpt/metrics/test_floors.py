"""What statistics alone make of a divergence, against toys, enumeration and the closed form."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import kstest

from unsculpt import metrics
from unsculpt.errors import InputError
from unsculpt.metrics.strata import Kinds, Selected

BINS = 55
CENTRES = np.arange(105.5, 160)
FALL = np.exp(-CENTRES / 28) / np.exp(-CENTRES / 28).sum()
contents = hnp.arrays(float, 6, elements=st.just(0) | st.floats(1e-6, 1e4)).filter(
    lambda h: h.sum() > 1 and (h > 0).sum() > 2
)


def toy(rng, passing, efficiency, low=1.0, high=1.0):
    """Histograms of what passes, so many expected events a bin on average, and fails; weights between low and high."""
    parts = []
    for share in (efficiency, 1 - efficiency):
        counts = rng.poisson(passing * BINS * FALL * share / np.mean(efficiency))
        weights, index = rng.uniform(low, high, counts.sum()), np.repeat(np.arange(BINS), counts)
        parts.append(metrics.Histogram(np.bincount(index, weights, BINS), np.bincount(index, weights**2, BINS)))
    return parts


def measured(parts, reference, free_slope=False):
    """Divergence and floor of a toy, without the bootstrap."""
    nothing = [np.zeros((1, BINS))] * 2
    edges = np.arange(105, 161.0)
    return metrics.compare_spectra(*parts, nothing, edges=edges, base=2, reference=reference, free_slope=free_slope)


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
@pytest.mark.parametrize("weights", [(1, 1), (0.5, 1.5)])
@pytest.mark.parametrize("passing", [1, 2, 5, 30])
def test_the_floor_is_that_of_toys_down_to_one_event_a_bin(rng, passing, weights, reference):
    results = [measured(toy(rng, passing, 0.3, *weights), reference) for _ in range(300)]
    ratio = np.mean([r.value for r in results]) / np.mean([r.floor for r in results])
    assert ratio == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
@pytest.mark.parametrize("passing", [2, 20])
def test_p_values_are_uniform_even_with_two_events_a_bin(rng, passing, reference):
    p_values = np.array([measured(toy(rng, passing, 0.2), reference).p_value for _ in range(500)])
    assert np.mean(p_values < 0.05) == pytest.approx(0.05, abs=0.03)
    assert kstest(p_values, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
def test_a_fitted_slope_takes_its_degree_of_freedom_with_few_events_too(rng, reference):
    steeper = 0.2 * np.exp(-0.02 * (CENTRES - 130))
    results = [measured(toy(rng, 3, steeper), reference, free_slope=True) for _ in range(300)]
    ratio = np.mean([r.value for r in results]) / np.mean([r.floor for r in results])
    assert ratio == pytest.approx(1, abs=0.05)
    assert np.mean([r.p_value < 0.05 for r in results]) == pytest.approx(0.05, abs=0.04)


def test_the_floor_is_the_mean_over_all_ways_to_select_so_many_events():
    total, chosen = np.array([4, 3, 5, 2]), 6
    ways, divergences = [], []
    for passed in product(*(range(n + 1) for n in total)):
        if sum(passed) == chosen:
            ways.append(np.prod([comb(n, k) for n, k in zip(total, passed, strict=True)]))
            divergences.append(metrics.jensen_shannon(passed, total, base=2))
    exact = np.average(divergences, weights=ways)
    share = chosen / total.sum()
    parts = [metrics.Histogram(total * s, total * s) for s in (share, 1 - share)]
    found = metrics.unsculpted(*parts, np.arange(4.0), base=2, reference="inclusive")
    assert found.floor == pytest.approx(exact, rel=0.05)
    assert metrics.floor(3, (1 - share) ** 2 * (1 / 6 + 1 / 8), base=2) < 0.9 * exact  # the closed form is too low
    spread = np.sqrt(np.average((np.array(divergences) - exact) ** 2, weights=ways))
    assert np.sqrt(found.variance) == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
def test_with_many_events_the_floor_is_the_closed_form(rng, reference):
    parts = toy(rng, 1e5, 0.3)
    kept, lost = (part.n_eff for part in parts)
    noise = (1 / kept + 1 / lost) * (1 if reference == "fail" else (lost / (kept + lost)) ** 2)
    found = metrics.unsculpted(*parts, CENTRES, base=2, reference=reference)
    assert found.floor == pytest.approx(metrics.floor(BINS - 1, noise, base=2), rel=2e-3)
    assert found.dof == pytest.approx(BINS - 1, rel=1e-2)
    value = 1.3 * found.floor
    assert found.p_value(value) == pytest.approx(metrics.p_value(value, BINS - 1, noise, base=2), rel=0.05)


@given(contents, st.floats(0.001, 0.999), st.sampled_from(["inclusive", "fail"]), st.booleans())
def test_the_floor_is_a_positive_number_for_any_spectrum(content, share, reference, slope):
    parts = [metrics.Histogram(content * s, content * s) for s in (share, 1 - share)]
    factor = np.exp(-0.1 * np.arange(6)) if slope else None
    if slope:
        factor /= np.sum(content * factor) / content.sum()
    found = metrics.unsculpted(*parts, np.arange(6.0), base=2, reference=reference, factor=factor)
    assert 0 <= found.floor <= 1 and found.dof > 0 and 0 <= found.p_value(0.01) <= 1


def unequal(rng, case):
    """Masses, decisions that do not know them, weights and samples of a background with unequal weights."""
    sample, n = None, 20_000
    if case == "rare process":  # heavy events pass at 4 %, light ones of a common process at 30 %
        weights, efficiency, sample = (np.repeat(pair, 2000) for pair in ([4.0, 1.0], [0.04, 0.3], ["rare", "common"]))
    elif case == "the same in one sample":
        weights, efficiency = (np.repeat(pair, 2000) for pair in ([4.0, 1.0], [0.04, 0.3]))
    elif case == "negative":
        weights, efficiency = np.where(rng.random(5000) < 0.3, -1.0, 1.0), 0.1
    elif case == "lighter events pass":
        weights = np.exp(1.5 * rng.normal(size=n))
        efficiency = 0.15 * weights**-0.3 / (1 + 0.15 * weights**-0.3)
    else:
        weights, efficiency = np.exp(case * rng.normal(size=n)), 0.1
    passed = rng.random(len(weights)) < efficiency
    return 105 - 28 * np.log(1 - rng.random(len(weights)) * (1 - np.exp(-55 / 28))), passed, weights, sample


def of_events(rng, mass, passed, weights, sample, **changes):
    options = {"edges": np.arange(105, 161.0), "base": 2, "reference": "inclusive", "replicas": 2, "rng": rng}
    return metrics.jsd(mass, passed, weights=weights, sample=sample, **options | changes)


CASES = ["rare process", "the same in one sample", "negative", "lighter events pass", 1.5, 2.0]


@pytest.mark.parametrize("case", CASES)
def test_unequal_weights_have_the_floor_and_the_p_values_of_toys(rng, case):
    """With one efficiency for all weights the ratios were 0.57, 0.57, 0.76, 0.41, 0.73 and 0.56."""
    results = [of_events(rng, *unequal(rng, case)) for _ in range(250)]
    values, floors = (np.array([getattr(r, name) for r in results]) for name in ("value", "floor"))
    uncertain = values.std() / np.sqrt(len(values)) / floors.mean()
    assert abs(values.mean() / floors.mean() - 1) < 0.03 + uncertain
    small = np.mean([r.p_value < 0.05 for r in results])
    assert 0.015 < small < 0.085, "250 toys know it to 0.014"
    assert np.mean([r.p_value < 0.5 for r in results]) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("options", [{}, {"reference": "fail"}, {"free_slope": True}])
def test_the_floor_is_the_mean_over_permutations_of_the_masses_within_samples(rng, options):
    edges, ratios = np.arange(105, 161.0), []
    for _ in range(8):
        mass, passed, weights, sample = unequal(rng, "rare process")
        floor, permuted = of_events(rng, mass, passed, weights, sample, **options).floor, []
        for _ in range(40):
            moved = mass.copy()
            for name in ("rare", "common"):
                moved[sample == name] = rng.permutation(mass[sample == name])
            kept, lost = (np.histogram(moved[p], edges, weights=weights[p])[0] for p in (passed, ~passed))
            shape = {"base": 2, "reference": "inclusive"} | options
            permuted.append(metrics.shannon.of_selection(kept, lost, CENTRES, **shape))
        ratios.append(np.mean(permuted) / floor)
    assert np.mean(ratios) == pytest.approx(1, abs=0.04)


def test_sculpting_of_light_events_is_seen_beside_heavy_ones_that_hardly_pass(rng):
    mass, passed, weights, sample = unequal(rng, "rare process")
    light = sample == "common"
    passed[light] = rng.random(light.sum()) < 0.3 * (1 + 0.9 * np.exp(-(((mass[light] - 125) / 6) ** 2)))
    assert of_events(rng, mass, passed, weights, sample).p_value < 0.01


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
def test_strata_of_one_efficiency_change_nothing_for_equal_weights(rng, reference):
    mass, passed, weights, _ = unequal(rng, "rare process")
    parts, _ = metrics.divergence.selected_spectra(
        mass, passed, weights=0 * weights + 0.3, edges=np.arange(105, 161.0), replicas=0, rng=rng
    )
    number = (parts[0].sumw + parts[1].sumw) / 0.3
    tables = np.rint(number), np.rint(parts[0].sumw / 0.3), 0.3 * number, 0.09 * number
    one = Selected(*(part[None] for part in tables), Kinds(*np.zeros((4, 1), int)))
    options = {"base": 2, "reference": reference}
    plain, same = (metrics.unsculpted(*parts, CENTRES, **options, strata=strata) for strata in (None, one))
    assert (same.floor, same.dof) == pytest.approx((plain.floor, plain.dof), rel=1e-12)
    assert same.source == "formula"


def test_few_effective_events_are_drawn_and_many_are_not(rng):
    assert of_events(rng, *unequal(rng, 2.0)).floor_from == "draws"
    mass, passed, _, _ = unequal(rng, "rare process")
    assert of_events(rng, mass, passed, np.ones(len(mass)), None).floor_from == "formula"
    assert of_events(rng, mass, passed, rng.uniform(0.9, 1.1, len(mass)), None).floor_from == "formula"


@given(
    hnp.arrays(float, 40, elements=st.integers(-300, 10**5).map(lambda w: w / 100)).filter(lambda w: w.sum() > 0),
    st.integers(0, 2**32 - 1),
    st.floats(0.05, 0.95),
)
def test_the_floor_of_any_weights_is_a_number(weights, seed, share):
    rng = np.random.default_rng(seed)
    mass, passed, sample = 105 + 55 * rng.random(40), rng.random(40) < share, rng.integers(0, 3, 40)
    try:
        found = of_events(rng, mass, passed, weights, sample)
    except InputError:
        return
    assert 0 <= found.floor <= 1 and 0 <= found.p_value <= 1 and np.isfinite(found.error)
