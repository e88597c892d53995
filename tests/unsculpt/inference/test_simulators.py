"""Simulators against their closed forms: moments, normalisation, Fisher information, exact estimates."""

import numpy as np
import pytest
import torch
from scipy.stats import kstest, nbinom, poisson

from unsculpt.inference import simulators
from unsculpt.inference.drawing import generators_of

TRUTH = {"weinberg": (42.0, 0.9), "poisson": (np.log(7),), "multi": (1.0, -1.0), "correlation": (0.6,)}


def simulate(simulator, theta, events, seeds=(1,), *, data=False):
    values = torch.tensor(theta, dtype=torch.float32).expand(len(seeds), events, -1)
    return (simulator.data if data else simulator)(values, generators_of(seeds)).numpy()


def weinberg_cdf(x, c):
    return (x + 1) * 3 / 8 + (x**3 + 1) / 8 + c * (x**2 - 1) * 3 / 16


@pytest.mark.parametrize("theta", [(42.0, 0.9), (45.0, 1.0), (48.0, 0.7), (40.0, 1.3)])
def test_angles_have_the_density_and_mean_of_the_formula(theta):
    simulator = simulators.Weinberg()
    c = float(simulator.identified(torch.tensor(theta, dtype=torch.float64)))
    x = simulate(simulator, theta, 40_000)[0, :, 0]
    assert kstest(x, weinberg_cdf, args=(c,)).pvalue > 1e-3
    assert x.mean() == pytest.approx(c / 4, abs=0.02 * float(x.std()))
    assert np.mean(x > 0) - np.mean(x < 0) == pytest.approx(3 * c / 8, abs=0.02)


def test_the_true_coupling_is_that_of_the_paper():
    simulator = simulators.Weinberg()
    assert float(simulator.identified(torch.tensor((42.0, 0.9), dtype=torch.float64))) == pytest.approx(
        -1.0490, abs=1e-4
    )
    assert simulator.error((42.0, 0.9), 50_000)[0] == pytest.approx(0.00977, abs=1e-5)
    assert simulator.error((45.0, 0.9), 50_000)[0] == pytest.approx(0.01115, abs=1e-5)
    ridge = torch.from_numpy(simulator.ridge((42.0, 0.9)))
    assert np.allclose(simulator.identified(ridge), -1.04901, atol=1e-4) and ridge[-1, 1] > 5


def test_a_mixture_of_couplings_is_the_coupling_of_their_mean():
    """The density is linear in c: q is identified through its expectation alone."""
    simulator = simulators.Weinberg()
    draws = torch.randn(1, 60_000, 2, generator=torch.Generator().manual_seed(3))
    theta = torch.tensor([43.0, 1.0]) + torch.tensor([1.0, 0.1]) * draws
    c = float(simulator.identified(theta).mean())
    assert float(simulator.identified(torch.tensor([43.0, 1.0]))) < c - 0.02
    assert kstest(simulator(theta, generators_of([4]))[0, :, 0].numpy(), weinberg_cdf, args=(c,)).pvalue > 1e-3


@pytest.mark.parametrize("name", ["weinberg", "poisson", "multi", "correlation"])
def test_the_best_estimate_scatters_by_the_error_from_the_fisher_information(name):
    simulator, theta, events = simulators.PROCESSES[name](), TRUTH[name], 2000
    sets = simulate(simulator, theta, events, seeds=range(101, 221))
    true = simulator.identified(torch.tensor(theta, dtype=torch.float64)).numpy()
    pulls = (np.array([simulator.best(x) for x in sets]) - true) / simulator.error(theta, events)
    assert np.abs(pulls.mean(0)).max() < 4 / np.sqrt(120)
    assert pulls.std(0) == pytest.approx(np.ones(pulls.shape[1]), abs=0.25)


def test_the_means_of_a_mixed_gaussian_are_found_in_any_dimension():
    simulator = simulators.Gaussian(6)
    theta = tuple(range(-3, 3))
    pulls = (simulator.best(simulate(simulator, theta, 4000)[0]) - theta) / simulator.error(None, 4000)
    assert np.abs(pulls).max() < 4 and np.linalg.cond(simulator.mixing) < 30


@pytest.mark.parametrize(("dispersion", "shape"), [(1.0, poisson(7)), (1.7, nbinom(10, 10 / 17))])
def test_data_of_another_dispersion_have_its_mean_and_variance(dispersion, shape):
    counts = simulate(simulators.Poisson(dispersion), TRUTH["poisson"], 30_000, data=True)[0, :, 0]
    assert counts.mean() == pytest.approx(7, abs=0.1)
    assert counts.var() / counts.mean() == pytest.approx(dispersion, rel=0.05)
    expected = len(counts) * shape.pmf(np.arange(21))
    found = np.bincount(counts.astype(int), minlength=21)[:21]
    assert np.sum((found - expected) ** 2 / expected) < 55  # 99.99 % of chi2 with 21 degrees


def test_data_narrower_than_poisson_are_binomial():
    counts = simulate(simulators.Poisson(0.5), TRUTH["poisson"], 30_000, data=True)[0, :, 0]
    assert counts.max() <= 14 and counts.var() / counts.mean() == pytest.approx(0.5, rel=0.05)


def test_a_model_draws_the_same_events_whatever_its_neighbours():
    for name, theta in TRUTH.items():
        simulator = simulators.PROCESSES[name]()
        alone, beside = simulate(simulator, theta, 50, seeds=(7,)), simulate(simulator, theta, 50, seeds=(3, 7))
        assert np.allclose(alone[0], beside[1], atol=1e-5) and not np.array_equal(beside[0], beside[1])
