"""ABC, the classifier and the descent of one number, against exact answers."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from unsculpt.inference import approximate, contending, optimisation, ratio, simulators

POISSON = {
    "process": "poisson",
    "events": 2000,
    "dispersion": 1,
    "penalty": 0.05,
    "parameters": {"log_rate": {"truth": np.log(7), "start": 1.6, "width": 1.0, "scale": 1.0, "prior": [0, 3.5]}},
}


@pytest.mark.parametrize("rounds", [1, 3])
def test_abc_finds_the_maximum_likelihood_rate(rounds):
    simulator, prior = simulators.build(POISSON), simulators.prior(POISSON)
    offsets, widths = [], []
    for data in simulators.observed(simulator, POISSON, [1, 2, 3, 4]).numpy():
        found = approximate.abc(simulator, prior, data, calls=200_000, events=200, rounds=rounds, keep=0.05, seed=5)
        offsets.append((found.mean - simulator.best(data)) / simulator.error([np.log(7)], 2000))
        widths.append(found.width / simulator.error([np.log(7)], 200))
        assert found.calls <= 200_000
    assert np.abs(offsets).max() < 3
    assert np.mean(widths) == pytest.approx(1, abs=0.35)  # the posterior of a data set of 200 events, not of 2000


def test_a_regression_corrects_what_rejection_accepts_far_away():
    simulator = simulators.Gaussian(4)
    prior = np.full(4, -3.0), np.full(4, 3.0)
    theta = torch.tensor([1.0, -1.0, 1.0, -1.0]).expand(1, 4000, -1)
    data = simulator(theta, [torch.Generator().manual_seed(1)])[0].numpy()
    found = approximate.abc(simulator, prior, data, calls=200_000, events=200, rounds=1, keep=0.05, seed=2)
    assert found.plain_width.min() > 5 * found.width.max()
    assert np.abs(found.mean - simulator.best(data)).max() < 0.06


def test_contenders_are_all_there_with_as_many_events():
    simulator = simulators.build(POISSON)
    observed = simulators.observed(simulator, POISSON, [1, 2])
    abc = {"events": 100, "rounds": 2, "keep": 0.1}
    carl = {"hidden_layers": [16, 16], "batch": 512, "epochs": 5, "learning_rate": 0.01}
    found = contending.run(simulator, POISSON, observed, calls=50_000, abc=abc, carl=carl, seeds=[1, 2])
    assert [row["contender"] for row in found].count("ratio") == 2 and len(found) == 8
    assert all(row["calls"] == 50_000 for row in found)
    assert all(abs(row["estimate"][0] - 7) < 0.6 for row in found)


def test_the_ratio_of_a_trained_classifier_is_that_of_the_densities():
    simulator, prior = simulators.PROCESSES["correlation"](), (np.array([-0.9]), np.array([0.9]))
    about = {"hidden_layers": [32, 32], "batch": 1024, "epochs": 6, "learning_rate": 0.005}
    learnt = ratio.train(simulator, prior, calls=100_000, about=about, seed=1)
    rho = torch.tensor([[0.7]]).expand(2000, -1)
    x = simulator(rho.unsqueeze(0), [torch.Generator().manual_seed(3)])[0]
    with torch.no_grad():
        found = (learnt(x, rho) - learnt(x, -rho)).numpy()
    exact = 2 * 0.7 * np.prod(x.numpy().astype(float), axis=1) / (1 - 0.49)
    usual = np.abs(exact) < 6
    assert np.mean(usual) > 0.8 and np.corrcoef(found[usual], exact[usual])[0, 1] > 0.95
    assert np.polyfit(exact[usual], found[usual], 1)[0] == pytest.approx(1, abs=0.25)
    best = ratio.estimate(learnt, x.numpy(), np.random.default_rng(1))
    assert best[0] == pytest.approx(simulator.best(x.numpy())[0], abs=0.08)


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 0.1), (3.0, 2.0), (-12.0, 4.0)])
def test_the_expectation_of_the_ripples_is_the_integral(mu, sigma):
    ends = mu - 9 * sigma, mu + 9 * sigma
    exact = quad(lambda x: optimisation.ripples(x) * norm.pdf(x, mu, sigma), *ends, limit=400)[0]
    assert optimisation.expectation(mu, sigma) == pytest.approx(exact, abs=1e-7)


def test_the_slope_is_the_derivative():
    x = np.array([-12.0, -1.0, 0.0, 1e-7, 2.0])
    numeric = (optimisation.ripples(x + 1e-5) - optimisation.ripples(x - 1e-5)) / 2e-5
    assert optimisation.slope(x) == pytest.approx(numeric, abs=1e-6)


def test_a_proposal_finds_the_minimum_that_gradients_miss():
    about = {"start": -12.0, "width": 4.0, "steps": 200, "draws": 100, "learning_rate": 1.0}
    found = optimisation.compare(about, np.random.default_rng(1))
    assert found["descent"][-1] == pytest.approx(-14.066, abs=0.01)
    assert abs(found["path"][-1, 0]) < 0.05 and found["path"][-1, 1] < 0.3 and found["path_expectation"][-1] < -0.98
    assert found["path"][:, 1].max() > 5  # it widens first
