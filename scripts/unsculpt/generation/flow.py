"""A contender: conditional flow matching (arXiv:2210.02747), a field from noise to showers along straight lines.

It has the coordinates of the adversarial generator: response, shares of layers, and cells, rescaled to their layer. An
empty cell is drawn below zero, so that the density has no step there, and comes back as zero.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from unsculpt.generation.conditions import UNIT, suppress
from unsculpt.generation.networks import SMALLEST
from unsculpt.generation.view import LEAST, RESOLUTION, layer_sums
from unsculpt.networks import StackedMLP
from unsculpt.patches.torch import Adam
from unsculpt.training.settings import stable_seed

BELOW = 0.3  # typical coordinate of an empty cell, below zero
NARROWEST = 0.1  # of a cell's coordinate, whose spread is the unit


class Velocity(nn.Module):
    """The velocity field, and showers as its coordinates.

    Parameters
    ----------
    settings, geometry, scale, seed, wish, cells
        As in `networks`; `settings` has `units` and `solver_steps`.
    """

    def __init__(self, settings, geometry, scale, seed, wish, cells):
        super().__init__()
        self.geometry, self.scale, self.solver_steps = geometry, scale, settings["solver_steps"]
        self.noises = geometry.cells + 1 + geometry.layers
        sizes = (self.noises + 4 + scale.columns, *settings["units"], self.noises)
        self.network = StackedMLP([stable_seed(seed, "velocity")], sizes, activation="leaky_relu")
        self.register_buffer("centre", torch.zeros(self.noises))
        self.register_buffer("width", torch.ones(self.noises))
        random = torch.Generator().manual_seed(stable_seed(seed, "coordinates"))
        found = self.coordinates(cells, wish, torch.randn(cells.shape, generator=random))
        self.centre, self.width = found.mean(0), found.std(0).clamp(min=NARROWEST)

    def coordinates(self, cells, wish, noise):
        """Standardised coordinates of showers, (n, cells + 1 + layers); noise (n, cells) fills empty cells."""
        sums, energy = layer_sums(cells, self.geometry), wish.energy.unsqueeze(1)
        response = torch.asinh((sums.sum(1, keepdim=True) / energy - 1) * energy.sqrt() / RESOLUTION)
        layers = torch.log(sums / energy + LEAST)
        each = torch.where(cells > 0, torch.log1p(cells / UNIT), -BELOW * noise.abs())
        return (torch.cat([each, response, layers], 1) - self.centre) / self.width

    def showers(self, x, wish):
        """Cells of coordinates, the inverse: (n, cells) in GeV, never negative, sums as response and layers say."""
        each, response, layers = (x * self.width + self.centre).split([self.geometry.cells, 1, self.geometry.layers], 1)
        energy = wish.energy.unsqueeze(1)
        response = (1 + RESOLUTION * torch.sinh(response) / energy.sqrt()).clamp(min=SMALLEST)
        layers = (torch.exp(layers.clamp(max=1)) - LEAST).clamp(min=0)
        layers = layers / layers.sum(1, keepdim=True).clamp(min=1e-9) * response * energy
        hit = UNIT * torch.expm1(F.relu(each).clamp(max=12))
        parts = []
        for k, part in enumerate(self.geometry.parts):
            parts.append(hit[:, part] * layers[:, k : k + 1] / hit[:, part].sum(1, keepdim=True).clamp(min=1e-9))
        return torch.cat(parts, 1)

    def velocity(self, x, time, seen):
        """At coordinates x, (n, noises), and times (n, 1) of what is wanted, (n, columns)."""
        turns = math.pi * time
        when = torch.cat([time, time.square(), torch.sin(turns), torch.cos(turns)], 1)
        return self.network(torch.cat([x, when, seen], 1).unsqueeze(0))[0]

    def draw(self, number, generator):
        """The noise of as many showers, on the CPU."""
        return torch.randn(number, self.noises, generator=generator)

    def forward(self, wish, noise):
        """Cells, (n, cells) in GeV: noise carried along the field by the midpoint rule."""
        x, seen, step = noise, self.scale.columns_of(wish), 1 / self.solver_steps
        for number in range(self.solver_steps):
            time = torch.full((len(x), 1), number * step, device=x.device)
            half = x + step / 2 * self.velocity(x, time, seen)
            x = x + step * self.velocity(half, time + step / 2, seen)
        return self.showers(x, wish)


class Flow(nn.Module):
    """A velocity field in training; the same interface as `wgan.Adversaries`."""

    losses = ("velocity_loss",)

    def __init__(self, settings, geometry, scale, suppression, seed, wish, cells):
        super().__init__()
        self.settings, self.suppression = settings, suppression
        self.generator = Velocity(settings, geometry, scale, seed, wish, cells)

    def optimisers(self):
        """One, with its learning rate."""
        rate = self.settings["learning_rate"]
        return [(Adam(self.generator.parameters(), rate, fused=True), rate)]

    def step(self, batch, optimisers, random):
        """One step; gives the mean squared error of the velocity, (1,)."""
        wish, cells = batch()
        field = self.generator
        noises = torch.randn(len(cells), cells.shape[1] + field.noises, generator=random).to(cells.device)
        fill, start = noises.split([cells.shape[1], field.noises], 1)
        time = torch.rand(len(cells), 1, generator=random).to(cells.device)
        end = field.coordinates(cells, wish, fill)
        found = field.velocity(torch.lerp(start, end, time), time, field.scale.columns_of(wish))
        loss = (found - (end - start)).square().mean()
        optimisers[0].zero_grad(set_to_none=True)
        loss.backward()
        optimisers[0].step()
        return loss.detach().unsqueeze(0)

    @torch.no_grad()
    def generate(self, wish, random):
        """Generated cells, in GeV."""
        noise = self.generator.draw(len(wish), random).to(wish.energy.device)
        return suppress(self.generator(wish, noise), self.suppression)
