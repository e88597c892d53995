"""What decides whether an event is kept: the objects that the preselection of a process asks for.

Each function has the name that a `processes.Preselection` gives, and the same parameters:

visible : structured array, stable visible particles with fields event, px, py, pz, e, pt, eta, phi, id, charged, prompt
particles : generator.Particles, the record of all events
preselection : processes.Preselection
response : detector.Detector
rng : numpy.random.Generator
"""

from dataclasses import dataclass

import numpy as np

from unsculpt.simulation import fatjets, jets, largejets, leptons, photons
from unsculpt.simulation.preselection import in_event_with_pair


@dataclass(frozen=True)
class Candidates:
    """The events to keep, and the objects that are known by then; their events are numbered as all of the batch.

    chosen : int, the events, ascending.
    photons : structured array, photon candidates.
    jets : structured array, jets before the detector response; None if they are still to be clustered.
    leptons : structured array; None if they are still to be measured.
    large_jets : structured array, jets of large radius with their observables; None where a process has none.
    constituents : structured array, those of the one jet of each event; None where a process has none.
    """

    chosen: np.ndarray
    photons: np.ndarray
    jets: np.ndarray | None = None
    leptons: np.ndarray | None = None
    large_jets: np.ndarray | None = None
    constituents: np.ndarray | None = None


def photon_clusters(visible, particles, preselection, response, rng):
    """Events with two clusters of photons and electrons."""
    found = photons.clusters(visible, particles.events, preselection, response, rng)
    return Candidates(np.unique(found["event"]), found)


def promoted_jets(visible, particles, preselection, response, rng):
    """Events with two jets that are promoted to photons, and are jets no more."""
    raw = jets.cluster(visible, particles.events, photons.PT_MIN)
    true_photons = visible[visible["id"] == 22]
    found, left = photons.promoted(raw, true_photons, particles.events, preselection, response, rng)
    return Candidates(np.unique(found["event"]), found, raw[left])


def muons(visible, particles, preselection, response, rng):
    """Events with two muons of any charge; no photon candidates are looked for."""
    none = photons.none()
    found = leptons.measured(visible, none, particles.events, response, rng)
    good = found[found["kind"] == 13]
    good = good[in_event_with_pair(good, particles.events, preselection)]
    return Candidates(np.unique(good["event"]), none, leptons=found)


def large_jets(visible, particles, preselection, response, rng):
    """Events with a groomed jet of large radius; no other objects are looked for."""
    found = largejets.measured(visible, particles, preselection)
    none = (photons.none(), jets.none(), leptons.none())
    return Candidates(np.unique(found["event"]), *none, large_jets=found)


def fat_jets(visible, particles, preselection, response, rng):
    """Events with a jet in a range of transverse momentum, whose constituents are kept; there are no other objects."""
    found = fatjets.measured(visible, particles, preselection, response, rng)
    none = (photons.none(), jets.none(), leptons.none())
    return Candidates(np.unique(found["event"]), *none, constituents=found)
