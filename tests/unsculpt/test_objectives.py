"""Objectives against their direct forms, normalisations, finite differences, and what weights mean."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from unsculpt import objectives
from unsculpt.networks import generator
from unsculpt.objectives import AdversarySettings, Batch, Variable

K, B, M = 3, 300, 16
F64 = {"dtype": torch.float64}


def rand(*shape, seed=0):
    return torch.rand(*shape, generator=generator(seed), **F64)


def binned(value, bins=M):
    """A continuous variable with bins of equal width."""
    centres = ((torch.arange(bins, **F64) + 0.5) / bins).expand(len(value), -1)
    return Variable(value, (value * bins).long(), centres, bins)


def category(number, categories):
    return Variable(None, number, None, categories)


def background(weight=None, bins=M, models=K, events=B, seed=1):
    mass = binned(rand(models, events, seed=seed), bins)
    return Batch((mass,), torch.ones_like(mass.value) if weight is None else weight)


def two_variables(weight=None):
    """The mass and a category of three values."""
    seen = background(weight)
    channel = category((rand(K, B, seed=8) * 3).long(), 3)
    return replace(seen, variables=(*seen.variables, channel))


def disco(s, seen):
    return objectives.distance_correlation(s, seen.variables[0], seen.weight)


def mode(s, seen, order=0):
    return objectives.moment_decomposition(s, seen.variables[0], seen.weight, order)


def value_and_gradient(function, s):
    s = s.clone().requires_grad_()
    value = function(s)
    return value.detach(), torch.autograd.grad(value.sum(), s)[0]


def pair_disco(s, variable, weight):
    """Squared distance correlation by the matrices of pairs, as in the literature."""
    p = weight / weight.sum(1, keepdim=True)

    def centred(d):
        row = (d * p.unsqueeze(1)).sum(2)
        return d - row.unsqueeze(1) - row.unsqueeze(2) + (p * row).sum(1)[:, None, None]

    def distances(x):
        return (x.unsqueeze(1) - x.unsqueeze(2)).abs().double()

    if variable.centres is None:
        a = centred((distances(variable.bin) > 0).double())
    else:
        a = centred(distances(variable.centres.gather(1, variable.bin)))
    b, pairs = centred(distances(s)), p.unsqueeze(1) * p.unsqueeze(2)
    return (pairs * a * b).sum((1, 2)) / torch.sqrt(
        (pairs * a * a).sum((1, 2)) * (pairs * b * b).sum((1, 2)) + objectives.TINY
    )


def orthonormal(x, p, order):
    """Polynomials in x that are orthonormal under p, by a QR decomposition; (order + 1, bins)."""
    powers = np.vander(x, order + 1, increasing=True) * np.sqrt(p)[:, None]
    return torch.from_numpy(np.linalg.qr(powers)[0] / np.sqrt(p)[:, None]).T


def pair_mode(s, w, variable, k, order=0):
    """One model: MoDe over the Gini mean difference, from the matrix of pairs, bin by bin."""
    distance, pairs = (s[:, None] - s[None]).abs(), w[:, None] * w[None]
    pairs = pairs - torch.diag(pairs.diagonal())  # of different events only
    inside = [variable.bin[k] == q for q in range(variable.bins)]
    inside = [rows for rows in inside if rows.sum() > 1]
    p = torch.stack([w[rows].sum() for rows in inside])
    p = p / p.sum()
    x = [variable.centres[k, variable.bin[k][rows][0]].item() for rows in inside]
    phi = orthonormal(np.array(x), p.numpy(), order)
    means = [[(pairs * distance)[m][:, n].sum() / pairs[m][:, n].sum() for n in inside] for m in inside]
    d = torch.stack([torch.stack(row) for row in means])
    total = (p[:, None] * p * (phi.T @ phi) * d).sum() - (p * d.diagonal()).sum()
    return total / ((pairs * distance).sum() / pairs.sum())


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["mass", "category"])
def test_fast_distance_correlation_equals_the_pair_form(weighted, kind):
    seen = two_variables(rand(K, B, seed=5) + 0.1 if weighted else None)
    variable = seen.variables[kind == "category"]
    ours = value_and_gradient(lambda s: objectives.distance_correlation(s, variable, seen.weight), rand(K, B))
    pairs = value_and_gradient(lambda s: pair_disco(s, variable, seen.weight), rand(K, B))
    torch.testing.assert_close(ours[0], pairs[0], rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(ours[1], pairs[1], rtol=1e-9, atol=1e-12)


def test_distance_correlation_is_one_for_a_line_and_zero_for_noise():
    seen = background(bins=64, models=1, events=4000)
    mass = seen.variables[0]
    assert disco(3 * mass.centres.gather(1, mass.bin), seen).item() > 0.999
    assert disco(rand(1, 4000), seen).item() < 5e-3


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_fast_moment_decomposition_equals_the_pair_form(weighted, order):
    w = rand(K, B, seed=5) + 0.1 if weighted else torch.ones(K, B, **F64)
    seen, s = background(w), rand(K, B)
    ours = value_and_gradient(lambda s: mode(s, seen, order), s)
    for k in range(K):
        pairs = value_and_gradient(lambda x, k=k: pair_mode(x, w[k], seen.variables[0], k, order), s[k])
        torch.testing.assert_close(ours[0][k], pairs[0], rtol=0, atol=1e-10)
        torch.testing.assert_close(ours[1][k], pairs[1], rtol=0, atol=1e-10)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_published_moment_decomposition_is_half_the_sum_over_bins(order):
    """The identity on which ours rests, by numerical integration of the cumulative distributions."""
    s, mass_bin, x = rand(200), (rand(200, seed=1) * 5).long(), np.array([0.1, 0.2, 0.5, 0.6, 0.9])
    grid = (torch.arange(20000, **F64) + 0.5) / 20000
    below = s[None] <= grid[:, None]
    inside = [mass_bin == q for q in range(5)]
    p = torch.stack([rows.double().mean() for rows in inside])
    responses = torch.stack([below[:, rows].double().mean(1) for rows in inside])  # (bins, grid)
    phi = orthonormal(x, p.numpy(), order)
    moments = (phi * p) @ responses
    published = (p[:, None] * (responses - phi.T @ moments).square()).sum(0).mean()
    d = torch.stack([torch.stack([(s[m][:, None] - s[n]).abs().mean() for n in inside]) for m in inside])
    formula = (p[:, None] * p * (phi.T @ phi) * d).sum() / 2 - (p * d.diagonal()).sum() / 2
    assert formula.item() == pytest.approx(published.item(), abs=1e-5)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_moment_decomposition_of_independent_scores_is_zero_on_average_whatever_their_scale(weighted, order):
    w = rand(2000, 256, seed=9) + 0.2 if weighted else None
    seen, s = background(w, bins=32, models=2000, events=256), rand(2000, 256)
    value = mode(s, seen, order)
    assert abs(value.mean()) < 4 * value.std() / math.sqrt(2000)
    torch.testing.assert_close(mode(100 * s, seen, order), value, rtol=0, atol=1e-9)


@pytest.mark.parametrize("degree", [1, 2])
def test_moment_decomposition_leaves_alone_a_response_that_is_a_polynomial_of_its_order(degree):
    """The share of high scores rises like a power of the mass, so each F_m(s) is a polynomial in m of that degree."""
    mass_bin = (rand(2000, 256, seed=3) * 12).long()
    centres = ((torch.arange(12, **F64) + 0.5) / 12).expand(2000, -1)
    seen = Batch((Variable(None, mass_bin, centres, 12),), rand(2000, 256, seed=4) + 0.5)
    high = rand(2000, 256, seed=5) < centres.gather(1, mass_bin) ** degree
    s = torch.where(high, 0.5 + rand(2000, 256, seed=6), rand(2000, 256, seed=7))
    for order in (0, 1, 2):
        value = mode(s, seen, order)
        pull = value.mean() / (value.std() / math.sqrt(2000))
        assert abs(pull) < 4 if order >= degree else pull > 8, (order, pull)


def test_a_category_has_no_polynomials():
    seen = two_variables()
    values = [objectives.moment_decomposition(rand(K, B), seen.variables[1], seen.weight, order) for order in (0, 2)]
    assert torch.equal(*values)


def test_an_event_alone_in_its_mass_bin_does_not_count():
    mass_bin = torch.tensor([[0, 0, 0, 1, 1, 1, 2]])
    variable = Variable(None, mass_bin, torch.zeros(1, 3, **F64), 3)
    s, weight = torch.tensor([[0.1, 0.5, 0.9, 0.1, 0.5, 0.9, 0.4]], **F64), torch.ones(1, 7, **F64)
    value = objectives.moment_decomposition(s, variable, weight)
    assert value.item() == pytest.approx(pair_mode(s[0], weight[0], variable, 0).item(), abs=1e-10)


def test_a_batch_without_two_events_in_any_bin_has_no_penalty():
    alone = Variable(None, torch.arange(5)[None], torch.zeros(1, 5, **F64), 5)
    value, gradient = value_and_gradient(
        lambda s: objectives.moment_decomposition(s, alone, torch.ones(1, 5, **F64)), rand(1, 5)
    )
    assert value.item() == 0
    assert not gradient.any()


def test_weight_two_is_two_events():
    """Cross-entropy's mean, standardisation, both adversaries and distance correlation; not moment decomposition."""
    count = 1 + (rand(1, 60, seed=3) * 3).long()
    copies = torch.arange(60).repeat_interleave(count[0]).unsqueeze(0)
    once = background(count.double(), models=1, events=60)
    mass = binned(once.variables[0].value.gather(1, copies))
    repeated = Batch((mass,), torch.ones(1, copies.shape[1], **F64))
    s = rand(1, 60)
    adversaries = [
        objectives.build("adversarial", seeds=[1], settings=AdversarySettings(head=head, bins=M), **F64)
        for head in objectives.HEADS
    ]
    for function in (
        lambda x, seen: objectives.weighted_mean(x, seen.weight),
        disco,
        *(lambda x, seen, a=a: a(x, seen, torch.ones(1, 1, **F64))[1] for a in adversaries),
    ):
        value, gradient = value_and_gradient(lambda x, f=function: f(x, once), s)
        same, gradients = value_and_gradient(lambda x, f=function: f(x, repeated), s.gather(1, copies))
        torch.testing.assert_close(value, same, rtol=0, atol=1e-12)
        torch.testing.assert_close(torch.zeros_like(s).scatter_add_(1, copies, gradients), gradient, atol=1e-11, rtol=0)


