"""N-subjettiness, soft drop and a reconstruction of tops, from the constituents of jets. Units are GeV.

The clustering is fastjet's. Each function takes n jets (`simulation.constituents.Jets`), the fields that are wanted and
the radius of the jets, and gives these fields by name, shape (n,).
"""

import awkward as ak
import fastjet
import numpy as np

from unsculpt.kinematics import wrapped
from unsculpt.simulation import constituents
from unsculpt.simulation.constituents import WIDE, Jets, clustered, exclusive
from unsculpt.substructure import GROOMED, TAU

SOFT_DROP_CUT = 0.1  # of soft drop (arXiv:1402.2657) with beta = 0, as of the modified mass-drop tagger
RADII = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)  # of the reconstruction, besides that of the jet
KEPT_SHARE = 0.8  # of the mass of the jet that is left at its optimal radius
FILTER_RADIUS, FILTERED = 0.2, 5  # subjets that are kept
W_OVER_TOP = 80.4 / 172.5
_TINY = 1e-12


def subjettiness(jets, names, radius):
    """N-subjettiness (arXiv:1108.2701) about winner-take-all kT axes, for every N and exponent (`substructure.TAU`).

    The axes of every N are the last steps of one clustering. Of N constituents or fewer it is zero.
    """
    found, numbers = {name: np.zeros(len(jets)) for name in names}, sorted({TAU[name][0] for name in names})
    many = jets.size > numbers[-1]
    _add_subjettiness(found, jets, many, numbers, radius)
    for number in numbers:
        _add_subjettiness(found, jets, ~many & (jets.size > number), [number], radius)
    return found


def _add_subjettiness(found, jets, mask, numbers, radius):
    """The N-subjettiness of the jets of a mask, which have more than N constituents, into the columns of all."""
    if not mask.any():
        return
    some = jets[mask]
    pt, rapidity, phi = some.transverse
    share = pt / some.spread(some.sum(pt))
    sequence = clustered(some.awkward, fastjet.kt_algorithm, WIDE, fastjet.WTA_pt_scheme)
    for number in numbers:
        px, py, pz, e = np.moveaxis(some.spread(exclusive(sequence, number)), -1, 0)
        dphi = wrapped(phi[:, None] - np.arctan2(py, px))
        distance = np.hypot(rapidity[:, None] - np.arctanh(pz / e), dphi).min(axis=1) / radius
        for name in found:
            if TAU[name][0] == number:
                found[name][mask] = some.sum(share * distance ** TAU[name][1])


def groomed(jets, names, radius):
    """Mass, transverse momentum and N-subjettiness after soft drop; zero where N constituents or fewer are left."""
    left = soft_dropped(jets, radius)
    found = {"mass_sd": left.mass, "pt_sd": left.pt}
    if numbers := {name: f"tau{GROOMED[name]}" for name in names if GROOMED[name]}:
        tau = subjettiness(left, [*numbers.values()], radius)
        found |= {name: tau[plain] for name, plain in numbers.items()}
    return {name: found[name] for name in names}


def soft_dropped(jets, radius):
    """The jets after soft drop, at least one constituent each."""
    sequence = clustered(jets.awkward, fastjet.cambridge_algorithm, WIDE)
    inside = sequence.exclusive_jets_softdrop_grooming(
        njets=1, beta=0.0, symmetry_cut=SOFT_DROP_CUT, R0=radius
    ).constituents
    p = np.stack([ak.to_numpy(ak.flatten(inside[name], axis=None)) for name in ("px", "py", "pz", "E")], axis=1)
    number = ak.num(inside, axis=-1)
    size = ak.to_numpy(ak.sum(number, axis=-1) if number.ndim > 1 else number).astype(int)
    return Jets(np.concatenate([[0], np.cumsum(size)]), p, jets.event)


def reconstructed(jets, names, radius):
    """What a tagger of three prongs reconstructs, after the HEPTopTagger (arXiv:1503.05921).

    hep_radius : the optimal radius, the least at which the hardest subjet (Cambridge/Aachen) keeps `KEPT_SHARE` of the
        mass of the jet; in a narrow range of transverse momentum its expectation is a constant, which is not taken off.
    hep_mass : mass of the `FILTERED` hardest subjets of radius `FILTER_RADIUS` of that subjet.
    hep_ratio : of the three kT subjets of what was filtered, the pair whose mass is the nearest to that of a W boson
        beside a top: the least abs((m_ij / m_123) / (m_W / m_t) - 1); one where there are no three.

    The mass-drop criterion of the original, which finds subjets in fat jets of radius 1.5, is left out: all of these
    jets are of about one size, and three prongs within it.
    """
    chosen, at, wide = jets, np.full(len(jets), radius), np.ones(len(jets), bool)
    for smaller in sorted((other for other in RADII if other < radius), reverse=True):
        hardest = _hardest(jets, smaller, 1)
        wide = wide & (hardest.mass > KEPT_SHARE * jets.mass)
        chosen, at = _one_or_other(wide, hardest, chosen), np.where(wide, smaller, at)
    filtered = _hardest(chosen, FILTER_RADIUS, FILTERED)
    found = {"hep_mass": filtered.mass, "hep_ratio": np.ones(len(jets)), "hep_radius": at}
    enough = filtered.size >= 3
    if enough.any():
        p = exclusive(clustered(filtered[enough].awkward, fastjet.kt_algorithm, WIDE), 3)
        pairs = np.stack([constituents.mass(p[:, i] + p[:, j]) for i, j in ((0, 1), (0, 2), (1, 2))], axis=1)
        whole = np.maximum(constituents.mass(p.sum(1)), _TINY)
        found["hep_ratio"][enough] = np.abs(pairs / whole[:, None] / W_OVER_TOP - 1).min(axis=1)
    return {name: found[name] for name in names}


def _hardest(jets, radius, number):
    """Of each jet its hardest subjets (Cambridge/Aachen), so many of them, as one jet."""
    index = clustered(jets.awkward, fastjet.cambridge_algorithm, radius).constituent_index(min_pt=0.0)
    owner = np.repeat(np.arange(len(jets)), ak.to_numpy(ak.num(index)))
    subjets = constituents.gathered(index, owner, jets.first[:-1], jets.p, owner)
    order, place = np.lexsort((-subjets.pt, owner)), np.empty(len(owner), int)
    place[order] = np.arange(len(owner)) - np.searchsorted(owner, owner)
    left = subjets[place < number]
    size = np.bincount(left.event, left.size, minlength=len(jets)).astype(int)
    return Jets(np.concatenate([[0], np.cumsum(size)]), left.p, jets.event)


def _one_or_other(mask, one, other):
    """The jets of one where the mask is true, else those of the other."""
    first = np.concatenate([one.first, one.first[-1] + other.first[1:]])
    both = Jets(first, np.concatenate([one.p, other.p]), np.concatenate([one.event, other.event]))
    place = np.arange(len(mask))
    return both.take(np.where(mask, place, len(mask) + place))
