"""K independent networks as one: every tensor has a leading model axis; K = 1 is an ordinary network."""

import copy
import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from unsculpt.products import library, product

ACTIVATIONS = {  # in place: a layer's product is needed nowhere else, and new memory costs more than the activation
    "relu": torch.relu_,
    "tanh": torch.tanh_,
    "leaky_relu": lambda x: F.leaky_relu_(x, 0.1),
}
EPSILON, MOMENTUM = 1e-3, 0.01  # of batch normalisation: added to the variance, and the step of the running averages


def generator(seed):
    """A random generator on the CPU: the same numbers wherever the network is."""
    return torch.Generator().manual_seed(seed)


def dropout(x, fraction, generators):
    """Inverted dropout with the fraction rounded to 1/256: one random byte a unit, from the generator of its model.

    Cheaper on a CPU than a Bernoulli draw, and the mask of a model does not depend on what it is stacked with.

    Parameters
    ----------
    x : tensor, shape (K, batch, units)
    fraction : float
        Share of units that are set to zero; the others are scaled up, so that the mean is unchanged.
    generators : sequence of K generators
    """
    threshold, units = round(256 * fraction), x[0].numel()
    words = [torch.empty((units + 7) // 8, dtype=torch.int64).random_(-(2**63), None, generator=g) for g in generators]
    byte = torch.stack([w.view(torch.uint8)[:units] for w in words]).view(x.shape).to(x.device)
    return x * byte.to(x.dtype).ge_(threshold).mul_(
        256 / (256 - threshold)
    )  # as numbers: ten times as fast as booleans


class StackedMLP(nn.Module):
    """K independent multilayer perceptrons of one shape. Model k starts from `seeds[k]` alone, whatever its neighbours.

    Weights are drawn uniformly in +- sqrt(6 / (inputs + outputs)) (Glorot and Bengio, PMLR 9:249), biases are zero.
    Batch normalisation (arXiv:1502.03167) and dropout (arXiv:1207.0580) follow the activation of each hidden layer.

    Parameters
    ----------
    seeds : sequence of K integers
    sizes : sequence of int
        Inputs, units of each hidden layer, outputs.
    activation : str
        A key of `ACTIVATIONS`, for the hidden layers; the last layer is linear.
    batch_normalisation : bool
    dropout : float
        Fraction of hidden units dropped in training; `reseed` fixes the masks.
    scaling : pair of tensors, shape (K, inputs), optional
        Centre and width of each input; they become part of the network: it standardises its own inputs.
    dtype : torch.dtype
    matmul : "auto", "torch" or "onednn"
        See `products.library`.
    """

    def __init__(
        self,
        seeds,
        sizes,
        *,
        activation,
        batch_normalisation=False,
        dropout=0.0,
        scaling=None,
        dtype=torch.float32,
        matmul="auto",
    ):
        super().__init__()
        self.library = library(matmul)
        self.activation, self.batch_normalisation, self.dropout = activation, batch_normalisation, dropout
        self.weight, self.bias = nn.ParameterList(), nn.ParameterList()
        generators = [generator(seed) for seed in seeds]
        for fan_in, fan_out in pairwise(sizes):
            bound = math.sqrt(6 / (fan_in + fan_out))
            draws = [torch.rand(fan_in, fan_out, generator=g, dtype=torch.float64) * 2 - 1 for g in generators]
            self.weight.append(nn.Parameter((bound * torch.stack(draws)).to(dtype)))
            self.bias.append(nn.Parameter(torch.zeros(len(seeds), 1, fan_out, dtype=dtype)))
        centre, width = scaling or (torch.zeros(len(seeds), sizes[0]), torch.ones(len(seeds), sizes[0]))
        self.scaled = scaling is not None
        self.register_buffer("centre", centre.to(dtype).unsqueeze(1))
        self.register_buffer("width", width.to(dtype).unsqueeze(1))
        self.gain, self.shift = nn.ParameterList(), nn.ParameterList()
        for layer, units in enumerate(sizes[1:-1] if batch_normalisation else ()):
            shape = (len(seeds), 1, units)
            self.gain.append(nn.Parameter(torch.ones(shape, dtype=dtype)))
            self.shift.append(nn.Parameter(torch.zeros(shape, dtype=dtype)))
            self.register_buffer(f"mean{layer}", torch.zeros(shape, dtype=dtype))
            self.register_buffer(f"variance{layer}", torch.ones(shape, dtype=dtype))
        self.reseed(seeds)

    def reseed(self, seeds):
        """Start the dropout masks of the models from these seeds."""
        self.generators = [generator(seed) for seed in seeds]

    def select(self, members):
        """A stack of copies of these models only, in this order."""
        part = copy.deepcopy(self)
        for tensor in (*part.parameters(), *part.buffers()):
            tensor.data = tensor.data[members]
        part.reseed([0] * len(members))
        return part

    def parameters_per_model(self):
        """Number of trainable parameters of one of the K models."""
        return sum(parameter[0].numel() for parameter in self.parameters())

    def forward(self, x):
        """(K, batch, inputs) -> (K, batch, outputs)."""
        if self.scaled:
            x = (x - self.centre) / self.width
        last = len(self.weight) - 1
        for layer, (weight, bias) in enumerate(zip(self.weight, self.bias, strict=True)):
            x = product(bias, x, weight, self.library)  # (K, batch, units)
            if layer == last:
                return x
            x = ACTIVATIONS[self.activation](x)
            if self.batch_normalisation:
                x = self._normalise(x, layer)
            if self.dropout and self.training:
                x = dropout(x, self.dropout, self.generators)

    def _normalise(self, x, layer):
        """Batch normalisation with running averages for evaluation.

        Model by model with torch's own kernel, which is two to three times as fast as the formula on all of them.
        """
        averages = (getattr(self, f"{name}{layer}") for name in ("mean", "variance"))
        columns = (tensor.unbind() for tensor in (*averages, self.gain[layer], self.shift[layer]))
        return torch.stack(
            [
                F.batch_norm(values, m[0], v[0], g[0], s[0], self.training, MOMENTUM, EPSILON)
                for values, m, v, g, s in zip(x.unbind(), *columns, strict=True)
            ]
        )