@pytest.mark.parametrize("order", [0, 2])
@pytest.mark.parametrize("name", ["adversarial", "disco", "mode"])
def test_all_weights_times_seven_change_nothing(name, order):
    objective = objectives.build(name, seeds=[1, 2, 3], settings=AdversarySettings(bins=M), order=order, **F64)
    w, strength = rand(K, B, seed=5) + 0.1, torch.ones(K, 1, **F64)
    logit = torch.logit(rand(K, B))
    results = [objective(logit, replace(background(), weight=factor * w), strength)[1] for factor in (1, 7)]
    torch.testing.assert_close(results[0], results[1], rtol=1e-9, atol=1e-11)


def test_mixture_density_integrates_to_one_even_at_the_borders():
    mass = torch.linspace(0, 1, 20001, **F64)[None]
    seen = Variable(mass, None, None, M)
    at_borders = torch.tensor([0.0, 1, -20, 20, -20, -20], **F64)  # shares, means at 0 and 1, least widths
    for output in (torch.randn(15, generator=generator(2), **F64), at_borders):
        density = torch.exp(-objectives.mixture_loss(output.expand(1, 20001, -1), seen))
        assert torch.trapezoid(density, mass).item() == pytest.approx(1, abs=1e-4 if len(output) == 6 else 1e-6)


