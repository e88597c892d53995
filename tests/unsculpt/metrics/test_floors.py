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
