"""Objectives against their direct forms, normalisations, finite differences, and what weights mean."""

import math
from dataclasses import replace

import pytest
import torch

from unsculpt import objectives
from unsculpt.networks import generator
from unsculpt.objectives import AdversarySettings, Background

K, B, M = 3, 300, 16
F64 = {"dtype": torch.float64}


def rand(*shape, seed=0):
    return torch.rand(*shape, generator=generator(seed), **F64)


def background(weight=None, bins=M, models=K, events=B, seed=1):
    mass = rand(models, events, seed=seed)
    mass_bin = (mass * bins).long()
    centres = ((torch.arange(bins, **F64) + 0.5) / bins).expand(models, -1)
    return Background(mass, mass_bin, torch.ones_like(mass) if weight is None else weight, centres)


def value_and_gradient(function, s):
    s = s.clone().requires_grad_()
    value = function(s)
    return value.detach(), torch.autograd.grad(value.sum(), s)[0]


def pair_disco(s, seen):
    """Squared distance correlation by the matrices of pairs, as in the literature."""
    m, p = seen.centres.gather(1, seen.mass_bin), seen.weight / seen.weight.sum(1, keepdim=True)

    def centred(x):
        d = (x.unsqueeze(1) - x.unsqueeze(2)).abs()
        row = (d * p.unsqueeze(1)).sum(2)
        return d - row.unsqueeze(1) - row.unsqueeze(2) + (p * row).sum(1)[:, None, None]

    a, b, pairs = centred(m), centred(s), p.unsqueeze(1) * p.unsqueeze(2)
    return (pairs * a * b).sum((1, 2)) / torch.sqrt(
        (pairs * a * a).sum((1, 2)) * (pairs * b * b).sum((1, 2)) + objectives.TINY
    )


def pair_mode(s, w, mass_bin):
    """One model: 1 - mean Gini of the bins over the Gini of all, by the matrices of pairs."""

    def gini(s, w):
        pairs = w[:, None] * w[None]
        return (pairs * (s[:, None] - s[None]).abs()).sum() / (pairs.sum() - (w * w).sum())

    inside = [mass_bin == q for q in range(M) if (mass_bin == q).sum() > 1]
    total = sum(w[i].sum() for i in inside)
    return 1 - sum(w[i].sum() / total * gini(s[i], w[i]) for i in inside) / gini(s, w)


