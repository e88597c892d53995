"""Stable particles of event records, as the detector and the clustering take them."""

import numpy as np

from unsculpt.simulation.kinematics import spherical

NEUTRINOS = (12, 14, 16)
CHARGED = (11, 13, 211, 321, 2212)  # all charged particles that Pythia leaves stable
HADRON_ID_MIN = 100


def visible(particles):
    """Stable particles other than neutrinos, as a structured array in the order of the events."""
    kind = np.abs(particles.id)
    keep = particles.final & ~np.isin(kind, NEUTRINOS)
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
