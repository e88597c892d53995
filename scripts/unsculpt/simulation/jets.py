"""Jets: anti-kT clustering, flavour and detector response."""

import awkward as ak
import fastjet
import numpy as np
import vector

from unsculpt.simulation import detector, partons
from unsculpt.simulation.kinematics import apart, firsts, near, objects, spherical

RADIUS = 0.4
CLUSTER_ETA_MAX, PT_MIN, ETA_MAX = 4.5, 25.0, 2.5
PHOTON_RADIUS, LEPTON_RADIUS = 0.4, 0.2
FLAVOUR_RADIUS, HADRON_PT_MIN = 0.3, 5.0

vector.register_awkward()  # fastjet recognises four-momenta by this


def cluster(visible, events, pt_min):
    """Anti-kT jets (arXiv:0802.1189) of visible particles other than muons, before the detector response.

    Parameters
    ----------
    visible : structured array
        Stable visible particles with fields event, px, py, pz, e, id.
    events : int
        Number of events.
    pt_min : float
        Least transverse momentum in GeV.

    Returns
    -------
    structured array
        Jets with event, pt, eta, phi, e and m, |eta| < 4.5.
    """
    inputs = visible[np.abs(visible["id"]) != 13]
    columns = {"px": inputs["px"], "py": inputs["py"], "pz": inputs["pz"], "E": inputs["e"]}
    momenta = ak.zip({name: np.ascontiguousarray(c) for name, c in columns.items()}, with_name="Momentum4D")
    counts = np.diff(firsts(inputs["event"], events))
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS)
    found = fastjet.ClusterSequence(ak.unflatten(momenta, counts), definition).inclusive_jets(min_pt=pt_min)
    px, py, pz, e = (ak.to_numpy(ak.flatten(found[name])) for name in ("px", "py", "pz", "E"))
    event = np.repeat(np.arange(events), ak.to_numpy(ak.num(found.px)))
    pt, eta, phi = spherical(px, py, pz)
    m = np.sqrt(np.maximum(e**2 - px**2 - py**2 - pz**2, 0.0))
    keep = np.abs(eta) < CLUSTER_ETA_MAX
    return objects(event[keep], pt=pt[keep], eta=eta[keep], phi=phi[keep], e=e[keep], m=m[keep])


def none():
    """An empty table of jets before the detector response."""
    return np.zeros(0, [("event", "i8"), *((name, "f8") for name in ("pt", "eta", "phi", "e", "m"))])


def measured(jets, photons, leptons, hadrons, quarks, events, rng):
    """Jets as the detector shows them: smeared, in the acceptance, apart from photons and leptons, with flavour.

    Parameters
    ----------
    hadrons : structured array
        Hadrons with a heavy quark: event, pt, eta, phi and flavour (5 or 4).
    quarks : structured array
        Of top decays (partons.of_tops).

    Returns
    -------
    structured array
        Jets with pt, eta, phi, e, flavour, mv2c10, top and role.
    """
    factor = detector.jet_factor(jets["e"], rng)
    jets = objects(jets["event"], pt=jets["pt"] * factor, eta=jets["eta"], phi=jets["phi"], e=jets["e"] * factor)
    jets = jets[(jets["pt"] > PT_MIN) & (np.abs(jets["eta"]) < ETA_MAX)]
    jets = jets[apart(jets, photons, events, PHOTON_RADIUS)]
    jets = jets[apart(jets, leptons, events, LEPTON_RADIUS)]
    flavour = _flavour(jets, hadrons, events)
    columns = {name: jets[name] for name in ("pt", "eta", "phi", "e")}
    columns |= {"flavour": flavour, "mv2c10": detector.btag_score(flavour, rng)}
    return objects(jets["event"], **columns, **partons.origin(jets, quarks, events))


def heavy_hadrons(particles):
    """Hadrons with a b or c quark above 5 GeV of an event record (generator.Particles)."""
    digits = np.abs(particles.id)
    quark = np.maximum(digits // 100 % 10, digits // 1000 % 10)  # the heaviest quark of a meson or baryon
    hadron = (digits > 100) & (digits < 100_000) & (digits // 10 % 10 > 0)  # a diquark has 0 there
    heavy = hadron & ((quark == 4) | (quark == 5))
    pt, eta, phi = spherical(particles.px[heavy], particles.py[heavy], particles.pz[heavy])
    hard = pt > HADRON_PT_MIN
    return objects(particles.event[heavy][hard], pt=pt[hard], eta=eta[hard], phi=phi[hard], flavour=quark[heavy][hard])


def _flavour(jets, hadrons, events):
    i, j, _ = near(jets, hadrons, events, FLAVOUR_RADIUS)
    flavour = np.zeros(len(jets), int)
    np.maximum.at(flavour, i, hadrons["flavour"][j].astype(int))
    return flavour