def test_mixture_loss_is_finite_at_the_ends_of_the_range():
    seen = Variable(torch.tensor([[0.0, 1.0]], **F64), None, None, M)
    output = torch.tensor([[[0.0, 40.0, -40.0]] * 2], **F64)  # one narrow Gaussian at 1
    value, gradient = value_and_gradient(lambda x: objectives.mixture_loss(x, seen), output)
    assert torch.isfinite(value).all()
    assert torch.isfinite(gradient).all()


def test_the_gradient_of_the_mixture_is_that_of_its_loss():
    """The closed form against finite differences, Gaussians that are cut off by either end among them."""
    output = 2 * torch.randn(2, 7, 15, generator=generator(3), **F64)
    output[0, :3, 5:10] = torch.tensor([-6.0, 6.0, -3.0])[:, None]
    seen = Variable(torch.rand(2, 7, generator=generator(4), **F64), None, None, M)
    assert torch.autograd.gradcheck(lambda x: objectives.mixture_loss(x, seen), output.requires_grad_())


def test_bins_loss_of_an_ignorant_adversary_is_the_logarithm_of_the_bins():
    loss = objectives.bins_loss(torch.zeros(K, B, M, **F64), background().variables[0])
    torch.testing.assert_close(loss, torch.full((K, B), math.log(M), **F64))


