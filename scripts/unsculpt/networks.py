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


def dropout(x, fraction, masks):
    """Inverted dropout with the fraction rounded to 1/256: one random byte a unit, from the masks of its model.

    Cheaper on a CPU than a Bernoulli draw, and the mask of a model does not depend on what it is stacked with.

    Parameters
    ----------
    x : tensor, shape (K, batch, units)
    fraction : float
        Share of units that are set to zero; the others are scaled up, so that the mean is unchanged.
    masks : DrawnMasks or CountedMasks
        Of K models.
    """
    threshold = round(256 * fraction)
    byte = masks(x[0].numel()).view(x.shape).to(x.device)
    return x * byte.to(x.dtype).ge_(threshold).mul_(
        256 / (256 - threshold)
    )  # as numbers: ten times as fast as booleans


class DrawnMasks:
    """Random bytes from a generator for each model, on the CPU."""

    device = torch.device("cpu")

    def __init__(self, seeds):
        self.reseed(seeds)

    def reseed(self, seeds):
        """Start anew from these seeds."""
        self.generators = [generator(seed) for seed in seeds]

    def __len__(self):
        return len(self.generators)

    def __call__(self, number):
        """The next random bytes, (K, number)."""
        words = [
            torch.empty((number + 7) // 8, dtype=torch.int64).random_(-(2**63), None, generator=g)
            for g in self.generators
        ]
        return torch.stack([word.view(torch.uint8)[:number] for word in words])

    def tensors(self):
        """What changes on the device."""
        return []


class CountedMasks:
    """Random bytes that are a hash of the seed of a model, the number of the draw and the place, on any device.

    Nothing is carried from draw to draw but their number, a tensor, so that the draws of a step can be recorded and
    replayed. The hash is splitmix64 (Steele, Lea and Flood, OOPSLA 2014, doi:10.1145/2660193.2660195) of draw and
    place, and again of that and the seed.
    """

    def __init__(self, seeds, device="cpu"):
        self.seeds = torch.zeros(len(seeds), 1, dtype=torch.int64, device=device)
        self.draws = torch.zeros((), dtype=torch.int64, device=device)
        self.device = self.seeds.device
        self.reseed(seeds)

    def reseed(self, seeds):
        """Start anew from these seeds."""
        self.seeds.copy_(torch.tensor(seeds)[:, None])
        self.draws.zero_()

    def __len__(self):
        return len(self.seeds)

    def __call__(self, number):
        """The next random bytes, (K, number)."""
        place = torch.arange((number + 7) // 8, device=self.seeds.device)
        words = _splitmix64(_splitmix64(place + (self.draws << 32)) ^ self.seeds)
        self.draws += 1
        return words.view(torch.uint8)[:, :number]

    def tensors(self):
        """What changes on the device."""
        return [self.draws]


def _splitmix64(x):
    """A bijection of 64 bits, which int64 hold; their shift to the right repeats the sign, which is masked."""
    x = x - 0x61C8864680B583EB  # as unsigned number 0x9E3779B97F4A7C15 is added
    x = (x ^ ((x >> 30) & (2**34 - 1))) * -0x40A7B892E31B1A47  # 0xBF58476D1CE4E5B9
    x = (x ^ ((x >> 27) & (2**37 - 1))) * -0x6B2FB644ECCEEE15  # 0x94D049BB133111EB
    return x ^ ((x >> 31) & (2**33 - 1))


def masks(seeds, device):
    """The masks of models on a device: on a GPU no number comes from the CPU."""
    return DrawnMasks(seeds) if device.type == "cpu" else CountedMasks(seeds, device)


class Stack(nn.Module):
    """K independent networks: every parameter and buffer has a leading model axis."""

    chunk = 16384  # events at a time in inference

    def reseed(self, seeds):
        """Start what is random in training from these seeds, one a model: nothing, unless a network says more."""

    def add(self, number):
        """Add a number to the output of all models: to the last parameter, which is the bias of the one output."""
        list(self.parameters())[-1].data += number

    def select(self, members):
        """A stack of copies of these models only, in this order."""
        mine = (*self.parameters(), *self.buffers())
        part = copy.deepcopy(self, {id(tensor): _like(tensor, tensor.data[members]) for tensor in mine})
        part.reseed([0] * len(members))
        return part

    def parameters_per_model(self):
        """Number of trainable parameters of one of the K models."""
        return sum(parameter[0].numel() for parameter in self.parameters())


def _like(tensor, values):
    """Values as a parameter if the tensor is one."""
    return nn.Parameter(values, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else values


class StackedMLP(Stack):
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
        self.library, self.inputs = library(matmul), sizes[0]
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
        self.masks = None
        self.reseed(seeds)

    def reseed(self, seeds):
        """Start the dropout masks of the models from these seeds."""
        device = self.bias[0].device
        if self.masks is None or len(self.masks) != len(seeds) or self.masks.device != device:
            self.masks = masks(seeds, device)
        self.masks.reseed(seeds)  # in place: a recorded step reads the same tensors

    def add(self, number):
        """Add a number to the output of all models."""
        self.bias[-1].data += number

    def typical(self, events, draws):
        """Events as the first model expects them, (n, D), three times as wide."""
        centre, width = self.centre[0, 0].float(), self.width[0, 0].float()
        return centre + 3 * width * torch.randn(events, len(centre), generator=draws)

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
                x = dropout(x, self.dropout, self.masks)

    def _normalise(self, x, layer):
        """Batch normalisation with running averages for evaluation.

        On a CPU model by model with torch's own kernel, which is two to three times as fast as the formula on all of
        them; on a GPU in one call, in which the units of all models stand side by side.
        """
        columns = [getattr(self, f"{name}{layer}") for name in ("mean", "variance")]
        columns += [self.gain[layer], self.shift[layer]]
        if x.is_cuda:
            beside = x.transpose(0, 1).reshape(x.shape[1], -1)  # (batch, K x units)
            beside = F.batch_norm(beside, *(c.view(-1) for c in columns), self.training, MOMENTUM, EPSILON)
            return beside.view(x.shape[1], len(x), -1).transpose(0, 1).contiguous()
        return torch.stack(
            [
                F.batch_norm(values, m[0], v[0], g[0], s[0], self.training, MOMENTUM, EPSILON)
                for values, m, v, g, s in zip(x.unbind(), *(column.unbind() for column in columns), strict=True)
            ]
        )
