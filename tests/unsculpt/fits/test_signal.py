"""The peak fit says when a parameter stops at its bound."""

import numpy as np
import pytest
from scipy.stats import norm

from unsculpt import fits, shapes

EDGES = np.linspace(105, 160, 56)


def fitted(*parameters):
    counts = np.round(20000 * shapes.CrystalBall(1.0, *parameters).bins(EDGES))
    return counts, fits.fit_signal(counts, counts, EDGES)


def test_a_peak_within_the_bounds_says_nothing():
    _, found = fitted(125.1, 1.4, 1.6, 6.0, 1.5, 12.0)
    assert found.at_bound == {} and found.remarks == []


def test_a_width_at_its_bound_is_named_with_what_to_do():
    """The likelihood of a Gaussian, by scipy, still rises beyond the bound."""
    counts, found = fitted(125.3, 0.2, 5.0, 5.0, 5.0, 5.0)
    log_likelihood = [
        (counts * np.log(np.maximum(np.diff(norm.cdf(EDGES, 125.3, s)), 1e-300))).sum() for s in (0.2, 0.3)
    ]
    assert log_likelihood[0] > log_likelihood[1]
    assert found.at_bound["sigma"] == (0.3, 0.3, 10.0)
    (sentence,) = found.remarks
    assert "sigma = 0.3 (allowed 0.3 to 10)" in sentence and "check mass and resolution" in sentence


def test_a_gaussian_has_no_tails_to_be_measured():
    _, found = fitted(125.0, 1.7, 5.0, 5.0, 5.0, 5.0)
    assert set(found.at_bound) == {"alpha_low", "alpha_high"}  # what their powers are is then without meaning
    assert found.at_bound["alpha_low"] == (4.0, 0.5, 4.0) and found.remarks == []


def test_a_tail_longer_than_the_function_allows_is_named_where_the_shape_is_another():
    counts = np.round(20000 * shapes.CrystalBall(1.0, 125.0, 1.4, 1.6, 6.0, 1.5, 12.0).bins(EDGES))
    counts[:15] += 400
    found = fits.fit_signal(counts, counts, EDGES)
    moved = np.abs(np.cumsum(counts) - np.cumsum(found.shape.bins(EDGES))).max() / counts.sum()
    assert (
        found.at_bound["n_low"] == (1.05, 1.05, 50.0)
        and f"{moved:.1%} of the signal lies elsewhere" in found.remarks[0]
    )
    assert moved > 0.03


def test_a_long_tail_that_the_shape_describes_is_no_matter_of_concern():
    counts = np.round(20000 * shapes.CrystalBall(1.0, 125.0, 1.4, 1.2, 1.06, 1.5, 12.0).bins(EDGES))
    found = fits.fit_signal(counts, counts, EDGES)
    assert found.at_bound["n_low"] == (1.05, 1.05, 50.0) and found.distance < 0.002
    assert found.remarks == []


def test_the_shape_passes_the_sentence_on():
    counts, found = fitted(125.3, 0.2, 5.0, 5.0, 5.0, 5.0)
    shape, kind, peak = fits.signal_shape(counts, counts, EDGES)
    assert kind == "crystal ball" and peak == found and shape.sigma == pytest.approx(0.3, abs=0.01)
