"""What is computed from the constituents of jets, with the definitions of ATL-PHYS-PUB-2018-014. Units are GeV.

Subjets come from the clustering of fastjet; everything else is a sum over constituents, their pairs or triplets.
"""

import fastjet
import numpy as np

from unsculpt.kinematics import wrapped
from unsculpt.simulation.constituents import WIDE, clustered, exclusive

NAMES = (
    "tau21", "tau32", "c2", "d2", "angularity", "aplanarity", "fox_wolfram_20", "kt_dr", "planar_flow", "split12",
    "zcut12", "constituents",
)  # fmt: skip
LEAST = 3  # constituents of a jet: fewer have no D2
BLOCK = 32  # jets at a time, for which all pairs are held
_TINY = 1e-12


def observables(jets, *, radius):
    """Ten observables of jets (table 1 of ATL-PHYS-PUB-2018-014) and two more.

    Parameters
    ----------
    jets : constituents.Jets
        Each of at least `LEAST` constituents and with a mass.
    radius : float
        Of the clustering; the normalisation of the N-subjettiness.

    Returns
    -------
    dict of float arrays, shape (n,)
        tau21, tau32, c2, d2, angularity, aplanarity, fox_wolfram_20, kt_dr, planar_flow, split12 (GeV), zcut12, and the
        number of constituents.
    """
    tau = subjettiness(jets, (1, 2, 3), radius=radius)
    split, _ = last_splitting(jets, radius=1.5)
    rest = at_rest(jets)
    e2, e3 = correlators(jets)
    return {
        "tau21": tau[:, 1] / np.maximum(tau[:, 0], _TINY),
        "tau32": tau[:, 2] / np.maximum(tau[:, 1], _TINY),
        "c2": e3 / e2**2,
        "d2": e3 / e2**3,
        "angularity": angularity(jets),
        "aplanarity": aplanarity(jets, rest),
        "fox_wolfram_20": fox_wolfram_20(jets, rest),
        "kt_dr": last_splitting(jets, radius=0.4)[1],
        "planar_flow": planar_flow(jets),
        "split12": split,
        "zcut12": split**2 / (split**2 + jets.mass**2),
        "constituents": jets.size.astype(float),
    }


def subjettiness(jets, numbers, *, radius):
    """N-subjettiness (arXiv:1108.2701) with beta = 1 on winner-take-all kT axes, normalised to the constituents.

    The axes for all numbers are those of one clustering: its last steps.

    Returns
    -------
    float array, shape (n, len(numbers))
    """
    pt, rapidity, phi = jets.transverse
    sequence = clustered(jets.awkward, fastjet.kt_algorithm, WIDE, fastjet.WTA_pt_scheme)
    found = []
    for number in numbers:
        px, py, pz, e = np.moveaxis(jets.spread(exclusive(sequence, number)), -1, 0)
        dphi = wrapped(phi[:, None] - np.arctan2(py, px))
        distance = np.hypot(rapidity[:, None] - np.arctanh(pz / e), dphi).min(axis=1)
        found.append(jets.sum(pt * distance) / (jets.sum(pt) * radius))
    return np.stack(found, axis=1)


