"""Simulated showers whose law is known: mean shapes of GFlash (`medium`), cell by cell, with sampling fluctuations.

GFlash throws spots of energy one by one. Here the mean energy of each cell is an integral in closed form, and
fluctuates as a compound Poisson process: the number of spots in a cell is Poisson, the energy of each exponential.
This is the same model at a cost that does not grow with the energy; a cell without a spot is exactly zero.
"""

from itertools import pairwise

import numpy as np
from scipy.special import gammainc

from unsculpt.generation import medium
from unsculpt.generation.geometry import Geometry
from unsculpt.generation.showers import Showers

TAU = np.concatenate([np.linspace(0, 3, 31), np.linspace(3.25, 6, 12), [7, 8, 10, 14, 20, 40]])  # edges of slices
ENERGY_BINS = 32  # for the slow dependence of the radial profile on ln E
CHUNK = 20_000  # showers at a time


def simulate(energy, rng, geometry, *, start=0.0, suppression=5e-4, spot=5e-3):
    """Showers at perpendicular incidence on the centre.

    Parameters
    ----------
    energy : float array, shape (n,)
        In GeV, more than about 0.5.
    rng : numpy.random.Generator
    geometry : geometry.Geometry
    start : float
        Mean depth of the first interaction, in radiation lengths, exponentially distributed: 0 of a charged
        particle that showers at once, 9/7 of a neutral one that has to convert.
    suppression : float
        Cells with less are set to zero, in GeV.
    spot : float
        Mean energy of a spot, in GeV: the resolution is sqrt(2 spot / E), 10 % / sqrt(E) for 5 MeV.

    Returns
    -------
    showers.Showers, dict
        The dict has depths of each shower, in radiation lengths: start, and maximum behind it.
    """
    energy = np.asarray(energy, float)
    maximum, alpha = medium.longitudinal(energy, rng)
    first = rng.exponential(start, len(energy)) if start else np.zeros(len(energy))
    cells = np.zeros((len(energy), geometry.cells), np.float32)
    overflow = np.zeros((len(energy), geometry.layers), np.float32)
    edges = np.linspace(np.log(energy.min()), np.log(energy.max()) + 1e-9, ENERGY_BINS + 1)
    number = np.clip(np.digitize(np.log(energy), edges) - 1, 0, ENERGY_BINS - 1)
    for k in np.unique(number):
        of_bin = np.flatnonzero(number == k)
        middle = np.exp((edges[k] + edges[k + 1]) / 2)
        tables = [
            medium.cell_fractions((TAU[1:] + TAU[:-1]) / 2, middle, shape, geometry.half_width)
            for shape in geometry.shapes
        ]
        for own in np.array_split(of_bin, max(1, len(of_bin) * geometry.cells // (504 * CHUNK))):
            shares = layer_shares(maximum[own], alpha[own], first[own], geometry.depths)
            for layer, (share, table) in enumerate(zip(shares, tables, strict=True)):
                inside = share @ table
                outside = share.sum(1, keepdims=True) - inside.sum(1, keepdims=True)
                mean = np.concatenate([inside, outside], 1) * energy[own, None]
                deposit = spots(np.maximum(mean, 0), spot, rng)
                cells[own, geometry.parts[layer]], overflow[own, layer] = deposit[:, :-1], deposit[:, -1]
    cells[cells < suppression] = 0
    return Showers(energy, np.zeros(len(energy), int), cells, overflow), {"start": first, "maximum": maximum}


def layer_shares(maximum, alpha, first, depths):
    """Share of the energy in each layer and each slice of `TAU`, a list of (n, slices)."""
    edges = TAU[None] * maximum[:, None]  # behind the first interaction
    beta, shares = ((alpha - 1) / maximum)[:, None], []
    for near, far in pairwise(depths):
        low, high = (np.maximum(depth / medium.MEDIUM.x0 - first, 0)[:, None] for depth in (near, far))
        shares.append(np.diff(gammainc(alpha[:, None], beta * np.clip(edges, low, high)), axis=1))
    return shares


def spots(mean, spot, rng):
    """Energies with these means, of Poisson numbers of spots with exponential energies of mean `spot`; same shape."""
    number = rng.poisson(mean / spot)
    hit = number > 0
    energy = np.zeros(number.shape, np.float32)
    energy[hit] = rng.standard_gamma(number[hit]) * spot
    return energy


def sample(number, rng, geometry, energies, **options):
    """As many showers with energies uniform between two of `energies`, in GeV; see `simulate`."""
    return simulate(rng.uniform(*energies, number), rng, geometry, **options)


def chunk(generation, number, showers, rng):
    """Simulated showers of the particle of this number, as the key `generation` of the configuration has it."""
    of = generation["calorimeter"]
    start = [*generation["particles"].values()][number]["start_x0"]
    options = {"start": start, "suppression": of["suppression_mev"] / 1000, "spot": of["spot_mev"] / 1000}
    return sample(showers, rng, Geometry.of(of), generation["energies_gev"], **options)[0].of(number)


def profile_maxima(energies, rng, showers=2000, depth=480.0, slabs=80):
    """Depth of the maximum of the mean profile at each energy, in radiation lengths, behind the first interaction.

    The profile is in `slabs` of equal thickness; a parabola through the five around the highest gives the maximum.
    """
    edges = np.linspace(0, depth / medium.MEDIUM.x0, slabs + 1)
    found = []
    for energy in energies:
        maximum, alpha = medium.longitudinal(np.full(showers, float(energy)), rng)
        share = gammainc(alpha[:, None], ((alpha - 1) / maximum)[:, None] * edges[None])
        profile = np.diff(share, axis=1).mean(0)
        peak = min(max(int(profile.argmax()), 2), slabs - 3)
        a, b, _ = np.polyfit(np.arange(-2, 3), profile[peak - 2 : peak + 3], 2)
        found.append((peak + 0.5 - b / (2 * a)) * (edges[1] - edges[0]))
    return np.array(found)
