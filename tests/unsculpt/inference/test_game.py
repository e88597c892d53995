"""Critics, proposals and the game: gradients against finite sums and automatic ones, a fit against its exact answer."""

import numpy as np
import pytest
import torch

from unsculpt.inference import fitting, simulators
from unsculpt.inference.critics import Critic, gradient_penalty
from unsculpt.inference.drawing import generators_of
from unsculpt.inference.game import Game, Model, Recipe
from unsculpt.inference.proposals import Proposal, gradient_variance, score_gradient

RECIPE = Recipe(
    hidden_layers=(8, 8),
    batch=128,
    proposal_batch=1024,
    warm_up=100,
    iterations=120,
    critic_steps=5,
    critic_learning_rate=0.01,
    learning_rate=0.06,
    least_width=0.02,
    final_rate=0.02,
    average=0.25,
)
ABOUT = {
    "process": "correlation",
    "events": 4000,
    "dispersion": 1,
    "penalty": 0.05,
    "parameters": {"rho": {"truth": 0.6, "start": 0.0, "width": 0.2, "scale": 1.0, "prior": [-0.95, 0.95]}},
}


def test_the_penalty_without_a_double_backward_is_that_with_one():
    critic = Critic([1, 2, 3], 5, (12, 9)).double()
    draws = torch.Generator().manual_seed(5)
    real, fake = (torch.randn(3, 40, 5, generator=draws).double() for _ in range(2))
    between = torch.rand(3, 40, 1, generator=draws).double()
    parameters = [*critic.weight, *critic.bias[:-1]]
    ours = gradient_penalty(critic, real, fake, between=between)
    ours_back = torch.autograd.grad(ours.sum(), parameters, allow_unused=True)
    x = (between * real + (1 - between) * fake).requires_grad_()
    slope = torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0]
    theirs = ((slope.square().sum(-1) + 1e-12).sqrt() - 1).square().mean(1)
    theirs_back = torch.autograd.grad(theirs.sum(), parameters, allow_unused=True)
    assert torch.allclose(ours, theirs, atol=1e-12) and ours.min() > 0.01
    for mine, other in zip(ours_back, theirs_back, strict=True):
        zero = torch.zeros(1, dtype=torch.float64)
        assert torch.allclose(zero if mine is None else mine, zero if other is None else other, atol=1e-12)


def test_score_gradients_are_those_of_the_expectation_and_a_control_variate_does_not_move_them():
    """E_q[(theta - 1)^2 + 50] = (mu - 1)^2 + sigma^2 + 50."""
    proposal = Proposal({"a": {"start": 3.0, "width": 0.5, "scale": 1.0}}, 2)
    theta = proposal.sample(generators_of([1, 2]), 400_000)
    cost = (theta - 1).square() + 50
    for controlled, tolerance in ((True, 0.05), (False, 0.8)):
        of_mean, of_sigma = score_gradient(cost, theta, proposal, controlled)
        assert of_mean.ravel().numpy() == pytest.approx([4, 4], abs=tolerance)
        assert of_sigma.ravel().numpy() == pytest.approx([0.5, 0.5], abs=tolerance)
    found = gradient_variance(cost, theta, proposal, 64)
    gain = found["plain"] / found["controlled"]
    expected = 1 + (found["offset"] / found["spread"]) ** 2
    assert np.all(gain > 100) and gain[:, 0] == pytest.approx(expected, rel=1)


def test_a_proposal_moves_in_units_of_its_scale():
    proposal = Proposal({"energy": {"start": 45.0, "width": 1.0, "scale": 10.0}}, 2)
    assert (
        proposal.mean[0].item() == 4.5 and proposal.means()[0, 0] == 45 and proposal.widths()[1, 0] == pytest.approx(1)
    )
    assert proposal.entropy()[0].item() == pytest.approx(0.5 * np.log(2 * np.pi * np.e * 0.01), abs=1e-6)


@pytest.fixture(scope="module")
def played():
    simulator = simulators.build(ABOUT)
    seeds = [1, 2]
    observed = simulators.observed(simulator, ABOUT, seeds)
    models = fitting.models_of(seeds, [0.0, 5.0], False)
    asked = {"iterations": [60], "repeats": 20, "draws": 16}
    return fitting.fit(simulator, ABOUT, observed, models, RECIPE, variance=asked)


def test_a_fit_finds_what_is_identified(played):
    found = fitting.judge(played, ABOUT, np.random.default_rng(1))
    for model in found:
        assert abs(model["expected"][0] - model["best"][0]) < 8 * model["error"][0] < 0.1
        assert model["jsd"]["over_floor"] < 2
    assert [model["gamma"] for model in found] == [0, 0, 5, 5]


def test_the_penalty_on_the_entropy_narrows_the_proposal(played):
    widths = played.proposal.widths()[:, 0]
    assert max(widths[2:]) < min(widths[:2]) and min(widths) >= 0.0199
    assert np.all(np.diff([trace[2] for trace in played.trace["entropy"]])[:20] < 0.1)


def test_all_that_is_asked_is_noted(played):
    content = fitting.to_json(played, "rho", ABOUT, seed=1)
    assert [row["iteration"] for row in content["variances"]] == [60]
    assert np.shape(content["variances"][0]["plain"]) == (2, 2)  # the fits with the largest weight, mean and width
    assert len(content["traces"]) == 4 and len(content["traces"][0]["loss"]) == 120
    part = content["distributions"][1]["columns"][0]
    assert part["observed"].sum() == 4000 and len(part["edges"]) == 31 and content["calls"] == RECIPE.calls


def test_a_fit_does_not_depend_on_its_neighbours(played):
    simulator = played.simulator
    observed = simulators.observed(simulator, ABOUT, [1, 2])[1:]
    short = Recipe(**{**RECIPE.__dict__, "iterations": 3, "warm_up": 5})
    alone = Game(simulator, ABOUT, observed, [Model(2, 5.0)], short).play()
    both = Game(simulator, ABOUT, observed[[0, 0]], [Model(9, 0.0), Model(2, 5.0)], short).play()
    assert np.allclose(alone.proposal.means()[0], both.proposal.means()[1], rtol=1e-4)
