"""Ordinary modules side by side: what cannot be one batched product a layer is called model by model."""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.func import functional_call

from unsculpt.networks import Stack, generator


class Apart(Stack):
    """K modules of one kind that share nothing, each parameter and buffer with a leading model axis.

    A module says what it is by its parameters and its `forward`, (n, D) -> (n, outputs), for one model. It never holds
    a number: it is made on torch's device `meta`, and called with those of a model. Matrices and kernels are drawn
    uniformly in +- sqrt(6 / (inputs + outputs)) (Glorot and Bengio, PMLR 9:249), from the seed of the model alone; all
    else is zero, unless the `start` of the module, which sees what the model learns from, says more.

    Parameters
    ----------
    make : callable
        Makes a module.
    inputs : int
        Numbers of an event, D.
    seeds : sequence of K integers
    dtype : torch.dtype
    learnt : training.Learnt, optional
        Without it nothing is started.
    """

    chunk = 1024

    def __init__(self, make, inputs, seeds, dtype, learnt=None):
        super().__init__()
        self.inputs = inputs
        with torch.device("meta"):
            module = make()
        self.__dict__["module"] = module  # no child, whose parameters would be without numbers
        self.names = [name for name, _ in (*module.named_parameters(), *module.named_buffers())]
        states = [_drawn(module, seed) for seed in seeds]
        for k, state in enumerate(states if learnt else ()):
            module.start(state, *learnt.sample(k))
        parameters = dict(module.named_parameters())
        for name in self.names:
            tensor = torch.stack([state[name] for state in states]).to(dtype)
            if name in parameters:
                self.register_parameter(_plain(name), nn.Parameter(tensor, parameters[name].requires_grad))
            else:
                self.register_buffer(_plain(name), tensor)

    def forward(self, x):
        """(K, batch, D) -> (K, batch, outputs)."""
        tensors = [getattr(self, _plain(name)).unbind() for name in self.names]
        states = [dict(zip(self.names, state, strict=True)) for state in zip(*tensors, strict=True)]
        return torch.stack([functional_call(self.module, *of) for of in zip(states, x.unbind(), strict=True)])

    def layers(self):
        """One row for each part with parameters of its own: number, shape (inputs, units), size, and what follows."""
        rows = []
        for part in self.module.modules():
            own = sum(parameter.numel() for parameter in part.parameters(recurse=False))
            if own:
                row = {"layer": len(rows) + 1, "shape": _sides(part), "parameters": own}
                rows.append(row | {"activation": "linear", "batch_normalisation": False, "dropout": 0})
            elif isinstance(part, nn.LeakyReLU):
                rows[-1]["activation"] = "leaky_relu"
        return rows

    def typical(self, events, draws):
        """Events such as the first model expects, (n, D)."""
        return self.module.typical(
            self.of_model(0), lambda *shape: torch.randn(events, *shape, generator=draws)
        ).float()

    def of_model(self, k):
        """Parameters and buffers of a model by their names in the module."""
        return {name: getattr(self, _plain(name))[k].detach() for name in self.names}


def _sides(part):
    """Inputs and units of a part of a module."""
    if hasattr(part, "sides"):
        return list(part.sides)
    shape = part.weight.shape
    return [shape[0], shape[1]] if isinstance(part, nn.ConvTranspose2d) else [shape[1], shape[0]]


def _plain(name):
    """A name of a parameter without points, which torch does not allow in a module that has no parts."""
    return name.replace(".", "_")


def _drawn(module, seed):
    """Parameters and buffers of a module by name, in double precision, as they are before it starts."""
    draws, state = generator(seed), {}
    for name, parameter in module.named_parameters():
        state[name] = torch.zeros(parameter.shape, dtype=torch.float64)
        if parameter.dim() > 1:
            field = math.prod(parameter.shape[2:])
            bound = math.sqrt(6 / (field * (parameter.shape[0] + parameter.shape[1])))
            state[name] = bound * (2 * torch.rand(parameter.shape, generator=draws, dtype=torch.float64) - 1)
    return state | {name: torch.zeros(buffer.shape, dtype=torch.float64) for name, buffer in module.named_buffers()}


def layers(sizes, last=False):
    """Layers of these units, inputs first, each followed by a leaky ReLU, the last one only if asked."""
    parts = []
    for before, after in pairwise(sizes):
        parts += [nn.Linear(before, after), nn.LeakyReLU(0.1)]
    return nn.Sequential(*(parts if last else parts[:-1]))
