"""Toys with weights find the same small p-values as very many toys without."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, poisson
from toy_categories import INSIDE, channel, seven, uncertain

from unsculpt.likelihood import toys
from unsculpt.likelihood.combination import discovery
from unsculpt.likelihood.simultaneous import build, constraint_centres


@pytest.fixture(params=[False, True], ids=["independent", "common"])
def few(request):
    """A category with four background events in the window."""
    one = channel("a", 6, 4)
    return build([one], replace(uncertain([one], spurious=0.1), common_spurious_signal=request.param))


def test_weights_give_the_tail_of_the_poisson_distribution(few, rng):
    """The number of events in the window of background alone, from toys of the mixture."""
    expected, shifts = toys._mixture(few, 1.0)
    which = np.arange(30000) % len(expected)
    counts = rng.poisson(expected[which]).astype(float)
    centres = constraint_centres(few, len(counts), rng) + shifts[which]
    weight = np.exp(toys._log_weights(few, counts, centres, expected, shifts))
    number, mean = counts[:, 0, INSIDE].sum(1), few.expected(0.0)[0, INSIDE].sum()
    assert weight.max() <= len(expected) * (1 + 1e-9)
    assert weight.mean() == pytest.approx(1.0, abs=0.03)
    for least in (6, 10, 14):
        above = weight * (number >= least)
        error = above.std() / np.sqrt(len(above))
        assert above.mean() == pytest.approx(poisson.sf(least - 1, mean), abs=4 * error)
        assert error < 0.15 * above.mean()


def test_weighted_toys_agree_with_plain_ones(few, rng):
    calibration = toys.calibrate(few, toys=4000, rng=rng)
    plain = rng.poisson(few.expected(0.0), size=(10000, 1, 55)).astype(float)
    found = discovery(few, plain, centres=constraint_centres(few, len(plain), rng))
    for value in (1.0, 2.0, 2.5):
        p_value = np.mean(found >= value)
        error = np.hypot(np.sqrt(p_value / len(found)) / norm.pdf(norm.isf(p_value)), 0.0)
        other = toys.significance(calibration, value)
        assert abs(other.significance - norm.isf(p_value)) < 4 * np.hypot(error, other.error)


def test_many_events_need_no_calibration(rng):
    one = channel("a", 200, 4000)
    calibration = toys.calibrate(build([one]), toys=3000, rng=rng)
    for point in toys.curve(calibration, (1, 2, 3)):
        assert point.significance == pytest.approx(point.asymptotic, abs=4 * point.error)
        assert point.error < 0.06
    median = toys.expected(calibration)
    assert median.significance == pytest.approx(discovery(build([one]), build([one]).expected(1.0))[0], abs=0.2)


def test_five_standard_deviations_are_reached_with_some_thousand_toys(rng):
    channels = seven()
    calibration = toys.calibrate(build(channels, uncertain(channels)), toys=2000, rng=rng, largest=2.0)
    point = toys.significance(calibration, 5.0)
    assert calibration.failed == 0
    assert point.significance == pytest.approx(5.0, abs=0.5)
    assert 0 < point.p_value_error < point.p_value


def test_a_value_that_no_toy_reaches_has_no_significance(few, rng):
    point = toys.significance(toys.calibrate(few, toys=100, rng=rng), 50.0)
    assert point.p_value == 0.0
    assert point.significance is None
    assert point.error is None


def test_without_any_sensitivity_there_is_no_significance_that_is_not_a_number(rng):
    """Half of the toys with signal are at zero, as are all others: every toy reaches the median."""
    calibration = toys.calibrate(build([channel("a", 1e-6, 4)]), toys=200, rng=rng)
    for point in (toys.expected(calibration), toys.significance(calibration, 0.0)):
        assert point.significance is None and point.error is None and np.isfinite(point.p_value)


def test_a_value_that_nearly_all_toys_reach_has_a_finite_error(few, rng):
    calibration = toys.calibrate(few, toys=200, rng=rng)
    least = float(np.sort(calibration.statistic)[5]) + 1e-9
    found = toys.significance(calibration, least, value_error=least + 1.0)
    assert found.significance is None or np.isfinite([found.significance, found.error]).all()


def test_toys_of_which_none_is_fitted_have_no_numbers():
    nothing = toys.Calibration(np.zeros(0), np.zeros(0), np.zeros(0), failed=50)
    assert toys.significance(nothing, 1.0) == toys.ToySignificance(1.0, None, None, None, None, 0)
    with pytest.raises(ValueError, match="none of 50 toys could be fitted"):
        toys.expected(nothing)


def test_the_same_seed_gives_the_same_toys(few):
    one, two = (toys.calibrate(few, toys=200, rng=np.random.default_rng(3)) for _ in range(2))
    assert (one.statistic == two.statistic).all()
    assert (one.weight == two.weight).all()
