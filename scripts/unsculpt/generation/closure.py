"""Whether true showers are what they should be: energy, resolution, depth; shares of layers as figures show them."""

from itertools import pairwise

import numpy as np

from unsculpt.generation import medium, truth
from unsculpt.generation.physics import images

ENERGIES = (1, 2, 5, 10, 20, 50, 100)  # GeV, at which the maximum of the mean profile is looked for


def measure(showers, geometry, particles, edges, rng):
    """Tests of true showers of all particles.

    Parameters
    ----------
    showers : showers.Showers
    geometry : geometry.Geometry
    particles : sequence of str
        Their names, in the order of their numbers.
    edges : sequence of float
        Of bins of the energy, in GeV.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        bins, of each particle and energy: closure, energy in cells and overflow over that of the particle; in_cells,
        the same without overflow; resolution, the relative width of the former times the root of the mean energy, in
        root GeV; shares of the layers. images, of each particle the mean shares of cells. maxima: energies (GeV),
        depths (radiation lengths) of the maxima of mean profiles, and slope and constant against ln(E / E_c).
    """
    rows, drawn = [], {}
    for number, name in enumerate(particles):
        of = showers[showers.particle == number]
        drawn[name] = [image[0] for image in images(of.cells, of.energy, geometry)] if len(of) else []
        rows += [
            {"particle": name, "low": low, "high": high, **_bin(of[(of.energy >= low) & (of.energy < high)], geometry)}
            for low, high in pairwise(edges)
        ]
    depths = truth.profile_maxima(ENERGIES, rng)
    logs = np.log(np.array(ENERGIES) * 1000 / medium.MEDIUM.critical)
    slope, constant = np.polyfit(logs, depths, 1)
    maxima = {"energies": ENERGIES, "logarithms": logs, "depths": depths, "slope": slope, "constant": constant}
    about = {key: getattr(medium.MEDIUM, key) for key in ("x0", "critical", "moliere")}
    return {"bins": rows, "images": drawn, "maxima": maxima, "medium": about}


def _bin(showers, geometry):
    if len(showers) < 2:
        return {"showers": len(showers), "closure": None, "in_cells": None, "resolution": None, "shares": None}
    inside = showers.cells.sum(1, dtype=np.float64)
    whole = (inside + showers.overflow.sum(1, dtype=np.float64)) / showers.energy
    width, number = whole.std(ddof=1), len(showers)
    scale = np.sqrt(showers.energy.mean())
    sums = np.array([part.sum((1, 2), dtype=np.float64).sum() for part in geometry.images(showers.cells)])
    return {
        "showers": number,
        "closure": {"value": whole.mean(), "error": width / np.sqrt(number)},
        "in_cells": {"value": (inside / showers.energy).mean(), "error": width / np.sqrt(number)},
        "resolution": {"value": width * scale, "error": width * scale / np.sqrt(2 * number)},
        "shares": sums / sums.sum(),
    }