def correlators(jets):
    """Energy correlation functions e2 and e3 with beta = 1 (arXiv:1305.0007), shape (n,) each.

    Sums over pairs and triplets of the product of all z, the share of pT, and of all distances in rapidity and azimuth.
    With the matrix C of d_ij z_j the sum over triplets is a sixth of the trace of C^3. Jets of a block are padded with
    z = 0.
    """
    pt, rapidity, phi = jets.transverse
    z = pt / jets.spread(jets.sum(pt))
    e2, e3 = np.empty((2, len(jets)))
    order = np.argsort(jets.size, kind="stable")  # jets of a block are of about one size
    for block in np.array_split(order, len(jets) // BLOCK + 1):
        place = np.arange(jets.size[block].max(initial=1))
        own = place < jets.size[block, None]
        rows = np.where(own, jets.first[block, None] + place, jets.first[block, None])
        share, y, f = np.where(own, z[rows], 0.0), rapidity[rows], phi[rows]
        d = np.sqrt((y[:, :, None] - y[:, None, :]) ** 2 + (f[:, :, None] - f[:, None, :]) ** 2)
        d *= share[:, None, :]
        e2[block] = np.einsum("nij,ni->n", d, share) / 2
        e3[block] = np.einsum("nij,nji->n", d @ d, d) / 6
    return e2, e3


def last_splitting(jets, *, radius):
    """The last step of the kT clustering (arXiv:hep-ph/0201098): two subjets become the jet.

    Returns
    -------
    scale, distance : float arrays, shape (n,)
        sqrt(d12) = min(pT) dR in GeV, dR in rapidity, and the distance of the two in pseudorapidity and azimuth.
    """
    p = exclusive(clustered(jets.awkward, fastjet.kt_algorithm, radius), 2)
    pt, phi = np.hypot(p[..., 0], p[..., 1]), np.arctan2(p[..., 1], p[..., 0])
    eta, rapidity = np.arcsinh(p[..., 2] / pt), np.arctanh(p[..., 2] / p[..., 3])
    dphi = wrapped(phi[:, 0] - phi[:, 1])
    return pt.min(1) * np.hypot(rapidity[:, 0] - rapidity[:, 1], dphi), np.hypot(eta[:, 0] - eta[:, 1], dphi)


def angularity(jets):
    """Angularity of a = -2, sum of E sin(theta)^a (1 - cos(theta))^(1 - a) over the mass (arXiv:0807.0234), shape (n,).

    Near the axis 1 - cos(theta) is sin(theta)^2 / (1 + cos(theta)), without the cancellation.
    """
    axis = jets.spread(jets.momentum[:, :3] / np.linalg.norm(jets.momentum[:, :3], axis=1, keepdims=True))
    length = np.linalg.norm(jets.p[:, :3], axis=1)
    cosine = np.sum(jets.p[:, :3] * axis, axis=1) / length
    sine = np.linalg.norm(np.cross(jets.p[:, :3], axis), axis=1) / length
    return jets.sum(jets.p[:, 3] * sine**4 / np.maximum(1 + cosine, _TINY) ** 3) / jets.mass


def planar_flow(jets):
    """4 det / trace^2 of the sum of p_a p_b / E in the plane across the jet axis (arXiv:0807.0234), shape (n,)."""
    axis = jets.momentum[:, :3] / np.linalg.norm(jets.momentum[:, :3], axis=1, keepdims=True)
    first = np.stack([-axis[:, 1], axis[:, 0], np.zeros(len(axis))], axis=1)
    first /= np.hypot(axis[:, 0], axis[:, 1])[:, None]
    second = np.cross(axis, first)
    a, b = (np.sum(jets.p[:, :3] * jets.spread(across), axis=1) for across in (first, second))
    xx, xy, yy = jets.sum(np.stack([a * a, a * b, b * b], axis=1) / jets.p[:, 3:]).T
    return 4 * (xx * yy - xy**2) / (xx + yy) ** 2


def at_rest(jets):
    """Three-momenta of the constituents in the rest frame of their jet, shape (constituents, 3)."""
    total, energy, mass = jets.momentum[:, :3], jets.momentum[:, 3], jets.mass
    along = np.sum(jets.p[:, :3] * jets.spread(total), axis=1)
    factor = (along / jets.spread(energy + mass) - jets.p[:, 3]) / jets.spread(mass)
    return jets.p[:, :3] + factor[:, None] * jets.spread(total)


def aplanarity(jets, p):
    """1.5 times the least eigenvalue of the sphericity tensor in the rest frame (`p` of `at_rest`), shape (n,)."""
    tensor = _tensor(jets, p, 0)
    return 1.5 * np.linalg.eigvalsh(tensor)[:, 0] / np.trace(tensor, axis1=1, axis2=2)


def fox_wolfram_20(jets, p):
    """H2 / H0 over pairs of different constituents in the rest frame (Phys. Rev. Lett. 41, 1581), shape (n,).

    The sum of |p_i| |p_j| cos^2 over pairs is that of the squares of a tensor: no matrix of pairs is made.
    """
    size = np.linalg.norm(p, axis=1)
    total, squares = jets.sum(np.stack([size, size**2], axis=1)).T
    tensor = _tensor(jets, p, 1)
    return (1.5 * np.sum(tensor**2, axis=(1, 2)) - 0.5 * total**2 - squares) / (total**2 - squares)


def _tensor(jets, p, power):
    """Sum of p_a p_b / |p|^power of each jet, shape (n, 3, 3)."""
    scale = np.linalg.norm(p, axis=1) ** -power if power else 1.0
    return jets.sum(p[:, :, None] * (p * np.reshape(scale, (-1, 1)))[:, None, :])
