"""Modules side by side are the modules themselves, and start from their seeds alone."""

import math

import pytest
import torch
from toy_images import make

from unsculpt import architectures, training
from unsculpt.errors import InputError
from unsculpt.networks import generator

CONVOLUTION = {"channels": (4, 6), "hidden_layers": (8,)}


def build(seeds, learnt=None, shape=(12, 12), dtype=torch.float64, network=CONVOLUTION, name="convolution"):
    settings = {"architecture": name, "network": network}
    return architectures.build(settings, seeds=seeds, inputs=math.prod(shape), shape=shape, dtype=dtype, learnt=learnt)


@pytest.fixture(scope="module")
def learnt():
    return training.Learnt(make(300, dtype=torch.float64), (0, 1, 0), (0, 1))


@pytest.fixture
def x():
    return torch.rand(3, 7, 144, generator=generator(1), dtype=torch.float64)


def test_each_model_is_an_ordinary_network_of_torch(learnt, x):
    stack = build([1, 2, 3], learnt)
    found = stack(x)
    assert found.shape == (3, 7, 1)
    for k in range(3):
        state = {name.removeprefix("layers."): value for name, value in stack.of_model(k).items()}
        width = state.pop("width")
        layers = torch.nn.Sequential(
            *(torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.LeakyReLU(0.1), torch.nn.MaxPool2d(2)),
            *(torch.nn.Conv2d(4, 6, 3, padding=1), torch.nn.LeakyReLU(0.1), torch.nn.MaxPool2d(2)),
            *(torch.nn.Flatten(), torch.nn.Linear(54, 8), torch.nn.LeakyReLU(0.1), torch.nn.Linear(8, 1)),
        ).double()
        numbers = [state[name] for name in state if name != "centre"]
        for mine, theirs in zip(layers.parameters(), numbers, strict=True):
            mine.data = theirs
        torch.testing.assert_close(layers((x[k] / width).view(7, 1, 12, 12)), found[k])
    assert stack.parameters_per_model() == 4 * 10 + 6 * 37 + 54 * 8 + 8 + 8 + 1


def test_a_model_depends_on_its_seed_and_its_fold_alone_and_on_nothing_global(learnt):
    torch.manual_seed(5)
    stack, before = build([1, 2, 3], learnt), torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(before, torch.rand(1)), "the global generator was used"
    alone = build([3], training.Learnt(learnt.examples, (0,), (0, 1)))
    assert all(torch.equal(alone.of_model(0)[name], value) for name, value in stack.of_model(2).items())
    kernels = [stack.of_model(k)["layers.1.weight"] for k in range(3)]
    assert not torch.equal(kernels[0], kernels[2])
    assert not torch.equal(stack.of_model(0)["width"], stack.of_model(1)["width"]), "the fold decides the scale"


def test_weights_are_drawn_as_by_glorot_and_biases_are_zero():
    state = build([1], network={"channels": (64, 64), "hidden_layers": (256,)}).of_model(0)
    for name, inputs, outputs in (("layers.4", 9 * 64, 9 * 64), ("layers.8", 9 * 64, 256)):
        bound = math.sqrt(6 / (inputs + outputs))
        weight = state[f"{name}.weight"]
        assert 0.99 * bound < weight.abs().max() <= bound
        assert weight.square().mean() == pytest.approx(bound**2 / 3, rel=0.02)
        assert not state[f"{name}.bias"].any()


def test_selected_models_give_their_own_outputs_and_are_copies(learnt, x):
    whole = build([1, 2, 3], learnt)
    part = whole.select([2, 0])
    torch.testing.assert_close(part(x[[2, 0]]), whole(x)[[2, 0]], rtol=0, atol=0)
    part.add(1.5)
    torch.testing.assert_close(part(x[[2, 0]]), whole(x)[[2, 0]] + 1.5)


def test_networks_without_a_start_take_a_state(learnt, x):
    whole, empty = build([1, 2, 3], learnt), build([0, 0, 0])
    empty.load_state_dict(whole.state_dict())
    assert torch.equal(empty(x), whole(x))


def test_gradients_of_a_model_come_from_its_own_events(learnt, x):
    stack = build([1, 2, 3], learnt)
    stack(x)[1].sum().backward()
    for parameter in stack.parameters():
        assert not parameter.grad[[0, 2]].any() and parameter.grad[1].any()


@pytest.mark.parametrize(
    ("name", "network", "shape", "sentence"),
    [
        (
            "convolution",
            CONVOLUTION,
            (20, 3, 2),
            r"takes an image, an array of two dimensions, .* of shape \(20, 3, 2\)",
        ),
        ("convolution", CONVOLUTION, (), "its input is 1 features; name an image in inputs of the method"),
        ("perceptron", {}, (12, 12), r"a perceptron takes features, and its input is an array of shape \(12, 12\)"),
    ],
)
def test_inputs_of_another_shape_are_one_sentence(name, network, shape, sentence):
    with pytest.raises(InputError, match=sentence):
        build([1], shape=shape, network=network, name=name)


def test_the_layers_are_told(learnt):
    rows = build([1], learnt).layers()
    assert [row["shape"] for row in rows] == [[1, 4], [4, 6], [54, 8], [8, 1]]
    assert [row["activation"] for row in rows] == ["leaky_relu"] * 3 + ["linear"]
    assert sum(row["parameters"] for row in rows) == build([1]).parameters_per_model()
