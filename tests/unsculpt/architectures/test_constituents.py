"""Networks of constituents know nothing of order and padding, or see what a Lorentz transformation keeps."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import vector
from toy_images import make

from unsculpt import architectures, training
from unsculpt.architectures.constituents import minkowski
from unsculpt.errors import InputError
from unsculpt.networks import generator

SETTINGS = {"kind": "sets", "inner_layers": (8, 8), "combinations": 4, "fourth": "mass", "hidden_layers": (8,)}
SETTINGS |= {"channels": (6, 8)}


def started(data, **changes):
    return architectures.build(
        {"architecture": "constituents", "network": SETTINGS | changes},
        seeds=[1],
        inputs=data.features.shape[1],
        shape=data.shape,
        dtype=data.features.dtype,
        learnt=training.Learnt(data, (0,), (0, 1)),
    )


@pytest.fixture(scope="module")
def data():
    return make(600, "constituents", dtype=torch.float64)


def constituents(data):
    return data.features.unflatten(1, data.shape)


def test_sets_do_not_depend_on_the_order_of_constituents(data):
    stack = started(data)
    order = torch.randperm(20, generator=generator(2))
    mixed = constituents(data)[:, order].flatten(1)
    torch.testing.assert_close(stack(mixed[None]), stack(data.features[None]), rtol=1e-10, atol=1e-12)


def test_absent_constituents_add_nothing_whatever_their_other_fields_hold(data):
    stack, x = started(data), constituents(data).clone()
    expected = stack(data.features[None])
    x[..., 1:][x[..., 0] == 0] = 7.0
    assert torch.equal(stack(x.flatten(1)[None]), expected)


def test_more_padding_changes_nothing(data):
    longer = torch.cat([constituents(data), torch.zeros(len(data.label), 5, 3, dtype=torch.float64)], 1)
    more = replace(data, features=longer.flatten(1), shape=(25, 3))
    torch.testing.assert_close(
        started(more)(more.features[None]), started(data)(data.features[None]), rtol=1e-10, atol=1e-12
    )


def test_fields_are_standardised_over_constituents_that_are_present(data):
    state = started(data).of_model(0)
    rows = torch.cat([data.rows(label, 0, held_out=False) for label in (0, 1)])
    weight = torch.cat([data.weight[r] / data.weight[r].sum() for r in (data.rows(c, 0, False) for c in (0, 1))])
    x = constituents(data)[rows].numpy()
    there = x[..., 0] > 0
    weights = np.broadcast_to(weight.numpy()[:, None], there.shape)[there]
    columns = np.concatenate([x[there], np.log(x[there][:, :1])], 1)
    centre = np.average(columns, axis=0, weights=weights)
    np.testing.assert_allclose(state["centre"], centre, rtol=1e-10)
    spread = np.sqrt(np.average(np.square(columns - centre), axis=0, weights=weights))
    np.testing.assert_allclose(state["width"], spread, rtol=1e-10)
    assert state["number"].item() == pytest.approx(np.average(there.sum(1), weights=weight))


def fields(n=50, number=6, seed=4):
    rng = np.random.default_rng(seed)
    pt, eta = rng.exponential(50, (n, number)), rng.normal(0, 1.2, (n, number))
    return pt, eta, rng.uniform(-np.pi, np.pi, (n, number)), rng.exponential(5, (n, number))


def test_products_and_combinations_are_those_of_vector():
    """Against scikit-hep's package: squares, transverse momenta, energies and distances of all vectors."""
    pt, eta, phi, mass = fields()
    p = vector.array({"pt": pt, "eta": eta, "phi": phi, "mass": mass})
    table = torch.from_numpy(np.stack([pt, eta, phi, mass], -1))
    examples = make(100, "constituents", dtype=torch.float64)
    examples = replace(examples, features=table.repeat(2, 1, 1).flatten(1), shape=(6, 4))
    stack = started(examples, kind="lola")
    state = stack.of_model(0)
    scale = state["scale"].item()
    numbers = torch.func.functional_call(
        architectures.constituents._Numbers(stack.module),
        {f"module.{k}": v for k, v in state.items()},
        (examples.features[:50],),
    )
    combination = np.concatenate([np.eye(6), state["combination"].numpy()])
    x, y, z, t = (getattr(p, axis) @ combination.T / scale for axis in ("px", "py", "pz", "E"))
    every = vector.array({"px": x, "py": y, "pz": z, "E": t})
    pairs = every[:, :, None].subtract(every[:, None, :])
    distances = [np.einsum("njk,jk->nj", pairs.tau2, w) for w in state["distances"].reshape(4, 10, 10).numpy()]
    transverse = np.sqrt(np.square(every.pt) + architectures.constituents.TINY)
    expected = np.concatenate([every.tau2, transverse, every.E @ state["energies"].numpy(), *distances], 1)
    np.testing.assert_allclose(numbers, expected, rtol=1e-6, atol=1e-6)


