"""Photon candidates: clusters of photons and electrons, or jets promoted to photons (the NTNI model)."""

from dataclasses import replace

import numpy as np

from unsculpt.kinematics import wrapped
from unsculpt.simulation.kinematics import distinct_pairs, near, objects, total
from unsculpt.simulation.preselection import in_event_with_pair, passed

PT_MIN, ETA_MAX, CRACK = 20.0, 2.37, (1.37, 1.52)
SEED_PT_MIN, SEED_RADIUS, CLUSTER_RADIUS = 10.0, 0.2, 0.1
CALORIMETER_RADIUS, TRACK_RADIUS = 0.2, 0.3
LOOSE = 0.2  # a candidate of the ntuple: isolations and hadronic leakage below this fraction of pT
PROMOTED_SHAPE, PROMOTED_AXIS, PROMOTED_TIGHT = (6.0, 1.5), 0.03, 0.1
TRUE_SHARE, JET_RADIUS = 0.9, 0.4  # a photon with this share of a jet is no fake


def clusters(visible, events, preselection, response, rng):
    """Photon candidates of the events in which two of them pass the preselection.

    Parameters
    ----------
    visible : structured array
        Stable visible particles with fields event, pt, eta, phi, e, id, charged and prompt.
    events : int
        Number of events.
    preselection : processes.Preselection
    response : detector.Detector
    rng : numpy.random.Generator

    Returns
    -------
    structured array
        Candidates with pt, eta, phi, e, tight, etcone20, ptcone30 and prompt; only of preselected events.
    """
    kind = np.abs(visible["id"])
    electromagnetic = visible[(kind == 22) | (kind == 11)]
    seeds = _seeds(electromagnetic, events)
    i, j, _ = near(seeds, electromagnetic, events, CLUSTER_RADIUS)
    candidates = _cluster(seeds, i, electromagnetic[j])
    factor = response.photon_factor(candidates["e"], rng)
    candidates["pt"] *= factor
    candidates["e"] *= factor
    candidates = candidates[accepted(candidates)]
    candidates = candidates[in_event_with_pair(candidates, events, preselection)]
    candidates = _isolate(candidates, visible, events)
    loose = (candidates["etcone20"] < LOOSE * candidates["pt"]) & (candidates["ptcone30"] < LOOSE * candidates["pt"])
    candidates = candidates[loose & (candidates["leakage"] < LOOSE)]
    return candidates[in_event_with_pair(candidates, events, preselection)]


def promoted(jets, photons, events, preselection, response, rng):
    """One random pair of promoted jets in each event that has one; at most one of the two is a true photon.

    A jet becomes a photon of z times its transverse momentum, z ~ Beta(6, 1.5), with its axis smeared by 0.03; what
    is left of the jet is the isolation, and one in ten is tight. A toy model of jets that fake photons.

    Parameters
    ----------
    jets : structured array
        Unsmeared jets with fields event, pt, eta, phi, e.
    photons : structured array
        Stable photons.

    Returns
    -------
    tuple
        Candidates as those of `clusters`, and the mask of the jets that were not promoted.
    """
    jets_in = np.flatnonzero((jets["pt"] > PT_MIN) & (np.abs(jets["eta"]) < ETA_MAX))
    made = _promote(jets[jets_in], photons, events, rng)
    factor = response.photon_factor(made["e"], rng)
    made["pt"] *= factor
    made["e"] *= factor
    good = accepted(made)
    made, jets_in = made[good], jets_in[good]
    i, j = distinct_pairs(made["event"], events)
    good = passed(made[i], made[j], preselection) & ~(made["prompt"][i] & made["prompt"][j])
    i, j = i[good], j[good]
    order = np.lexsort((rng.random(len(i)), made["event"][i]))  # a random pair comes first in each event
    chosen = order[np.unique(made["event"][i][order], return_index=True)[1]]
    used = np.concatenate([i[chosen], j[chosen]])
    left = np.ones(len(jets), bool)
    left[jets_in[used]] = False
    fields = {name: made[name][used] for name in made.dtype.names if name != "event"}
    return objects(made["event"][used], **fields), left


def accepted(photons):
    """Mask of the photons above the threshold, in the acceptance and outside the crack."""
    eta = np.abs(photons["eta"])
    return (photons["pt"] > PT_MIN) & (eta < ETA_MAX) & ((eta < CRACK[0]) | (eta > CRACK[1]))


def none():
    """An empty table of candidates."""
    floats = ("pt", "eta", "phi", "e", "etcone20", "ptcone30")
    return np.zeros(0, [("event", "i8"), *((name, "f8") for name in floats), ("tight", "?"), ("prompt", "?")])


