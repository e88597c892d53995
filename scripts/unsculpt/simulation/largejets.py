"""Jets of large radius: anti-kT 1.0, trimmed, matched to the particle that they are of, with their observables."""

import numpy as np

from unsculpt.simulation import constituents, substructure
from unsculpt.simulation.kinematics import firsts, near, objects, spherical

RADIUS, ETA_MAX = 1.0, 2.0
TRIM_RADIUS, TRIM_FRACTION = 0.2, 0.05
MATCH_RADIUS = 0.75


def measured(visible, particles, preselection):
    """Large jets within the preselection, at the level of particles: the detector has no response for them.

    Parameters
    ----------
    visible : structured array
        Stable visible particles with fields event, px, py, pz, e and id; muons are left out.
    particles : generator.Particles
        The record of all events.
    preselection : processes.Preselection
        Range of the trimmed mass, least transverse momentum, and the particle that a jet must be of.

    Returns
    -------
    structured array
        Trimmed jets with event, pt, eta, phi, e, m, prompt (of the particle that was asked for; all, where none was),
        and the observables of `substructure.observables`.
    """
    inputs = visible[np.abs(visible["id"]) != 13]
    p = np.stack([inputs[name] for name in ("px", "py", "pz", "e")], axis=1)
    counts = np.diff(firsts(inputs["event"], particles.events))
    jets = constituents.cluster(p, counts, radius=RADIUS, pt_min=preselection.leading_pt_gev)
    low, high = preselection.mass_range_gev
    jets = jets[(np.abs(jets.spherical[1]) < ETA_MAX) & (jets.mass > low)]  # what is trimmed away lowers the mass
    if preselection.matched_to is not None:
        jets = jets[_matched(jets, particles, preselection.matched_to)]
    jets = constituents.trimmed(jets, radius=TRIM_RADIUS, fraction=TRIM_FRACTION)
    jets = jets[(jets.pt > preselection.leading_pt_gev) & (low < jets.mass) & (jets.mass < high)]
    jets = jets[jets.size >= substructure.LEAST]
    found = substructure.observables(jets, radius=RADIUS) if len(jets) else dict.fromkeys(substructure.NAMES, jets.pt)
    pt, eta, phi = jets.spherical
    e, prompt = jets.momentum[:, 3], np.ones(len(jets), bool)
    return objects(jets.event, pt=pt, eta=eta, phi=phi, e=e, m=jets.mass, prompt=prompt, **found)


def _matched(jets, particles, kind):
    """Mask of the jets with a particle of a kind, as it is before it decays, within `MATCH_RADIUS`."""
    rows = np.flatnonzero(np.abs(particles.id) == kind)
    last = np.full(particles.events, -1)
    last[particles.event[rows]] = rows  # the last copy in the record of an event
    event = np.flatnonzero(last >= 0)
    momentum = [getattr(particles, name)[last[event]] for name in ("px", "py", "pz")]
    bosons = objects(event, **dict(zip(("pt", "eta", "phi"), spherical(*momentum), strict=True)))
    table = objects(
        jets.event, **dict(zip(("pt", "eta", "phi"), jets.spherical, strict=True)), place=np.arange(len(jets))
    )
    i, _, _ = near(table, bosons, particles.events, MATCH_RADIUS)
    mask = np.zeros(len(jets), bool)
    mask[table["place"][i]] = True
    return mask
