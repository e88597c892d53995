"""Events by sample and weight, and the efficiency that a selection has for them."""

import numpy as np
import pytest

from unsculpt.metrics.strata import stratify


def test_one_sample_of_equal_weights_has_no_strata(rng):
    mass_bin = rng.integers(0, 5, 100)
    assert stratify(mass_bin, np.full(100, 0.3), 5) is None
    assert stratify(mass_bin, np.full(100, 0.3), 5, np.zeros(100, int)) is None
    assert stratify(mass_bin, np.full(100, 0.3), 5, np.arange(100) % 2).number.shape == (2, 5)


def test_the_tables_hold_every_event_once(rng):
    mass_bin, weights, sample = rng.integers(0, 5, 900), rng.normal(1, 2, 900), rng.integers(0, 2, 900)
    strata, passed = stratify(mass_bin, weights, 5, sample), rng.random(900) < 0.3
    for table, values in ((strata.number, None), (strata.sumw, weights), (strata.sumw2, weights**2)):
        assert table.sum(axis=0) == pytest.approx(np.bincount(mass_bin, values, 5))
    selected = strata.selected(passed)
    assert selected.passing.sum(axis=0) == pytest.approx(np.bincount(mass_bin[passed], minlength=5))
    assert selected.of_sample(1).number.sum() == np.sum(sample == 1)
    assert selected[1:3].sumw == pytest.approx(strata.sumw[:, 1:3])


def test_the_weights_of_a_stratum_have_one_sign_and_lie_within_a_factor_of_sqrt_two(rng):
    weights = rng.normal(0, 1, 500) + 0.2
    strata = stratify(np.zeros(500, int), weights, 1)
    for row in range(len(strata.number)):
        inside = weights[strata.cell == row]
        assert np.all(np.sign(inside) == np.sign(inside[0]))
        if strata.kinds.step[row] < 20:
            assert np.abs(inside).max() <= np.sqrt(2) * np.abs(inside).min() * (1 + 1e-6)


def efficiencies(rng, weights, truth, sample=None):
    selected = stratify(np.zeros(len(weights), int), weights, 1, sample).selected(rng.random(len(weights)) < truth)
    return selected, selected.efficiency


def test_two_weights_have_the_shares_that_pass(rng):
    weights = np.repeat([4.0, 1.0], [300, 5000])
    selected, found = efficiencies(rng, weights, np.where(weights == 4, 0.04, 0.3))
    assert found == pytest.approx(selected.passing[:, 0] / selected.number[:, 0], rel=1e-3)


def test_a_smooth_efficiency_is_known_in_the_tail_better_than_its_events_tell(rng):
    weights = np.exp(1.5 * rng.normal(size=20_000))
    selected, found = efficiencies(rng, weights, 0.1)
    assert found == pytest.approx(0.1, rel=0.15)
    truth = 0.3 * weights**-0.3 / (1 + 0.3 * weights**-0.3)  # its logit is linear in ln w
    _, found = efficiencies(rng, weights, truth)
    mean = selected.sumw[:, 0] / selected.number[:, 0]
    expected = 0.3 * mean**-0.3 / (1 + 0.3 * mean**-0.3)
    assert found == pytest.approx(expected, rel=0.6)
    assert found[mean < 10] == pytest.approx(expected[mean < 10], rel=0.2)


def test_an_efficiency_that_no_polynomial_describes_is_that_of_the_groups(rng):
    weights = np.repeat(2.0 ** np.arange(5), 4000)
    truth = np.repeat([0.1, 0.5, 0.1, 0.5, 0.1], 4000)
    selected, found = efficiencies(rng, weights, truth)
    assert found == pytest.approx(selected.passing[:, 0] / selected.number[:, 0])


def test_samples_and_signs_have_efficiencies_of_their_own(rng):
    weights, sample = np.where(rng.random(8000) < 0.3, -1.0, 1.0), rng.integers(0, 2, 8000)
    truth = np.where(weights < 0, 0.05, 0.2) + 0.3 * sample
    selected, found = efficiencies(rng, weights, truth, sample)
    assert sorted(found) == pytest.approx([0.05, 0.2, 0.35, 0.5], abs=0.04)
    assert list(selected.kinds.family) == [0, 1, 2, 3]