def test_a_boost_along_the_beam_and_a_turn_about_it_change_no_product():
    pt, eta, phi, mass = fields()
    transverse = np.hypot(pt, mass)
    rapidity = np.arcsinh(pt * np.sinh(eta) / transverse)
    tensors = [torch.from_numpy(value) for value in (pt, rapidity, phi, transverse)]
    moved = [tensors[0], tensors[1] + 0.7, tensors[2] - 1.1, tensors[3]]
    torch.testing.assert_close(minkowski(*tensors), minkowski(*moved))


def test_products_of_nearly_parallel_vectors_keep_their_digits_in_single_precision():
    pt, eta, phi = (torch.tensor([values], dtype=torch.float64) for values in ([90, 110], [2.4, 2.401], [3, 3.001]))
    double = minkowski(pt, eta, phi, pt)[0, 0, 1].item()
    single = minkowski(*(value.float() for value in (pt, eta, phi, pt)))[0, 0, 1].item()
    assert double == pytest.approx(90 * 110 * 1e-6, rel=1e-3)  # pt pt (deta^2 + dphi^2) / 2
    assert single == pytest.approx(double, rel=1e-3)  # of the inputs themselves no more is left


def test_with_the_energy_as_fourth_field_lola_sees_the_same(data):
    pt, eta, phi = constituents(data).unbind(2)
    mass = 0.2 * pt
    energy = torch.sqrt((pt * torch.cosh(eta)).square() + mass.square())
    outputs = []
    for fourth, value in (("mass", mass), ("energy", energy)):
        given = replace(data, features=torch.stack([pt, eta, phi, value], -1).flatten(1), shape=(20, 4))
        outputs.append(started(given, kind="lola", fourth=fourth)(given.features[None]))
    torch.testing.assert_close(*outputs, rtol=1e-6, atol=1e-8)
    without = started(data, kind="lola")(data.features[None])
    massless = replace(data, features=torch.stack([pt, eta, phi, 0 * pt], -1).flatten(1), shape=(20, 4))
    torch.testing.assert_close(started(massless, kind="lola")(massless.features[None]), without)


@pytest.mark.parametrize(
    ("kind", "shape"), [("sets", ()), ("lola", (30, 2)), ("sets", (60,)), ("boosts", (3, 20)), ("sequence", ())]
)
def test_inputs_of_another_shape_are_one_sentence(data, kind, shape):
    with pytest.raises(
        InputError, match=rf"constituents of the kind {kind} are an array \(constituents, fields\) with"
    ):
        started(replace(data, shape=shape), kind=kind)


def test_absent_constituents_are_zero_to_convolutions_along_the_list(data):
    stack, x = started(data, kind="sequence"), constituents(data).clone()
    expected = stack(data.features[None])
    x[..., 1:][x[..., 0] == 0] = 7.0
    assert torch.equal(stack(x.flatten(1)[None]), expected)
    turned = constituents(data).flip(1).flatten(1)
    assert not torch.allclose(stack(turned[None]), expected), "the order of the list means something"


