"""A model is the same to the bit in any stack: each function and each product, for sizes that fill no vector."""

import os
import subprocess
import sys
from itertools import product as pairs
from pathlib import Path

import processors
import pytest
import torch
import torch.nn.functional as F

from unsculpt import products, rounding

ROWS = [*range(1, 67), *range(510, 519)]
WIDTHS = range(1, 41)
SHAPES = sorted({*pairs((1, 5, 16), WIDTHS), *pairs(WIDTHS, (1, 7, 16))})  # inputs and outputs of a layer
PARTS = [slice(0, 1), slice(1, 3), slice(2, 5), slice(4, 5)]  # of a stack of five
FUNCTIONS = {
    "sigmoid": rounding.sigmoid,
    "softplus": rounding.softplus,
    "relu": torch.relu,
    "leaky relu": lambda x: F.leaky_relu(x, 0.1),
    "tanh": torch.tanh,
    "erf": torch.erf,
    "log": lambda x: torch.log(x.abs() + 0.1),
    "reciprocal root": lambda x: torch.rsqrt(x.abs() + 0.1),
    "cumulative sum": lambda x: x.cumsum(1),
    "mean": lambda x: x.mean(1, keepdim=True).expand_as(x),
    "logsumexp": lambda x: torch.logsumexp(torch.stack([x, -x, 2 * x], -1), -1),
    "log softmax": lambda x: F.log_softmax(torch.stack([x, -x, 2 * x], 1), 1)[:, 1],
}

PLAIN = """
import torch
torch.set_num_threads(1)
b, x, w = torch.randn(3, 1, 5), torch.randn(3, 37, 10), torch.randn(3, 10, 5)
assert torch.equal(torch.baddbmm(b, x, w)[1:], torch.baddbmm(b[1:], x[1:], w[1:]))
"""  # what goes wrong without help


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def outcome(function, tensors, direction):
    """Value and gradients."""
    tensors = [tensor.clone().requires_grad_() for tensor in tensors]
    value = function(*tensors)
    return [value.detach(), *torch.autograd.grad(value, tensors, direction)]


def same_in_parts(function, tensors, direction):
    """Whether value and gradients of some of the models are those of these models in the whole stack."""
    whole = outcome(function, tensors, direction)
    return all(
        all(map(torch.equal, outcome(function, [t[part] for t in tensors], direction[part]), [x[part] for x in whole]))
        for part in PARTS
    )


def layer(rows, inputs, outputs, seed=1):
    """Bias, input and weight of a layer of five models, and a direction for the gradient."""
    draws = torch.Generator().manual_seed(seed)
    shapes = ((1, outputs), (rows, inputs), (inputs, outputs), (rows, outputs))
    return [torch.randn(5, *shape, generator=draws) for shape in shapes]


@pytest.mark.parametrize("rows", ROWS)
def test_a_layer_gives_a_model_the_same_bits_in_any_stack(rows):
    different = []
    for inputs, outputs in SHAPES:
        *tensors, direction = layer(rows, inputs, outputs)
        if not same_in_parts(products.product, tensors, direction):
            different.append((inputs, outputs))
    assert not different


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_gives_a_model_the_same_bits_in_any_stack(name):
    different = []
    for numbers in range(1, 70):
        _, x, _, direction = layer(numbers, 1, 1)
        if not same_in_parts(FUNCTIONS[name], [3 * x[..., 0]], direction[..., 0]):
            different.append(numbers)
    assert not different


@pytest.mark.parametrize(("rows", "inputs", "outputs"), [(37, 10, 5), (64, 16, 16), (1, 1, 1), (250, 15, 7)])
def test_what_is_filled_up_leaves_the_product_and_its_gradients_what_they_are(rows, inputs, outputs):
    *tensors, direction = (tensor.double() for tensor in layer(rows, inputs, outputs))
    ours = outcome(products.product, tensors, direction)
    for our, plain in zip(ours, outcome(torch.baddbmm, tensors, direction), strict=True):
        assert our.shape == plain.shape
        torch.testing.assert_close(our, plain, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["sigmoid", "softplus"])
def test_what_is_filled_up_leaves_a_function_what_it_is(name):
    x = torch.linspace(-30, 30, 77, dtype=torch.float64).view(1, 7, 11)
    ours, plain = (outcome(f, [x], torch.ones_like(x)) for f in (FUNCTIONS[name], getattr(F, name)))
    for our, theirs in zip(ours, plain, strict=True):
        torch.testing.assert_close(our, theirs, rtol=1e-14, atol=0)


@pytest.mark.parametrize("offset", [1, 3, 4])
def test_a_view_into_another_tensor_is_multiplied_as_a_tensor_of_its_own(offset):
    bias, x, weight, _ = layer(64, 10, 16)
    memory = torch.empty(x.numel() + offset)
    view = memory[offset:].view_as(x).copy_(x)
    assert torch.equal(products.product(bias, view, weight), products.product(bias, x, weight))


@pytest.mark.parametrize("name", processors.MAKERS)
def test_other_processors_keep_the_bits_too(name, tmp_path):
    """The sweep, with fewer rows, and the functions, where MKL is told that the processor is another."""
    try:
        environment = os.environ | processors.environment(name, tmp_path)
    except processors.Unavailable as reason:
        pytest.skip(f"SKIP: {name}: {reason}")
    options = {"cwd": Path(__file__).parents[2], "env": environment, "capture_output": True, "text": True}
    if subprocess.run([sys.executable, "-c", PLAIN], **options).returncode == 0:
        pytest.skip(f"SKIP: {name}: the matrix library of this torch cannot be told")
    chosen = "a_layer and (37 or 38 or 513) or a_function"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "-k", chosen, __file__]
    done = subprocess.run(command, **options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
