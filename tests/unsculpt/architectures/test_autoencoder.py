"""An autoencoder starts as the best linear one, in units of the content."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_images import make

from unsculpt import architectures, training
from unsculpt.errors import InputError
from unsculpt.examples import Examples
from unsculpt.networks import generator
from unsculpt.tasks import FLOOR, Reconstruction

AUTOENCODER = {"kind": "dense", "scale": "common", "bottleneck": 5, "channels": (4, 4), "hidden_layers": (16,)}


def started(data, fold=0, **changes):
    settings = {"architecture": "autoencoder", "network": AUTOENCODER | changes}
    return architectures.build(
        settings,
        seeds=[1],
        inputs=data.features.shape[1],
        shape=data.shape,
        dtype=torch.float64,
        learnt=training.Learnt(data, (fold,), Reconstruction.classes),
    )


def loss(stack, data, fold=0):
    """Weighted mean error of the background outside a fold."""
    rows = data.rows(0, fold, held_out=False)
    error = stack(data.features[rows][None])[0].square().mean(1)
    return (data.weight[rows] @ error / data.weight[rows].sum()).item()


def eigenvalues(z, weight):
    """Of the weighted covariance, by numpy, the largest first."""
    return np.linalg.eigvalsh(np.cov(z.T, aweights=weight, ddof=0))[::-1]


@pytest.fixture(scope="module")
def images():
    return make(900, dtype=torch.float64)


def features(n=900, inputs=7):
    """Features of very different sizes that depend on each other, of background; signal is elsewhere."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(n, inputs)) @ rng.normal(size=(inputs, inputs)) * 10.0 ** np.arange(-2, inputs - 2) + 5
    label = np.arange(n) % 2
    x[label == 1] += 1e3
    return Examples(
        features=torch.from_numpy(x),
        label=torch.from_numpy(label),
        fold=torch.from_numpy(rng.integers(0, 3, n)),
        mass=torch.from_numpy(rng.random(n)),
        weight=torch.from_numpy(rng.uniform(0.5, 1.5, n)),
        names=tuple("abcdefg"),
    )


def background(data, fold=0):
    rows = data.rows(0, fold, held_out=False).numpy()
    return data.features.numpy()[rows], data.weight.numpy()[rows]


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_before_any_step_the_loss_is_the_sum_of_the_eigenvalues_that_do_not_pass(images, kind):
    """Relative to the mean squared content of the images, whatever their unit."""
    x, weight = background(images)
    content = weight @ np.square(x).sum(1) / weight.sum()
    for bottleneck in (1, 5, 30):
        expected = eigenvalues(x, weight)[bottleneck:].sum() / content
        assert loss(started(images, kind=kind, bottleneck=bottleneck), images) == pytest.approx(expected, rel=1e-6)
    louder = replace(images, features=7000 * images.features)
    assert loss(started(louder, kind=kind), louder) == pytest.approx(loss(started(images, kind=kind), images), rel=1e-9)


def test_without_corrections_the_principal_components_stay_and_without_any_the_mean_is_left(images):
    x, weight = background(images)
    content = weight @ np.square(x).sum(1) / weight.sum()
    for bottleneck in (0, 1, 5):
        expected = eigenvalues(x, weight)[bottleneck:].sum() / content
        stack = started(images, kind="linear", bottleneck=bottleneck)
        assert loss(stack, images) == pytest.approx(expected, rel=1e-6)
        assert not any(parameter.requires_grad for parameter in stack.parameters())


def test_features_are_standardised_first():
    data = features()
    x, weight = background(data)
    z = (x - np.average(x, axis=0, weights=weight)) / np.sqrt(np.cov(x.T, aweights=weight, ddof=0).diagonal())
    values = eigenvalues(z, weight)
    assert values.sum() == pytest.approx(7)
    assert loss(started(data), data) == pytest.approx(values[5:].sum() / 7, rel=1e-6)


def test_constituents_are_scaled_field_by_field_over_those_that_are_present():
    data = make(600, "constituents", dtype=torch.float64)
    x, weight = background(data)
    x = x.reshape(len(x), 20, 3)
    there = (x[..., 0] != 0) * weight[:, None]
    centre = np.einsum("nc,ncf->f", there, x) / there.sum()
    width = np.sqrt(np.einsum("nc,ncf->f", there, np.square(x - centre)) / there.sum())
    z = ((x - centre) / width * (there > 0)[..., None]).reshape(len(x), -1)
    expected = eigenvalues(z, weight)[5:].sum() / (weight @ np.square(z).sum(1) / weight.sum())
    assert loss(started(data, scale="fields"), data) == pytest.approx(expected, rel=1e-6)


def test_neither_signal_nor_the_held_out_fold_decides_the_start(images):
    spoilt = torch.where(((images.label == 1) | (images.fold == 0))[:, None], 99.0, images.features)
    ours, theirs = (started(data).state_dict() for data in (images, replace(images, features=spoilt)))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_corrections_learn_from_the_first_step_on(images):
    """Their last layers start at zero, yet have a gradient; after a small step against it the loss is smaller."""
    stack = started(images)
    rows = images.rows(0, 0, held_out=False)
    value = stack(images.features[rows][None]).square().mean()
    value.backward()
    last = stack.encoder_2_weight.grad, stack.decoder_2_weight.grad
    assert all(gradient.abs().max() > 0 for gradient in last)
    with torch.no_grad():
        for parameter in stack.parameters():
            parameter -= 1e-4 * parameter.grad
    assert stack(images.features[rows][None]).square().mean() < value


@pytest.mark.parametrize("shape", [(12, 12), (9, 13), (4, 7)])
def test_convolutions_give_an_image_of_any_size_back(shape):
    inputs = math.prod(shape)
    data = make(200, dtype=torch.float64)
    data = replace(data, features=data.features[:, torch.arange(inputs) % 144] + 0.1, shape=shape)
    data.features.mul_(torch.rand(data.features.shape, generator=generator(1), dtype=torch.float64))
    assert started(data, kind="convolution", bottleneck=3)(data.features[None]).shape == (1, 200, inputs)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bottleneck": 144}, "bottleneck 144 lets all 144 inputs pass; give fewer"),
        ({"kind": "convolution", "channels": (4, 4, 4, 4)}, r"at least 16 x 16 numbers but of shape \(12, 12\)"),
    ],
)
def test_an_impossible_shape_is_one_sentence(images, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        started(images, **changes)


def test_a_perfect_reconstruction_has_a_finite_response():
    assert Reconstruction().response(torch.zeros(1, 3, 4)).tolist() == [[pytest.approx(math.log(FLOOR))] * 3]
