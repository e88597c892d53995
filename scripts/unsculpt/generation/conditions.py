"""Showers as tensors, and what generators are asked for: energy and particle."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

UNIT = 5e-3  # GeV, the scale of logarithms of cells


@dataclass(frozen=True)
class Wish:
    """Which showers are wanted.

    energy : in GeV, (n,).
    particle : number of the particle, (n,) int64.
    """

    energy: Tensor
    particle: Tensor

    def __len__(self):
        return len(self.energy)

    def __getitem__(self, rows):
        return Wish(self.energy[rows], self.particle[rows])

    def to(self, device):
        """The same on a device."""
        return Wish(self.energy.to(device), self.particle.to(device))


def wish_of(showers):
    """Energies and particles of given showers."""
    return Wish(torch.from_numpy(showers.energy).float(), torch.from_numpy(showers.particle).long())


@dataclass(frozen=True)
class Scale:
    """How networks see a wish.

    energies : least and largest energy, in GeV.
    particles : how many there are.
    """

    energies: tuple
    particles: int

    @property
    def columns(self):
        """How many numbers `columns_of` gives."""
        return 1 + (self.particles if self.particles > 1 else 0)

    def columns_of(self, wish):
        """ln E on [-1, 1], and zeros and ones for the particle where there are several, (n, columns)."""
        low, high = (math.log(e) for e in self.energies)
        energy = ((torch.log(wish.energy) - low) / (high - low) * 2 - 1).unsqueeze(1)
        if self.particles == 1:
            return energy
        return torch.cat([energy, F.one_hot(wish.particle, self.particles).to(energy.dtype)], 1)


def suppress(cells, suppression):
    """Cells, in GeV, with zero where there is less than `suppression`; no gradient of those."""
    return torch.where(cells < suppression, 0.0, cells)
