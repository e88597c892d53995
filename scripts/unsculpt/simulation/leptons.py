"""Isolated electrons and muons."""

import numpy as np

from unsculpt.simulation import detector
from unsculpt.simulation.kinematics import apart, near, objects, total

PT_MIN, ETA_MAX = 10.0, 2.5
TRACK_ISOLATION, CALORIMETER_ISOLATION = 0.15, 0.2
TRACK_RADIUS, CALORIMETER_RADIUS, PHOTON_RADIUS = 0.3, 0.2, 0.4


def measured(visible, photons, events, response, rng):
    """Electrons and muons that are found, isolated and apart from the photon candidates.

    Parameters
    ----------
    visible : structured array
        Stable visible particles with fields event, pt, eta, phi, e, id, charged and prompt.
    photons : structured array
        Photon candidates.

    Returns
    -------
    structured array
        Leptons with pt, eta, phi, e, kind (11 or 13), charge, prompt, ptcone30 and etcone20.
    """
    kind = np.abs(visible["id"])
    leptons = visible[((kind == 11) | (kind == 13)) & (visible["pt"] > 0.5 * PT_MIN)]
    leptons = leptons[apart(leptons, photons, events, PHOTON_RADIUS)]
    kind = np.abs(leptons["id"])
    ptcone, etcone = _isolation(leptons, visible, events)
    factor = np.where(kind == 11, response.photon_factor(leptons["e"], rng), detector.muon_factor(leptons["pt"], rng))
    pt = leptons["pt"] * factor
    keep = detector.lepton_found(kind, rng) & (pt > PT_MIN) & (np.abs(leptons["eta"]) < ETA_MAX)
    keep &= (ptcone < TRACK_ISOLATION * pt) & (etcone < CALORIMETER_ISOLATION * pt)
    return objects(
        leptons["event"][keep],
        pt=pt[keep],
        eta=leptons["eta"][keep],
        phi=leptons["phi"][keep],
        e=(leptons["e"] * factor)[keep],
        kind=kind[keep],
        charge=-np.sign(leptons["id"][keep]),
        prompt=leptons["prompt"][keep],
        ptcone30=ptcone[keep],
        etcone20=etcone[keep],
    )


def none():
    """An empty table of leptons."""
    floats = ("pt", "eta", "phi", "e", "ptcone30", "etcone20")
    integers = ("event", "kind", "charge")
    return np.zeros(0, [*((name, "i8") for name in integers), *((name, "f8") for name in floats), ("prompt", "?")])


def _isolation(leptons, visible, events):
    """Charged pT within 0.3 and visible pT without muons within 0.2, the lepton itself taken out."""
    i, j, r = near(leptons, visible, events, TRACK_RADIUS)
    i, j, r = i[r > 0], j[r > 0], r[r > 0]
    pt, n = visible["pt"][j], len(leptons)
    tracks = total(i, pt * (visible["charged"][j] & (pt > 1.0)), n)
    calorimeter = total(i, pt * ((np.abs(visible["id"][j]) != 13) & (r < CALORIMETER_RADIUS)), n)
    return tracks, calorimeter
