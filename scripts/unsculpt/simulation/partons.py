"""Partons of top decays, and the jets that they became: the truth of a reconstruction of tops."""

import numpy as np

from unsculpt.simulation.kinematics import near, objects, spherical

RADIUS = 0.3
NONE, FROM_TOP, FROM_ANTITOP = 0, 1, 2  # of the field top
BOTTOM, W_QUARK = 1, 2  # of the field role
_TOP, _W, _HEAVIEST = 6, 24, 5


def of_tops(particles):
    """The quarks into which tops, and the W bosons of tops, decay, as they are before they radiate.

    Parameters
    ----------
    particles : generator.Particles

    Returns
    -------
    structured array
        event, pt, eta, phi, top (1 of the top, 2 of the antitop) and role (1 beside the W, 2 of the W); a top whose W
        decays to leptons has the first alone.
    """
    kind, mother, sign = np.abs(particles.id), np.abs(particles.mother_id), np.sign(particles.mother_id)
    event = particles.event
    bottom = (kind <= _HEAVIEST) & (mother == _TOP)
    # a W is known by its charge: there is one of each in a pair of tops, and no other one counts
    own = np.zeros((particles.events, 3), bool)
    boson = (kind == _W) & (mother == _TOP)
    own[event[boson], np.sign(particles.id[boson])] = True
    quark = (kind <= _HEAVIEST) & (mother == _W) & own[event, sign]
    kept = bottom | quark
    pt, eta, phi = spherical(particles.px[kept], particles.py[kept], particles.pz[kept])
    return objects(
        event[kept],
        pt=pt,
        eta=eta,
        phi=phi,
        top=np.where(sign[kept] > 0, FROM_TOP, FROM_ANTITOP),
        role=np.where(bottom[kept], BOTTOM, W_QUARK),
    )


def match(jets, partons, events):
    """The parton of each jet: of those whose nearest jet it is, within `RADIUS`, the nearest.

    Parameters
    ----------
    jets, partons : structured arrays
        With event, eta and phi.
    events : int
        Number of events.

    Returns
    -------
    parton : int array, shape (jets,)
        Its place in `partons`, -1 where a jet is of none.
    jet : int array, shape (partons,)
        The nearest jet of each parton, -1 where there is none. A parton that is not the parton of its jet is merged
        with another.
    """
    i, j, r = near(jets, partons, events, RADIUS)
    parton, jet = np.full(len(jets), -1), np.full(len(partons), -1)
    farthest_first = np.argsort(-r, kind="stable")  # what is written last stays
    i, j = i[farthest_first], j[farthest_first]
    jet[j] = i
    nearest = jet[j] == i
    parton[i[nearest]] = j[nearest]
    return parton, jet


def origin(jets, partons, events):
    """The fields top and role of jets, 0 where they are of no top (`of_tops`, `match`)."""
    parton, _ = match(jets, partons, events)
    return {name: np.append(partons[name], NONE)[parton].astype(int) for name in ("top", "role")}
