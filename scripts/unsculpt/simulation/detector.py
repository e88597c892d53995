"""Parametric detector response: resolutions, efficiencies and b-tagging. A toy with the size of ATLAS numbers."""

from dataclasses import dataclass

import numpy as np

ELECTRON_EFFICIENCY, MUON_EFFICIENCY = 0.85, 0.95
MUON_RESOLUTION = 0.02
JET_SAMPLING, JET_CONSTANT = 0.70, 0.05
MISSING_ET_NOISE = 0.5  # of each component, times the root of the visible transverse momentum (root GeV)
BTAG_CUT = 0.8244273  # MV2c10, 70 % working point
BTAG_EFFICIENCY = {5: 0.70, 4: 0.083, 0: 0.0026}
CONVERSION = {0: 0.65, 1: 0.10, 3: 0.25}  # none, one track, two tracks


@dataclass(frozen=True)
class Detector:
    """What can be set of the response.

    photon_energy_sampling : sampling term of the photon and electron energy resolution, root GeV.
    photon_energy_constant : its constant term.
    particle_flow : whether constituents of jets are tracks and cells of calorimeters (`particleflow`), or particles.
    """

    photon_energy_sampling: float
    photon_energy_constant: float
    particle_flow: bool = True

    def photon_factor(self, energy, rng):
        """Measured over true energy of photons and electrons; never below 0.2."""
        return energy_factor(energy, self.photon_energy_sampling, self.photon_energy_constant, rng)


def jet_factor(energy, rng):
    """Measured over true energy of jets."""
    return energy_factor(energy, JET_SAMPLING, JET_CONSTANT, rng)


def muon_factor(pt, rng):
    """Measured over true transverse momentum of muons."""
    return np.maximum(1 + MUON_RESOLUTION * rng.standard_normal(len(pt)), 0.2)


def lepton_found(kind, rng):
    """Whether each lepton, 11 or 13, is reconstructed."""
    return rng.random(len(kind)) < np.where(kind == 11, ELECTRON_EFFICIENCY, MUON_EFFICIENCY)


def btag_score(flavour, rng):
    """MV2c10 in (-1, 1): above the working point with the efficiency of the flavour (5, 4, 0), uniform on each side."""
    efficiency = np.select([flavour == 5, flavour == 4], [BTAG_EFFICIENCY[5], BTAG_EFFICIENCY[4]], BTAG_EFFICIENCY[0])
    tagged = rng.random(len(flavour)) < efficiency
    low, high = np.where(tagged, BTAG_CUT, -1.0), np.where(tagged, 1.0, BTAG_CUT)
    # in steps away from the edges: in single precision a score must stay on its side of the working point
    return low + (high - low) * rng.uniform(0.001, 0.999, len(flavour))


def conversion(n, rng):
    """Conversion types of n photons."""
    return rng.choice(list(CONVERSION), n, p=list(CONVERSION.values()))


def energy_factor(energy, sampling, constant, rng):
    """Measured over true energy, with a resolution of sampling / root(energy) and constant; never below 0.2."""
    resolution = np.hypot(sampling / np.sqrt(np.maximum(energy, 1e-3)), constant)
    return np.maximum(1 + resolution * rng.standard_normal(len(energy)), 0.2)
