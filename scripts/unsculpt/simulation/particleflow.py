"""Constituents of jets as a detector shows them: tracks, cells of photons, cells of neutral hadrons; all without mass.

A parametric response with the size of ATLAS numbers, no simulation of its detector.
"""

import numpy as np

from unsculpt.simulation.detector import energy_factor

TRACK_EFFICIENCY, TRACK_PT_MIN, TRACK_ETA_MAX = 0.95, 0.5, 2.5  # GeV; other charged particles end in cells of hadrons
TRACK_CONSTANT, TRACK_SLOPE = 0.01, 2e-4  # relative resolution of pT: constant, and times pT in GeV
CELLS = {  # side in pseudorapidity and azimuth, sampling (root GeV) and constant term of the energy, least energy (GeV)
    "photons": (0.025, 0.10, 0.007, 0.5),
    "hadrons": (0.1, 0.50, 0.03, 1.0),
}


def measured(visible, rng):
    """Tracks and cells of events.

    Parameters
    ----------
    visible : structured array
        Stable particles with event, px, py, pz, e, pt, eta, phi, id and charged, muons left out.
    rng : numpy.random.Generator

    Returns
    -------
    structured array
        event, px, py, pz and e in GeV, in the order of the events.
    """
    found = rng.random(len(visible)) < TRACK_EFFICIENCY
    track = visible["charged"] & found & (visible["pt"] > TRACK_PT_MIN) & (np.abs(visible["eta"]) < TRACK_ETA_MAX)
    photon = np.abs(visible["id"]) == 22
    parts = [_tracks(visible[track], rng)]
    for kind, mask in (("photons", photon), ("hadrons", ~photon & ~track)):
        parts.append(_cells(visible[mask], *CELLS[kind], rng))
    event, pt, eta, phi = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(event, kind="stable")
    event, pt, eta, phi = (column[order] for column in (event, pt, eta, phi))
    columns = [event, pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), pt * np.cosh(eta)]
    return np.rec.fromarrays(columns, names="event,px,py,pz,e").view(np.ndarray)


def _tracks(visible, rng):
    """Event, pt, eta and phi of tracks, whose directions are known well."""
    resolution = np.hypot(TRACK_CONSTANT, TRACK_SLOPE * visible["pt"])
    factor = np.maximum(1 + resolution * rng.standard_normal(len(visible)), 0.2)
    return visible["event"], visible["pt"] * factor, visible["eta"], visible["phi"]


def _cells(visible, side, sampling, constant, least, rng):
    """Event, pt, eta and phi of the cells with enough energy, anywhere in them."""
    steps = round(2 * np.pi / side)  # around the beam
    turn = 2 * np.pi / steps
    place = np.floor(visible["eta"] / side).astype(int), np.floor(visible["phi"] / turn).astype(int) % steps
    middle = int(np.abs(place[0]).max(initial=0)) + 1
    key = (visible["event"].astype(int) * (2 * middle + 1) + place[0] + middle) * steps + place[1]
    cells, owner = np.unique(key, return_inverse=True)
    energy = np.bincount(owner, visible["e"], len(cells))
    energy = energy * energy_factor(energy, sampling, constant, rng)
    rest, around = np.divmod(cells, steps)
    event, along = np.divmod(rest, 2 * middle + 1)
    eta = (along - middle + rng.random(len(cells))) * side
    phi = (around + rng.random(len(cells))) * turn
    kept = energy > least
    return event[kept], (energy / np.cosh(eta))[kept], eta[kept], phi[kept]