def test_reversed_gradient_is_minus_strength_times_the_slope_of_the_adversary_loss():
    strength, z, seen = torch.tensor([[0.0], [0.3], [10.0]], **F64), rand(K, 20) - 0.5, background(events=20)
    adversary = objectives.build("adversarial", seeds=[1, 2, 3], settings=AdversarySettings(bins=M), **F64)
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
        adversary = objectives.build("adversarial", seeds=[1, 2, 3], settings=AdversarySettings(bins=M), **F64)
        adversary(z, seen, torch.full((K, 1), strength, **F64))[0].sum().backward()
        gradients.append(adversary.network.weight[0].grad)
    torch.testing.assert_close(gradients[0], gradients[1])


@pytest.mark.parametrize("head", sorted(objectives.HEADS))
def test_losses_of_several_protected_variables_add_up(head):
    """One trunk with a head for each: a density or bins for the mass, the probability of each category."""
    seen, settings = two_variables(rand(K, B, seed=5) + 0.1), AdversarySettings(head=head, bins=M, components=2)
    adversary = objectives.build("adversarial", seeds=[1, 2, 3], settings=settings, categories=(0, 3), **F64)
    z = torch.logit(rand(K, B))
    value = adversary(z, seen, torch.ones(K, 1, **F64))[1]
    output = adversary.network(objectives.standardise(z, seen.weight).unsqueeze(-1))
    assert output.shape[-1] == adversary.outputs[0] + 3
    mass_loss = objectives.HEADS[head][0](output[..., :-3], seen.variables[0])
    channel_loss = torch.nn.functional.cross_entropy(output[..., -3:].mT, seen.variables[1].bin, reduction="none")
    expected = (seen.weight * (mass_loss + channel_loss)).sum(1) / seen.weight.sum(1)
    torch.testing.assert_close(value, expected)


@pytest.mark.parametrize("name", ["disco", "mode"])
def test_penalties_of_several_protected_variables_add_up(name):
    seen, strength = two_variables(), torch.ones(K, 1, **F64)
    penalty = objectives.build(name, seeds=[1, 2, 3], settings=AdversarySettings())
    both = penalty(rand(K, B), seen, strength)[1]
    alone = [penalty(rand(K, B), replace(seen, variables=(v,)), strength)[1] for v in seen.variables]
    torch.testing.assert_close(both, alone[0] + alone[1])


def test_a_conditioned_adversary_leaves_alone_what_the_condition_explains():
    """Score and mass depend on a third variable only: given it, the score has nothing more to tell."""
    condition = torch.randn(1, 1000, 1, generator=generator(2), **F64)
    noise = torch.randn(2, 1000, generator=generator(3), **F64)
    mass, z = torch.sigmoid(2 * condition[..., 0] + 0.3 * noise[:1]), condition[..., 0] + 0.3 * noise[1:]
    slopes = {}
    for names in ((), ("jet1_pt",)):
        settings = AdversarySettings(bins=8)
        adversary = objectives.build("adversarial", seeds=[1], settings=settings, conditions=len(names), **F64)
        adam = torch.optim.Adam(adversary.parameters(), lr=0.02)
        seen = Batch((binned(mass, 8),), torch.ones_like(mass), condition if names else None)
        for _ in range(150):
            adam.zero_grad()
            adversary(z, seen, torch.zeros(1, 1, **F64))[0].sum().backward()
            adam.step()
        gradient = value_and_gradient(lambda x, a=adversary, b=seen: a(x, b, torch.ones(1, 1, **F64))[0], z)[1]
        slopes[names] = gradient.square().mean().sqrt().item()
    assert slopes["jet1_pt",] < 0.5 * slopes[()]


def test_a_penalty_adds_strength_times_its_value():
    objective = objectives.build("disco", seeds=[1], settings=AdversarySettings(), **F64)
    added, value = objective(rand(K, B), background(), torch.tensor([[0.0], [1.0], [5.0]], **F64))
    torch.testing.assert_close(added, torch.tensor([0.0, 1.0, 5.0], **F64) * value)


def test_no_objective_adds_nothing():
    added, value = objectives.build("none", seeds=[1], settings=AdversarySettings())(rand(K, B), None, None)
    assert not added.any()
    assert not value.any()