def test_convolutions_along_the_list_are_those_of_torch(data):
    stack = started(data, kind="sequence")
    state, x = stack.of_model(0), constituents(data)
    fields = torch.cat([x, torch.where(x[..., :1] > 0, x[..., :1], 1).log()], -1)
    z = ((fields - state["centre"]) / state["width"] * (x[..., :1] > 0)).transpose(1, 2)
    for place, stride in ((0, 1), (2, 2)):
        kernel, bias = (state[f"layers.{place}.{of}"] for of in ("weight", "bias"))
        z = torch.nn.functional.leaky_relu(torch.nn.functional.conv1d(z, kernel, bias, stride, 1), 0.1)
    assert z.shape[1:] == (8, 10)
    z = torch.nn.functional.linear(z.flatten(1), state["layers.5.weight"], state["layers.5.bias"])
    z = torch.nn.functional.leaky_relu(z, 0.1) @ state["layers.7.weight"].T + state["layers.7.bias"]
    torch.testing.assert_close(stack(data.features[None])[0], z)


def test_boosted_combinations_are_those_of_vector():
    """Against scikit-hep's package: each particle in the rest frame of its partner."""
    pt, eta, phi, mass = fields()
    p = vector.array({"pt": pt, "eta": eta, "phi": phi, "mass": mass})
    table = torch.from_numpy(np.stack([pt, eta, phi, mass], -1))
    examples = make(100, "constituents", dtype=torch.float64)
    examples = replace(examples, features=table.repeat(2, 1, 1).flatten(1), shape=(6, 4))
    stack = started(examples, kind="boosts")
    state = stack.of_model(0)
    scale = state["scale"].item()
    own = {f"module.{k}": v for k, v in state.items()}
    numbers = torch.func.functional_call(
        architectures.constituents._Numbers(stack.module), own, (examples.features[:50],)
    )
    sums = {}
    for name in ("particles", "frames"):
        weight = np.abs(state[name].numpy())
        x, y, z, t = (getattr(p, axis) @ weight.T / scale for axis in ("px", "py", "pz", "E"))
        sums[name] = vector.array({"px": x, "py": y, "pz": z, "E": t})
    seen = sums["particles"].boostCM_of(sums["frames"])
    first, second = np.triu_indices(4, 1)
    size = np.sqrt(seen.p**2 + architectures.constituents.REST)
    transverse = np.sqrt(seen.pt**2 + architectures.constituents.REST)
    cosines = [
        np.cos(seen[:, i].deltaangle(seen[:, j])) * (seen.p / size)[:, i] * (seen.p / size)[:, j]
        for i, j in zip(first, second, strict=True)
    ]
    expected = np.concatenate([seen.E, sums["particles"].mass, transverse, seen.pz / size, np.stack(cosines, 1)], 1)
    np.testing.assert_allclose(numbers, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["lola", "boosts"])
def test_weightless_padding_changes_nothing_that_is_seen_of_four_vectors(data, kind):
    """Absent constituents are zero vectors: whatever their directions are, the same comes out."""
    stack, x = started(data, kind=kind), constituents(data).clone()
    expected = stack(data.features[None])
    x[..., 1:][x[..., 0] == 0] = 0.7
    torch.testing.assert_close(stack(x.flatten(1)[None]), expected, rtol=1e-6, atol=1e-8)


def test_boosts_stay_finite_in_single_precision_for_jets_of_nearly_parallel_constituents():
    data = make(200, "constituents")
    x = data.features.unflatten(1, data.shape) * torch.tensor([1.0, 1e-3, 1e-3])
    stack = started(replace(data, features=x.flatten(1)), kind="boosts")
    x.requires_grad_()
    output = stack(x.flatten(1)[None])
    output.sum().backward()
    assert output.isfinite().all() and x.grad.isfinite().all()
