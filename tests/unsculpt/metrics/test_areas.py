"""The closed form of the error of an area is the spread over samples."""

import numpy as np
import pytest

from unsculpt.metrics.areas import area
from unsculpt.weighted import auc


def drawn(rng, n, m):
    weights = rng.lognormal(0, 0.5, n), rng.lognormal(0, 0.5, m)
    return rng.normal(1, 1, n), rng.normal(0, 1, m), weights


@pytest.mark.parametrize(("n", "m"), [(80, 2000), (1000, 150)])
def test_the_error_is_the_spread_over_samples(n, m):
    rng = np.random.default_rng(1)
    found = [area(*sample[:2], weights=sample[2]) for sample in (drawn(rng, n, m) for _ in range(400))]
    values = np.array([one.value for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(values.std(), rel=0.1)


def test_the_value_is_the_area_of_all_other_numbers_and_ties_count_half():
    signal, background, weights = drawn(np.random.default_rng(2), 300, 400)
    assert area(signal, background, weights=weights).value == auc(signal, background, weights=weights)
    same = area(np.ones(5), np.ones(7), weights=(np.ones(5), np.ones(7)))
    assert (same.value, same.error) == (0.5, 0)


def test_without_weights_it_is_the_formula_of_delong():
    signal, background, _ = drawn(np.random.default_rng(3), 50, 60)
    above = (signal[:, None] > background).astype(float)
    expected = above.mean(1).var() / 50 + above.mean(0).var() / 60
    found = area(signal, background, weights=(np.ones(50), np.ones(60)))
    assert found.error**2 == pytest.approx(expected)