@pytest.mark.parametrize("weighted", [False, True])
def test_fast_distance_correlation_equals_the_pair_form(weighted):
    seen = background(rand(K, B, seed=5) + 0.1 if weighted else None)
    ours = value_and_gradient(lambda s: objectives.distance_correlation(s, seen), rand(K, B))
    pairs = value_and_gradient(lambda s: pair_disco(s, seen), rand(K, B))
    torch.testing.assert_close(ours[0], pairs[0], rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(ours[1], pairs[1], rtol=1e-9, atol=1e-12)


def test_distance_correlation_is_one_for_a_line_and_zero_for_noise():
    seen = background(bins=64, models=1, events=4000)
    assert objectives.distance_correlation(3 * seen.centres.gather(1, seen.mass_bin), seen).item() > 0.999
    assert objectives.distance_correlation(rand(1, 4000), seen).item() < 5e-3


@pytest.mark.parametrize("weighted", [False, True])
def test_fast_moment_decomposition_equals_the_pair_form(weighted):
    w = rand(K, B, seed=5) + 0.1 if weighted else torch.ones(K, B, **F64)
    seen, s = background(w), rand(K, B)
    ours = value_and_gradient(lambda s: objectives.moment_decomposition(s, seen), s)
    for k in range(K):
        pairs = value_and_gradient(lambda x, k=k: pair_mode(x, w[k], seen.mass_bin[k]), s[k])
        torch.testing.assert_close(ours[0][k], pairs[0], rtol=0, atol=1e-10)
        torch.testing.assert_close(ours[1][k], pairs[1], rtol=0, atol=1e-10)


def test_published_moment_decomposition_is_a_difference_of_mean_distances():
    """The identity on which ours rests, by numerical integration of the cumulative distributions."""
    s, mass_bin = rand(200), (rand(200, seed=1) * 4).long()
    grid = (torch.arange(40000, **F64) + 0.5) / 40000
    below = s[None] <= grid[:, None]
    direct, distance = 0, (s[:, None] - s[None]).abs()
    formula = distance.mean() / 2
    for q in range(4):
        inside = mass_bin == q
        share = inside.double().mean()
        difference = below[:, inside].double().mean(1) - below.double().mean(1)
        direct += share * difference.square().mean()
        formula -= share * distance[inside][:, inside].mean() / 2
    assert formula.item() == pytest.approx(direct.item(), abs=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_moment_decomposition_of_independent_scores_is_zero_on_average_whatever_their_scale(weighted):
    w = rand(2000, 256, seed=9) + 0.2 if weighted else None
    seen, s = background(w, bins=32, models=2000, events=256), rand(2000, 256)
    value = objectives.moment_decomposition(s, seen)
    assert abs(value.mean()) < 4 * value.std() / math.sqrt(2000)
    torch.testing.assert_close(objectives.moment_decomposition(100 * s, seen), value, rtol=0, atol=1e-9)


def test_an_event_alone_in_its_mass_bin_does_not_count():
    mass_bin = torch.tensor([[0, 0, 0, 1, 1, 1, 2]])
    seen = Background(torch.zeros(1, 7, **F64), mass_bin, torch.ones(1, 7, **F64), torch.zeros(1, 3, **F64))
    s = torch.tensor([[0.1, 0.5, 0.9, 0.1, 0.5, 0.9, 0.4]], **F64)
    assert objectives.moment_decomposition(s, seen).item() == pytest.approx(
        pair_mode(s[0], seen.weight[0], mass_bin[0]).item(), abs=1e-10
    )


def test_weight_two_is_two_events():
    """Cross-entropy's mean, standardisation, both adversaries and distance correlation; not moment decomposition."""
    count = 1 + (rand(1, 60, seed=3) * 3).long()
    copies = torch.arange(60).repeat_interleave(count[0]).unsqueeze(0)
    once = background(count.double(), models=1, events=60)
    repeated = Background(
        once.mass.gather(1, copies),
        once.mass_bin.gather(1, copies),
        torch.ones(1, copies.shape[1], **F64),
        once.centres,
    )
    s = rand(1, 60)
    adversaries = [
        objectives.build("adversarial", seeds=[1], settings=AdversarySettings(head=head, mass_bins=M), **F64)
        for head in objectives.HEADS
    ]
    for function in (
        lambda x, seen: objectives.weighted_mean(x, seen.weight),
        objectives.distance_correlation,
        *(lambda x, seen, a=a: a(x, seen, torch.ones(1, 1, **F64))[1] for a in adversaries),
    ):
        value, gradient = value_and_gradient(lambda x, f=function: f(x, once), s)
        same, gradients = value_and_gradient(lambda x, f=function: f(x, repeated), s.gather(1, copies))
        torch.testing.assert_close(value, same, rtol=0, atol=1e-12)
        torch.testing.assert_close(torch.zeros_like(s).scatter_add_(1, copies, gradients), gradient, atol=1e-11, rtol=0)


@pytest.mark.parametrize("name", ["adversarial", "disco", "mode"])
def test_all_weights_times_seven_change_nothing(name):
    objective = objectives.build(name, seeds=[1, 2, 3], settings=AdversarySettings(mass_bins=M), **F64)
    w, strength = rand(K, B, seed=5) + 0.1, torch.ones(K, 1, **F64)
    logit = torch.logit(rand(K, B))
    results = [objective(logit, replace(background(), weight=factor * w), strength)[1] for factor in (1, 7)]
    torch.testing.assert_close(results[0], results[1], rtol=1e-9, atol=1e-11)


def test_mixture_density_integrates_to_one_even_at_the_borders():
    mass = torch.linspace(0, 1, 20001, **F64)[None]
    seen = Background(mass, None, None, None)
    at_borders = torch.tensor([0.0, 1, -20, 20, -20, -20], **F64)  # shares, means at 0 and 1, least widths
    for output in (torch.randn(15, generator=generator(2), **F64), at_borders):
        density = torch.exp(-objectives.mixture_loss(output.expand(1, 20001, -1), seen))
        assert torch.trapezoid(density, mass).item() == pytest.approx(1, abs=1e-4 if len(output) == 6 else 1e-6)


def test_mixture_loss_is_finite_at_the_ends_of_the_range():
    seen = Background(torch.tensor([[0.0, 1.0]], **F64), None, None, None)
    output = torch.tensor([[[0.0, 40.0, -40.0]] * 2], **F64)  # one narrow Gaussian at 1
    value, gradient = value_and_gradient(lambda x: objectives.mixture_loss(x, seen), output)
    assert torch.isfinite(value).all()
    assert torch.isfinite(gradient).all()


def test_bins_loss_of_an_ignorant_adversary_is_the_logarithm_of_the_bins():
    loss = objectives.bins_loss(torch.zeros(K, B, M, **F64), background())
    torch.testing.assert_close(loss, torch.full((K, B), math.log(M), **F64))


def test_reversed_gradient_is_minus_strength_times_the_slope_of_the_adversary_loss():
    strength, z, seen = torch.tensor([[0.0], [0.3], [10.0]], **F64), rand(K, 20) - 0.5, background(events=20)
    adversary = objectives.build("adversarial", seeds=[1, 2, 3], settings=AdversarySettings(mass_bins=M), **F64)
    plain = -torch.ones(K, 1, **F64)  # strength -1: no reversal
    value, gradient = value_and_gradient(lambda x: adversary(x, seen, strength)[0], z)
    torch.testing.assert_close(value, adversary(z, seen, plain)[0])
    step = 1e-6
    for j in range(20):
        move = torch.zeros(K, 20, **F64)
        move[:, j] = step
        slope = (adversary(z + move, seen, plain)[0] - adversary(z - move, seen, plain)[0]).detach() / (2 * step)
        torch.testing.assert_close(gradient[:, j], -strength[:, 0] * slope, rtol=1e-5, atol=1e-8)


def test_the_adversary_learns_at_its_own_pace_whatever_the_strength():
    seen, z = background(), torch.logit(rand(K, B))
    gradients = []
    for strength in (0.1, 100.0):
        adversary = objectives.build("adversarial", seeds=[1, 2, 3], settings=AdversarySettings(mass_bins=M), **F64)
        adversary(z, seen, torch.full((K, 1), strength, **F64))[0].sum().backward()
        gradients.append(adversary.network.weight[0].grad)
    torch.testing.assert_close(gradients[0], gradients[1])


def test_a_penalty_adds_strength_times_its_value():
    objective = objectives.build("disco", seeds=[1], settings=AdversarySettings(), **F64)
    added, value = objective(rand(K, B), background(), torch.tensor([[0.0], [1.0], [5.0]], **F64))
    torch.testing.assert_close(added, torch.tensor([0.0, 1.0, 5.0], **F64) * value)


def test_no_objective_adds_nothing():
    added, value = objectives.build("none", seeds=[1], settings=AdversarySettings())(rand(K, B), None, None)
    assert not added.any()
    assert not value.any()