def with_good_photons(sample):
    """The `samples.Sample` with all photons tight and their isolation brought below the cuts, whatever it was."""
    photons = sample.photons.copy()
    photons["tight"] = True
    for cone in ("etcone20", "ptcone30"):
        # scaled down monotonously, at most a twentieth of pT: isolated under any usual cut
        ratio = photons[cone] / photons["pt"]
        photons[cone] = photons["pt"] * 0.05 * ratio / (ratio + 0.05)
    return replace(sample, photons=photons)


def _seeds(electromagnetic, events):
    """Photons that are the hardest within the seed radius."""
    hard = electromagnetic[
        (electromagnetic["id"] == 22)
        & (electromagnetic["pt"] > SEED_PT_MIN)
        & (np.abs(electromagnetic["eta"]) < ETA_MAX)
    ]
    i, j, _ = near(hard, hard, events, SEED_RADIUS)
    keep = np.ones(len(hard), bool)
    keep[i[hard["pt"][i] < hard["pt"][j]]] = False
    return hard[keep]


def _cluster(seeds, owner, members):
    """Massless clusters: the sum of the members of each seed."""
    n = len(seeds)
    px = total(owner, members["pt"] * np.cos(members["phi"]), n)
    py = total(owner, members["pt"] * np.sin(members["phi"]), n)
    pz = total(owner, members["pt"] * np.sinh(members["eta"]), n)
    pt = np.hypot(px, py)
    table = np.zeros(n, [*seeds.dtype.descr, ("true_pt", "f8"), ("seed_share", "f8"), ("scalar", "f8")])
    table["event"], table["prompt"] = seeds["event"], seeds["prompt"]
    table["pt"] = table["true_pt"] = pt
    table["eta"], table["phi"] = np.arcsinh(pz / pt), np.arctan2(py, px)
    table["e"] = pt * np.cosh(table["eta"])
    table["seed_share"] = seeds["pt"] / pt
    table["scalar"] = total(owner, members["pt"], n)
    return table


def _isolate(candidates, visible, events):
    """Candidates with isolation, hadronic leakage and the surrogate of tight identification."""
    i, j, r = near(candidates, visible, events, TRACK_RADIUS)
    kind, pt, n = np.abs(visible["id"][j]), visible["pt"][j], len(candidates)
    hadron = (kind != 22) & (kind != 11) & (kind != 13)
    leakage = total(i, pt * (hadron & (r < CLUSTER_RADIUS)), n) / candidates["true_pt"]
    cone = total(i, pt * ((kind != 13) & (r < CALORIMETER_RADIUS)), n) - candidates["scalar"]
    tracks = total(i, pt * (visible["charged"][j] & (pt > 1.0)), n)
    return objects(
        candidates["event"],
        **{name: candidates[name] for name in ("pt", "eta", "phi", "e", "prompt")},
        tight=(leakage < 0.02) & (candidates["seed_share"] > 0.85),
        leakage=leakage,
        etcone20=np.maximum(cone, 0.0),
        ptcone30=tracks,
    )


def _promote(jets, photons, events, rng):
    """Every jet as a photon candidate, in the order of the jets."""
    n = len(jets)
    photons = photons[photons["pt"] > TRUE_SHARE * PT_MIN]
    i, j, _ = near(jets, photons, events, JET_RADIUS)
    hardest = np.zeros(n)
    np.maximum.at(hardest, i, photons["pt"][j])
    true = hardest > TRUE_SHARE * jets["pt"]
    z = np.where(true, 1.0, rng.beta(*PROMOTED_SHAPE, n))
    rest = (1 - z) * jets["pt"]
    table = np.zeros(
        n,
        [(f, "f8") for f in ("pt", "eta", "phi", "e", "etcone20", "ptcone30", "leakage")]
        + [("event", "i8"), ("tight", "?"), ("prompt", "?")],
    )
    table["event"], table["prompt"] = jets["event"], true
    table["pt"] = z * jets["pt"]
    axis = np.where(true, 0.0, PROMOTED_AXIS)
    table["eta"] = jets["eta"] + axis * rng.standard_normal(n)
    table["phi"] = wrapped(jets["phi"] + axis * rng.standard_normal(n))
    table["e"] = table["pt"] * np.cosh(table["eta"])
    table["etcone20"], table["ptcone30"] = 0.7 * rest, 0.6 * rng.random(n) * rest
    table["tight"] = true | (rng.random(n) < PROMOTED_TIGHT)
    return table
