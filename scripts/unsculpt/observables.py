"""What features are made of: each function takes `selection.Selected` and gives one number an event.

Numbers are float64 of shape (n,), in GeV or radians; NaN where the event lacks the object. The registry in `features`
refers to these functions by name.
"""

import awkward as ak
import numpy as np

from unsculpt.kinematics import delta_r, wrapped


def photon(events, index, field):
    """A property of the photon `index` of the pair."""
    return events.photons[field][:, index]


def photon_pt_over_mass(events, index):
    """Transverse momentum of a photon over the diphoton mass."""
    return events.photons["pt"][:, index] / events.mass


def photons_deta(events):
    """Absolute difference in pseudorapidity of the photons."""
    eta = events.photons["eta"]
    return np.abs(eta[:, 0] - eta[:, 1])


def photons_dphi(events):
    """Absolute azimuthal angle between the photons, from 0 to pi."""
    phi = events.photons["phi"]
    return np.abs(wrapped(phi[:, 0] - phi[:, 1]))


def photons_dr(events):
    """Distance of the photons in pseudorapidity and azimuth."""
    return delta_r(photons_deta(events), photons_dphi(events))


def photons_pt(events):
    """Transverse momentum of the photon pair."""
    pt, phi = events.photons["pt"], events.photons["phi"]
    return np.hypot((pt * np.cos(phi)).sum(axis=1), (pt * np.sin(phi)).sum(axis=1))


def photons_pt_over_mass(events):
    """Transverse momentum of the photon pair over its mass."""
    return photons_pt(events) / events.mass


def photons_rapidity(events):
    """Rapidity of the photon pair."""
    pt, eta = events.photons["pt"], events.photons["eta"]
    return np.arctanh((pt * np.sinh(eta)).sum(axis=1) / (pt * np.cosh(eta)).sum(axis=1))


def photons_cos_theta_star(events):
    """Absolute cosine of the decay angle in the Collins-Soper frame (arXiv:1307.1432, equation 1)."""
    pt, eta = events.photons["pt"], events.photons["eta"]
    boost = np.sqrt(1 + (photons_pt(events) / events.mass) ** 2)
    return np.abs(np.sinh(eta[:, 0] - eta[:, 1])) * 2 * pt[:, 0] * pt[:, 1] / (events.mass**2 * boost)


def jet(events, index, field):
    """A property of the jet `index`, in order of falling transverse momentum."""
    return _nth(events.jets, index, field)


def lepton(events, index, field):
    """A property of the lepton `index`, in order of falling transverse momentum."""
    return _nth(events.leptons, index, field)


def n_jets(events):
    """Number of jets."""
    return ak.to_numpy(ak.num(events.jets)).astype(float)


def n_bjets(events):
    """Number of b-tagged jets."""
    return ak.to_numpy(ak.sum(events.jets.btag, axis=1)).astype(float)


def n_leptons(events):
    """Number of electrons and muons."""
    return ak.to_numpy(ak.num(events.leptons)).astype(float)


def ht(events):
    """Scalar sum of the transverse momenta of the jets; zero without jets."""
    return ak.to_numpy(ak.sum(events.jets.pt, axis=1))


def met(events):
    """Missing transverse momentum."""
    return events.met


def met_phi(events):
    """Azimuth of the missing transverse momentum."""
    return events.met_phi


def photon_jet_min_dr(events):
    """Distance of the nearest pair of one photon and one jet."""
    eta, phi = events.photons["eta"], events.photons["phi"]
    nearest = [
        ak.min(delta_r(events.jets.eta - eta[:, i], events.jets.phi - phi[:, i]), axis=1, mask_identity=False)
        for i in (0, 1)
    ]
    distance = np.minimum(*map(ak.to_numpy, nearest)).astype(float)
    return np.where(np.isinf(distance), np.nan, distance)


def _nth(collection, index, field):
    padded = ak.pad_none(collection[field], index + 1, clip=True)[:, index]
    return ak.to_numpy(ak.fill_none(ak.values_astype(padded, np.float64), np.nan))
