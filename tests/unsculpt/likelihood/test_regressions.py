"""The two Poisson regressions: log-linear with a constraint or a fixed signal, linear with positive coefficients."""

import numpy as np
import pytest
from scipy.optimize import minimize
from toy_spectrum import EDGES, INSIDE, SIGNAL, TRUTH, window_yield

from unsculpt import shapes
from unsculpt.likelihood import models, poisson_glm
from unsculpt.likelihood.glm import inverse
from unsculpt.likelihood.linear import poisson_linear


@pytest.fixture
def counts(rng):
    return rng.poisson(TRUTH).astype(float)


def test_a_slope_that_is_known_exactly_leaves_the_counting_error():
    counts = TRUTH / 100
    fit = poisson_glm(counts[~INSIDE], shapes.basis(EDGES, 1)[~INSIDE], prior=models.prior((0.025, 1e-7), EDGES, 1))
    value, error = window_yield(fit.beta[0], fit.covariance[0])
    assert error / value == pytest.approx(1 / np.sqrt(counts[~INSIDE].sum()), rel=1e-4)


def test_the_likelihood_at_a_fixed_strength_is_never_above_the_best(rng):
    toys = rng.poisson(TRUTH + SIGNAL, size=(50, 55))
    best = poisson_glm(toys, shapes.basis(EDGES, 1), SIGNAL)
    for mu in (0.0, 1.0):
        fixed = poisson_glm(toys, shapes.basis(EDGES, 1), SIGNAL, mu_start=mu, fit_mu=False)
        assert fixed.converged.all() and (fixed.mu == mu).all() and fixed.covariance.shape == (50, 2, 2)
        assert (fixed.nll >= best.nll - 1e-9).all()
        again = poisson_glm(toys, shapes.basis(EDGES, 1), SIGNAL, mu_start=best.mu, fit_mu=False)
        assert again.nll == pytest.approx(best.nll, abs=1e-6)


def test_spectra_may_each_have_a_signal_of_their_own(counts):
    signals = np.array([shapes.CrystalBall(50.0, m, 1.7, 1.6, 6.0, 1.5, 15.0).bins(EDGES) for m in (121, 125, 129)])
    together = poisson_glm(np.tile(counts, (3, 1)), shapes.basis(EDGES, 1), signals)
    apart = [poisson_glm(counts, shapes.basis(EDGES, 1), signal).mu[0] for signal in signals]
    assert together.mu == pytest.approx(apart, abs=1e-8)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("events", [30, 10000])
def test_bernstein_fits_reach_the_minimum_of_another_optimiser(rng, order, events):
    toys = rng.poisson(TRUTH * events / 10000, size=(5, 55)).astype(float)
    basis = shapes.basis(EDGES, f"bern{order}")
    fit = poisson_linear(toys, basis)
    assert fit.converged.all() and (fit.beta >= 0).all()
    for n, nll, beta in zip(toys, fit.nll, fit.beta, strict=True):

        def value(c, n=n):
            e = basis @ c
            return (e - n * np.log(e)).sum(), basis.T @ (1 - n / e)

        start, bounds = beta + 0.1 * n.mean(), [(1e-12, None)] * (order + 1)
        other = minimize(value, start, jac=True, bounds=bounds, options={"ftol": 1e-15, "maxiter": 5000})
        assert nll <= other.fun + 1e-6


def test_a_bernstein_spectrum_is_recovered_with_pulls_of_width_one(rng):
    basis, truth = shapes.basis(EDGES, "bern3"), np.array([400.0, 150.0, 120.0, 60.0])
    fit = poisson_linear(rng.poisson(basis @ truth, size=(1000, 55)), basis)
    pulls = (fit.beta - truth) / np.sqrt(np.einsum("tpp->tp", fit.covariance))
    assert fit.converged.all()
    assert np.abs(pulls.mean(0)).max() < 0.12
    assert pulls.std(0) == pytest.approx(1.0, abs=0.08)


def test_a_signal_on_a_bernstein_background_comes_back(rng):
    basis = shapes.basis(EDGES, "bern3")
    background = basis @ np.array([400.0, 150.0, 120.0, 60.0])
    fit = poisson_linear(rng.poisson(background + 2 * SIGNAL, size=(1000, 55)), basis, SIGNAL)
    pulls = (fit.mu - 2) / np.sqrt(fit.covariance[:, 0, 0])
    assert abs(pulls.mean()) < 0.12 and pulls.std() == pytest.approx(1.0, abs=0.08)
    fixed = poisson_linear(background + 2 * SIGNAL, basis, SIGNAL, mu_start=2.0, fit_mu=False)
    assert fixed.expected[0] == pytest.approx(background + 2 * SIGNAL, rel=1e-3)


def test_the_linear_regression_refuses_counts_that_no_poisson_gives():
    with pytest.raises(ValueError, match="finite, not negative"):
        poisson_linear(np.where(INSIDE, -1.0, 1.0), shapes.basis(EDGES, "bern1"))


def test_information_that_is_not_finite_has_no_inverse_and_spoils_no_other():
    good = np.array([[2.0, 1.0], [1.0, 3.0]])
    found = inverse(np.stack([good, np.full((2, 2), np.nan), good]))
    assert np.array_equal(found[0], np.linalg.pinv(good, hermitian=True)) and np.array_equal(found[0], found[2])
    assert np.isnan(found[1]).all()
