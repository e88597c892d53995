"""Generators of showers: noise and a wish (energy, particle) to the energies of all cells, before the read-out.

A generator is told from the statistics of true showers where to begin. All of them have `draw(n, generator)`, the
noise of n showers, and `forward(wish, noise)`, cells (n, cells) in GeV.
"""

import torch
import torch.nn.functional as F
from torch import nn

from unsculpt.generation.conditions import UNIT
from unsculpt.generation.view import RESOLUTION, layer_sums
from unsculpt.networks import StackedMLP

SMALLEST = 0.05  # of the response: energies stay positive
FIRST = 0.3  # factor on the weights of the last layer at the start: the first showers are mean showers


class Generator(nn.Module):
    """What all generators share.

    Parameters
    ----------
    settings : dict
        `latent`, numbers of noise that all cells share; `units`, of the hidden layers; `own_noise`, whether each cell
        has noise of its own.
    geometry : geometry.Geometry
    scale : conditions.Scale
    """

    def __init__(self, settings, geometry, scale):
        super().__init__()
        self.geometry, self.scale = geometry, scale
        self.latent, self.units, self.own = settings["latent"], settings["units"], settings["own_noise"]

    def _network(self, seed, inputs, outputs, units=None):
        network = StackedMLP([seed], (inputs, *(units or self.units), outputs), activation="leaky_relu")
        network.weight[-1].data.mul_(FIRST)
        return network

    def _smeared(self, out, noise):
        """A value for each cell, (n, cells): from the network, (n, 2 cells), and its own noise."""
        value, spread = out.split(self.geometry.cells, 1)
        return value + F.softplus(spread) * noise if self.own else value

    def draw(self, number, generator):
        """The noise of as many showers, on the CPU."""
        return torch.randn(number, self.noises, generator=generator)


class Cells(Generator):
    """The energy of each cell from one network: nothing holds them together. What fast simulation began with."""

    def __init__(self, settings, geometry, scale, seed, wish, cells):
        super().__init__(settings, geometry, scale)
        self.noises = self.latent + geometry.cells * self.own
        self.network = self._network(seed, self.latent + scale.columns, 2 * geometry.cells)
        mean = (cells / wish.energy.unsqueeze(1)).mean(0).clamp(min=1e-6)
        with torch.no_grad():
            self.network.bias[-1][0, 0, : geometry.cells] = mean.log()

    def forward(self, wish, noise):
        z, own = noise[:, : self.latent], noise[:, self.latent :]
        out = self.network(torch.cat([z, self.scale.columns_of(wish)], 1).unsqueeze(0))[0]
        return wish.energy.unsqueeze(1) * torch.exp(self._smeared(out, own).clamp(max=3))


class Shares(Generator):
    """Response x share of each layer x share of each cell in its layer.

    The shares of layers are a softmax, so that the sum over layers is the response times the energy exactly. Cells
    are rectified, max(0, value + spread x own noise), in units of their spread in truth, and normalised in their layer:
    they are never negative, many are exactly zero, and the smallest are not rare, as in truth. The network of the
    cells is told the energies of the layers, which come first.
    """

    def __init__(self, settings, geometry, scale, seed, wish, cells):
        super().__init__(settings, geometry, scale)
        self.sums = 1 + geometry.layers
        self.noises = self.latent + geometry.cells * self.own + self.sums
        inputs = self.latent + scale.columns
        self.first = self._network(seed, inputs, 2 * self.sums, settings["units_of_sums"])
        self.second = self._network(seed + 1, inputs + geometry.layers, 2 * geometry.cells)
        sums = layer_sums(cells, geometry)
        share = sums.sum(0) / sums.sum()
        in_layer = torch.cat(
            [cells[:, p] / sums[:, k : k + 1].clamp(min=1e-6) for k, p in enumerate(geometry.parts)], 1
        )
        spread = in_layer.std(0).clamp(min=1e-6)
        self.register_buffer("unit", spread)
        with torch.no_grad():
            self.first.bias[-1][0, 0, 1 : self.sums] = share.log()
            self.second.bias[-1][0, 0, : geometry.cells] = (in_layer.mean(0) / spread).clamp(max=5)
            self.second.bias[-1][0, 0, geometry.cells :] = 0.5

    def forward(self, wish, noise):
        parts = [self.latent, self.geometry.cells * self.own, self.sums]
        z, own, of_sums = noise.split(parts, 1)
        seen = torch.cat([z, self.scale.columns_of(wish)], 1)
        value, spread = self.first(seen.unsqueeze(0))[0].split(self.sums, 1)
        sums = value + F.softplus(spread) * of_sums  # response and layers, each with noise of its own
        response = (1 + RESOLUTION * sums[:, 0] / wish.energy.sqrt()).clamp(min=SMALLEST)
        layers = torch.softmax(sums[:, 1:], 1) * (wish.energy * response).unsqueeze(1)
        told = torch.log1p(layers / UNIT) / 4 - 1
        values = self._smeared(self.second(torch.cat([seen, told], 1).unsqueeze(0))[0], own)
        return self._cells(values, layers)

    def _cells(self, values, layers):
        """Rectified values, (n, cells), as energies that sum to those of the layers, (n, layers)."""
        hit = F.relu(values) * self.unit
        scale = [layers[:, k] / hit[:, part].sum(1).clamp(min=1e-9) for k, part in enumerate(self.geometry.parts)]
        return torch.cat([hit[:, part] * s.unsqueeze(1) for s, part in zip(scale, self.geometry.parts, strict=True)], 1)


KINDS = {"shares": Shares, "cells": Cells}
