"""The AMS is that of its textbook form in many digits, with its limits in closed form."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsculpt.metrics.threshold import approximate_median_significance


def textbook(s, b, sigma):
    """The formula as it is written, in 120 digits: what cancels there does no harm."""
    with mpmath.workdps(120):
        s, b, v = mpmath.mpf(s), mpmath.mpf(b), mpmath.mpf(sigma) ** 2
        b0 = (b - v + mpmath.sqrt((b - v) ** 2 + 4 * (s + b) * v)) / 2
        return mpmath.sqrt(2 * ((s + b) * mpmath.log((s + b) / b0) - s - b + b0) + (b - b0) ** 2 / v)


def decades(low, high):
    return st.floats(low, high).map(lambda power: 10**power)


@given(s=decades(-8, 5), b=decades(-6, 6), sigma=decades(-7, 5))
def test_it_is_the_textbook_form_to_rounding(s, b, sigma):
    found = approximate_median_significance(s, b, sigma)
    assert abs(float(mpmath.mpf(float(found)) / textbook(s, b, sigma) - 1)) < 5e-13


@given(s=decades(-3, 4), b=decades(-3, 5))
def test_without_an_uncertainty_it_is_that_of_a_counting_experiment(s, b):
    with mpmath.workdps(60):
        s_, b_ = mpmath.mpf(s), mpmath.mpf(b)
        limit = mpmath.sqrt(2 * ((s_ + b_) * mpmath.log1p(s_ / b_) - s_))
    found = approximate_median_significance(s, b, [0, 1e-9 * b])
    assert np.abs(found / float(limit) - 1).max() < 1e-12


@given(b=decades(-2, 5), sigma=decades(-3, 4))
def test_of_little_signal_it_is_s_over_the_root_of_both_variances(b, sigma):
    s = 1e-7 * min(b, 1)
    assert approximate_median_significance(s, b, sigma) == pytest.approx(s / np.hypot(np.sqrt(b), sigma), rel=1e-6)


@given(s=decades(-3, 4), b=decades(-3, 5), sigma=decades(-3, 4), factor=st.floats(1.01, 10))
def test_it_rises_with_the_signal_and_falls_with_background_and_uncertainty(s, b, sigma, factor):
    found = approximate_median_significance(
        [s, factor * s, s, s], [b, b, factor * b, b], [sigma] * 3 + [factor * sigma]
    )
    assert found[1] > found[0] >= found[2:].max() * (1 - 1e-12)


def test_no_signal_is_zero_and_neither_background_nor_its_uncertainty_is_undefined():
    assert approximate_median_significance(0, 10, 2) == 0
    assert approximate_median_significance(10, 0, 2) == pytest.approx(float(textbook(10, 0, 2)), rel=1e-13)
    undefined = approximate_median_significance([1, 0, -1, 1, np.nan], [0, 0, 2, -1, 1], [0, 0, 1, 3, 1])
    assert np.isnan(undefined).all()


def test_a_large_uncertainty_leaves_the_pull_of_the_signal():
    """b0 takes all of s + b then, and AMS is s/sigma."""
    assert approximate_median_significance(10, 20, 1e6) == pytest.approx(1e-5, rel=1e-6)
