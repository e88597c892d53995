"""Stable particles of event records, as the detector and the clustering take them."""

import numpy as np

from unsculpt.simulation.kinematics import spherical

NEUTRINOS = (12, 14, 16)
CHARGED = (11, 13, 211, 321, 2212)  # all charged particles that Pythia leaves stable
HADRON_ID_MIN = 100
DARK = 4_900_000  # and above: particles of a hidden sector


def invisible(particles):
    """Mask of the stable particles that no detector sees: neutrinos, and those of a hidden sector."""
    kind = np.abs(particles.id)
    return particles.final & (np.isin(kind, NEUTRINOS) | (kind >= DARK))


def visible(particles):
    """Stable particles that a detector sees, as a structured array in the order of the events."""
    kind = np.abs(particles.id)
    keep = particles.final & ~invisible(particles)
    px, py, pz = particles.px[keep], particles.py[keep], particles.pz[keep]
    pt, eta, phi = spherical(px, py, pz)
    return np.rec.fromarrays(
        [
            particles.event[keep],
            px,
            py,
            pz,
            particles.e[keep],
            pt,
            eta,
            phi,
            particles.id[keep],
            np.isin(kind[keep], CHARGED),
            np.abs(particles.mother_id[keep]) < HADRON_ID_MIN,
        ],
        names="event,px,py,pz,e,pt,eta,phi,id,charged,prompt",
    ).view(np.ndarray)
