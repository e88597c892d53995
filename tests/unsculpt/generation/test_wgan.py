"""The critic's penalty against double backward; generators that keep energy and positivity by construction."""

import numpy as np
import pytest
import torch

from unsculpt.generation import critic
from unsculpt.generation.conditions import Scale, Wish, suppress
from unsculpt.generation.flow import Velocity
from unsculpt.generation.geometry import LAYOUT, Geometry
from unsculpt.generation.networks import Cells, Shares
from unsculpt.generation.observables import observables
from unsculpt.generation.view import View, layer_sums, shapes
from unsculpt.networks import StackedMLP, generator

GEOMETRY = Geometry((0, 90, 480), ((2, 4), (3, 3)), 240)
SCALE = Scale((1.0, 100.0), 2)
SETTINGS = {"latent": 4, "units": [16, 16], "units_of_sums": [8], "own_noise": True, "solver_steps": 3}


@pytest.fixture
def truth():
    random = generator(5)
    energy = 1 + 99 * torch.rand(500, generator=random)
    share = torch.rand(500, GEOMETRY.cells, generator=random)
    cells = suppress(energy[:, None] * share / share.sum(1, keepdim=True) * 0.98, 0.02)
    return Wish(energy, torch.arange(500) % 2), cells


def test_the_penalty_is_that_of_double_backward():
    network = StackedMLP([1, 2], (7, 12, 9, 1), activation="leaky_relu", dtype=torch.float64, matmul="torch")
    for bias in network.bias:
        bias.data.normal_(generator=generator(3))
    x = torch.randn(2, 40, 7, generator=generator(4), dtype=torch.float64)
    ours, norm = critic.penalty(network, x)
    ours.sum().backward()
    found = [p.grad.clone() if p.grad is not None else torch.zeros_like(p) for p in network.parameters()]
    network.zero_grad(set_to_none=True)
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(network(x).sum(), x, create_graph=True)
    theirs = ((gradient.square().sum(-1) + 1e-12).sqrt() - 1).square().mean(1)
    theirs.sum().backward()
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-14)
    torch.testing.assert_close(norm, gradient.norm(dim=-1).mean(1), rtol=0, atol=1e-10)
    for mine, parameter in zip(found, network.parameters(), strict=True):
        expected = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        torch.testing.assert_close(mine, expected, rtol=0, atol=1e-14)
    assert sum(gradient.abs().sum() for gradient in found) > 1


def test_shares_sum_to_the_response_times_the_energy(truth):
    wish, cells = truth
    made = Shares(SETTINGS, GEOMETRY, SCALE, 1, wish, cells)
    noise = made.draw(len(wish), generator(2))
    found = made(wish, noise)
    assert (found >= 0).all() and (found == 0).float().mean() > 0.01
    spread_of = noise[:, -made.sums]
    response = found.sum(1) / wish.energy
    pull = (response - 1) * wish.energy.sqrt() / 0.1
    assert pull.abs().max() < 6 and torch.corrcoef(torch.stack([pull, spread_of]))[0, 1] > 0.9
    front = layer_sums(cells, GEOMETRY).sum(0)
    share = layer_sums(found, GEOMETRY).sum(0) / found.sum()
    torch.testing.assert_close(share, front / front.sum(), rtol=0, atol=0.1)  # it begins with the mean shower
    found.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in made.parameters() if p.grad is not None)


def test_a_generator_of_cells_begins_with_the_mean_shower(truth):
    wish, cells = truth
    made = Cells(SETTINGS | {"own_noise": False}, GEOMETRY, SCALE, 1, wish, cells)
    for weight in made.network.weight:
        weight.data.zero_()
    found = made(wish, made.draw(len(wish), generator(2))) / wish.energy[:, None]
    torch.testing.assert_close(found.mean(0), (cells / wish.energy[:, None]).mean(0), rtol=1e-4, atol=1e-5)


def test_the_shapes_of_the_critic_are_those_of_the_observables(truth):
    geometry, cells = GEOMETRY, truth[1].double()
    found, known = shapes(cells, geometry).numpy(), observables(cells.numpy(), geometry)
    for layer in range(2):
        for place, name in enumerate(("lateral width", "width across", "E ratio")):
            scale = 240 if place < 2 else 1
            np.testing.assert_allclose(scale * found[:, 6 * layer + place], known[f"{name} {layer}"], atol=1e-5)


@pytest.mark.parametrize(("sums", "own"), [(True, True), (False, False)])
def test_a_view_is_of_order_one_and_reads_out(truth, sums, own):
    wish, cells = truth
    view = View(GEOMETRY, SCALE, 0.02, cells, sums=sums, shapes=own)
    seen = view(cells, wish)
    assert seen.shape == (500, view.inputs) and torch.isfinite(seen).all() and seen.std(0).max() < 3
    torch.testing.assert_close(view(cells + 0.01 * (cells == 0), wish), seen)  # what is suppressed is not seen


def test_a_wish_is_seen_as_energy_and_particle():
    seen = SCALE.columns_of(Wish(torch.tensor([1.0, 10.0, 100.0]), torch.tensor([0, 1, 1])))
    torch.testing.assert_close(seen, torch.tensor([[-1.0, 1, 0], [0, 0, 1], [1, 0, 1]]))
    assert Scale((1.0, 100.0), 1).columns == 1


def test_the_coordinates_of_the_flow_lead_back_to_the_showers():
    random = generator(1)
    geometry, wish = Geometry.of(LAYOUT), Wish(torch.full((50,), 20.0), torch.zeros(50, dtype=torch.int64))
    cells = torch.rand(50, geometry.cells, generator=random) * (torch.rand(50, geometry.cells, generator=random) < 0.3)
    cells = cells * 20 / cells.sum(1, keepdim=True)
    field = Velocity(SETTINGS, geometry, Scale((1.0, 100.0), 1), 1, wish, cells)
    x = field.coordinates(cells, wish, torch.randn(cells.shape, generator=random))
    torch.testing.assert_close(field.showers(x, wish), cells, rtol=2e-3, atol=1e-5)
    made = field(wish, field.draw(50, random))
    assert (made >= 0).all() and torch.isfinite(made).all()
