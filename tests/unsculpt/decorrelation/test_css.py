"""Smearing with the shape function: exact for gamma distributions, right for trends."""

import numpy as np
import pytest
import score_toys as toys
from scipy import stats

from unsculpt.decorrelation import css
from unsculpt.decorrelation.samples import Sample

X = css.WIDTH * (np.arange(css.BINS) + 0.5)
ENDS = css.WIDTH * np.arange(css.BINS + 1)


def gamma(shape, scale):
    return np.diff(stats.gamma.cdf(ENDS, shape, scale=scale))


def test_the_shape_function_is_a_gamma_distribution_of_mean_omega():
    kernel = css.kernels(2.0, np.array([0.0, 0.5, 1.5]))
    assert kernel.sum(1) == pytest.approx(1, abs=1e-6)
    assert kernel @ np.arange(css.BINS) * css.WIDTH == pytest.approx([0, 0.5, 1.5], abs=1e-3)


def test_smearing_a_gamma_distribution_gives_that_of_the_summed_shapes():
    """Gamma(k, theta) smeared with F(alpha, Omega = alpha theta) is Gamma(k + alpha, theta)."""
    theta, alpha = 0.4, 1.5
    smeared = css.convolved(gamma(2.5, theta)[None], css.kernels(alpha, np.array([alpha * theta])))[0]
    assert smeared.cumsum() == pytest.approx(gamma(2.5 + alpha, theta).cumsum(), abs=2e-3)


def test_a_gamma_distributed_shape_is_mapped_exactly():
    """Two masses, Gamma(4, 0.4) at the reference and Gamma(2.5, 0.4): alpha and Omega are found, and so is the map."""
    theta = 0.4
    density = np.stack([gamma(4.0, theta), gamma(2.5, theta)])
    alpha, found, omega = css.smearing(density, np.ones(2), np.array([110.0, 150.0]), 0)
    assert alpha == 1.5
    assert found == pytest.approx([0, 0.6], abs=0.03) and omega == pytest.approx([0, 0.6], abs=0.03)
    maps = css.matched(density, css.convolved(density, css.kernels(alpha, omega)))
    quantiles = np.array([0.05, 0.3, 0.5, 0.8, 0.99])
    there, reference = (stats.gamma.ppf(quantiles, k, scale=theta) for k in (2.5, 4.0))
    assert np.interp(there, ENDS, maps[1]) == pytest.approx(reference, rel=0.02, abs=0.02)
    assert maps[0] == pytest.approx(ENDS, abs=0.03)


def test_a_trend_in_the_mass_is_reduced(rng):
    learnt_from, other = (toys.background(20000, rng, trend=-1.5) for _ in range(2))
    apply = css.learn(learnt_from, None, toys.SETTINGS)
    before, after = (toys.chi2(other, values, 0.1) for values in (other.score, apply(other.score, other.variable)))
    assert before > 20 and after < before / 4


def test_the_order_of_scores_at_one_mass_is_kept(rng):
    apply = css.learn(toys.background(5000, rng, trend=1.0), None, toys.SETTINGS)
    score = np.linspace(0, 1, 2001)
    for mass in (105.0, 125.0, 160.0):
        mapped = apply(score, np.full(2001, mass))
        assert (np.diff(mapped) > 0).all() and mapped[0] >= 0 and mapped[-1] <= 1


def test_the_reference_is_an_end_of_the_masses_that_have_background(rng):
    """The score rises with the mass and the upper half of the range is empty: smearing to all events would be wrong."""
    sample = toys.background(20000, rng, trend=4.0)
    low = sample.variable < 130
    sample = Sample(*(column[low] for column in vars(sample).values()))
    mapped = css.learn(sample, None, toys.SETTINGS)(sample.score, sample.variable)
    means = [
        values[(sample.variable > start) & (sample.variable < start + 8)].mean()
        for values in (np.argsort(np.argsort(sample.score)) / len(sample.score), mapped)
        for start in (105, 121)
    ]
    assert abs(means[3] - means[2]) < 0.25 * abs(means[1] - means[0])
