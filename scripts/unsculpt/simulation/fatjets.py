"""Jets of radius 0.8 in a range of transverse momentum, one an event, with all their constituents.

The selection is that of the reference data of top taggers (arXiv:1902.09914), but for the detector.
"""

import numpy as np

from unsculpt.kinematics import delta_r
from unsculpt.simulation import constituents, particleflow
from unsculpt.simulation.kinematics import firsts, objects, spherical

RADIUS, ETA_MAX = 0.8, 2.0
LEAST, MOST = 3, 200  # constituents: jets with fewer are left out, of those with more the hardest are kept
_TOP, _W, _HEAVIEST = 6, 24, 5
_QUARKS = {_TOP: 3, _W: 2}


def measured(visible, particles, preselection, response, rng):
    """Constituents of the hardest jet of each event that passes the preselection.

    Parameters
    ----------
    visible : structured array
        Stable visible particles; muons are left out.
    particles : generator.Particles
    preselection : processes.Preselection
        Range of transverse momentum, and the particle all of whose quarks must be within `RADIUS` of the jet.
    response : detector.Detector
    rng : numpy.random.Generator

    Returns
    -------
    structured array
        event, pt, eta, phi and e of the constituents, at most `MOST` of a jet.
    """
    inputs = visible[np.abs(visible["id"]) != 13]
    if response.particle_flow:
        inputs = particleflow.measured(inputs, rng)
    p = np.stack([inputs[name] for name in ("px", "py", "pz", "e")], axis=1)
    counts = np.diff(firsts(inputs["event"], particles.events))
    jets = constituents.cluster(p, counts, radius=RADIUS, pt_min=preselection.leading_pt_gev)
    pt, eta, _ = jets.spherical
    jets = jets[(pt < preselection.most_pt_gev) & (np.abs(eta) < ETA_MAX) & (jets.size >= LEAST)]
    if preselection.whole is not None:
        jets = jets[_around_all_quarks(jets, particles, preselection.whole)]
    jets = jets[_hardest(jets)]
    pt, eta, phi = spherical(*jets.p[:, :3].T)
    found = objects(jets.spread(jets.event), pt=pt, eta=eta, phi=phi, e=jets.p[:, 3])
    place = np.arange(len(found)) - np.searchsorted(found["event"], found["event"])
    return found[place < MOST]


def _hardest(jets):
    """Mask of the jets that are the hardest of their event."""
    order = np.lexsort((-jets.pt, jets.event))
    event = jets.event[order]
    first = np.ones(len(event), bool)
    first[1:] = event[1:] != event[:-1]
    mask = np.zeros(len(jets), bool)
    mask[order[first]] = True
    return mask


def _around_all_quarks(jets, particles, kind):
    """Mask of the jets with all quarks of one top, or of one W boson, within `RADIUS` of their axis.

    A pair has one of each charge, by which its quarks are told apart.
    """
    mother = particles.mother_id
    ancestors = (_TOP, _W) if kind == _TOP else (_W,)
    quark = (np.abs(particles.id) <= _HEAVIEST) & np.isin(np.abs(mother), ancestors)
    slot = 2 * particles.event[quark] + (mother[quark] < 0)
    _, eta, phi = spherical(*(getattr(particles, name)[quark] for name in ("px", "py", "pz")))
    number, _, eta_of, phi_of = jets.event, *jets.spherical
    mask = np.zeros(len(jets), bool)
    order = np.argsort(slot, kind="stable")
    first = np.searchsorted(slot[order], np.arange(2 * particles.events + 1))
    for negative in (0, 1):
        own = 2 * number + negative
        complete = np.flatnonzero(first[own + 1] - first[own] == _QUARKS[kind])
        rows = order[first[own[complete], None] + np.arange(_QUARKS[kind])]
        away = delta_r(eta[rows] - eta_of[complete, None], phi[rows] - phi_of[complete, None])
        mask[complete] |= (away < RADIUS).all(axis=1)
    return mask
