"""A stack of networks is the networks themselves, side by side."""

import pytest
import torch

from unsculpt.networks import ACTIVATIONS, CountedMasks, DrawnMasks, StackedMLP, dropout, generator

SIZES = (5, 16, 8, 2)


def stack(seeds, **options):
    return StackedMLP(seeds, SIZES, **{"activation": "relu", "dtype": torch.float64} | options)


@pytest.fixture
def x():
    return torch.randn(3, 40, 5, generator=generator(1), dtype=torch.float64)


def test_a_model_is_the_same_alone_and_in_a_stack(x):
    together = stack([7, 8, 9])(x)
    for k, seed in enumerate((7, 8, 9)):
        torch.testing.assert_close(stack([seed])(x[k : k + 1]), together[k : k + 1], rtol=0, atol=1e-14)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_a_stack_of_one_is_an_ordinary_network(x, activation):
    ours = stack([3], activation=activation)
    layers = []
    for weight, bias in zip(ours.weight, ours.bias, strict=True):
        linear = torch.nn.Linear(*weight[0].shape, dtype=torch.float64)
        linear.weight.data, linear.bias.data = weight[0].T.data, bias[0, 0].data
        layers += [linear, {"relu": torch.nn.ReLU(), "tanh": torch.nn.Tanh()}.get(activation, torch.nn.LeakyReLU(0.1))]
    torch.testing.assert_close(ours(x[:1])[0], torch.nn.Sequential(*layers[:-1])(x[0]))


def test_batch_normalisation_agrees_with_that_of_torch(x):
    ours = stack([3], batch_normalisation=True)
    theirs = torch.nn.BatchNorm1d(4, eps=1e-3, momentum=0.01, dtype=torch.float64)
    ours.register_buffer("mean0", torch.zeros(1, 1, 4, dtype=torch.float64))
    ours.register_buffer("variance0", torch.ones(1, 1, 4, dtype=torch.float64))
    ours.gain[0].data, ours.shift[0].data = ours.gain[0].data[..., :4] * 2, ours.shift[0].data[..., :4] + 1
    theirs.weight.data.fill_(2), theirs.bias.data.fill_(1)
    values = x[:1, :, :4]
    torch.testing.assert_close(ours._normalise(values, 0)[0], theirs(values[0]))
    torch.testing.assert_close(ours.mean0[0, 0], theirs.running_mean)
    torch.testing.assert_close(ours.variance0[0, 0], theirs.running_var)


@pytest.mark.parametrize("sizes", [(5, 16, 8, 2), (5, 1, 3, 1), (7, 160, 130, 1)])
def test_in_single_precision_output_and_gradients_of_a_model_are_the_same_to_the_bit_in_any_stack(sizes):
    def results(seeds, x):
        options = {"batch_normalisation": True, "dropout": 0.3, "dtype": torch.float32}
        network = StackedMLP(seeds, sizes, activation="relu", **options)
        value = network(x)
        value.square().sum().backward()
        return [value.detach(), *(parameter.grad for parameter in network.parameters())]

    x = torch.randn(3, 25, sizes[0], generator=generator(1))
    together = results([7, 8, 9], x)
    for k, seed in enumerate((7, 8, 9)):
        for alone, stacked in zip(results([seed], x[k : k + 1]), together, strict=True):
            assert torch.equal(alone[0], stacked[k])


@pytest.mark.parametrize("kind", [DrawnMasks, CountedMasks])
def test_dropout_keeps_the_mean_and_drops_the_asked_fraction(kind):
    ones = torch.ones(2, 1000, 64)
    dropped = dropout(ones, 0.3, kind([1, 2]))
    assert (dropped == 0).double().mean().item() == pytest.approx(77 / 256, abs=0.005)
    assert dropped.mean().item() == pytest.approx(1, abs=0.01)
    assert not torch.equal(dropped[0], dropped[1])


def splitmix64(x):
    """As it is published, in unsigned numbers of any length."""
    x = (x + 0x9E3779B97F4A7C15) % 2**64
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
    return x ^ (x >> 31)


def test_counted_masks_are_a_published_hash_of_seed_draw_and_place():
    seeds = [3, 2**62 + 5]
    masks = CountedMasks(seeds)
    for draw in range(3):
        found = masks(50)
        words = [[splitmix64(splitmix64((draw << 32) + place) ^ seed) for place in range(7)] for seed in seeds]
        expected = [b"".join(word.to_bytes(8, "little") for word in row)[:50] for row in words]
        assert [bytes(row.tolist()) for row in found] == expected
    masks.reseed(seeds[::-1])
    assert torch.equal(masks(50), CountedMasks(seeds)(50).flip(0)), "a model's mask does not depend on its place"


def test_counted_masks_are_uniform_and_independent_from_draw_to_draw_and_model_to_model():
    masks = CountedMasks([1, 2])
    draws = torch.stack([masks(2**16) for _ in range(4)]).view(8, -1).double()
    counts = torch.stack([torch.bincount(row.long(), minlength=256) for row in draws]).double()
    chi2 = ((counts - 256).square() / 256).sum(1)
    assert ((chi2 - 255).abs() < 5 * (2 * 255) ** 0.5).all(), chi2
    assert (torch.corrcoef(draws) - torch.eye(8)).abs().max() < 5 / 2**8


def test_dropout_acts_in_training_only(x):
    network = stack([1, 2, 3], dropout=0.5)
    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))


def test_scaling_standardises_the_inputs(x):
    centre, width = torch.full((3, 5), 4.0), torch.full((3, 5), 2.0)
    scaled = stack([1, 2, 3], scaling=(centre, width))
    torch.testing.assert_close(scaled(4 + 2 * x), stack([1, 2, 3])(x))


def test_selected_models_give_their_own_outputs(x):
    whole = stack([1, 2, 3], batch_normalisation=True)
    whole(x)
    whole.eval()
    torch.testing.assert_close(whole.select([2, 0]).eval()(x[[2, 0]]), whole(x)[[2, 0]])


def test_parameters_are_counted_for_one_model():
    assert stack([1, 2]).parameters_per_model() == 5 * 16 + 16 + 16 * 8 + 8 + 8 * 2 + 2
