"""Photons, jets and leptons of a batch of events: quality, identification, isolation, b-tags. Knows no files."""

from dataclasses import dataclass, fields, replace

import awkward as ak
import numpy as np

from unsculpt.kinematics import delta_r

LEPTON_ABS_ETA_MAX = 2.5  # of the tracker
JET_PHOTON_DR_MIN = 0.4  # the jet radius: nearer, both are the same deposits


@dataclass(frozen=True)
class Batch:
    """Some events, with their objects in order of falling transverse momentum.

    run, event : int64, shape (n,).
    weight : float64, shape (n,).
    trigger : bool, shape (n,).
    photons : jagged records of pt, eta, phi, e, conversion (1, 0, or NaN when unknown), tight, isolated.
    jets : jagged records of pt, eta, phi, e, btag.
    leptons : jagged records of pt, eta, phi.
    met, met_phi : float64, shape (n,), NaN when unknown.

    Energies and momenta are in GeV.
    """

    run: np.ndarray
    event: np.ndarray
    weight: np.ndarray
    trigger: np.ndarray
    photons: ak.Array
    jets: ak.Array
    leptons: ak.Array
    met: np.ndarray
    met_phi: np.ndarray

    def __len__(self):
        return len(self.weight)

    def __getitem__(self, mask):
        """The events of a mask."""
        return replace(self, **{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def build(arrays, *, selection):
    """The objects of one step of an ntuple.

    Parameters
    ----------
    arrays : dict of arrays by schema name, in GeV (a step of `ntuples.Ntuple`).
    selection : dict, the configuration `selection`.
    """
    n = len(arrays["weight"])
    unknown = np.full(n, np.nan)
    return Batch(
        run=np.asarray(arrays["runNumber"]).astype(np.int64),
        event=np.asarray(arrays["eventNumber"]).astype(np.int64),
        weight=arrays["weight"],
        trigger=np.asarray(arrays.get("trigP", np.ones(n)), bool),
        photons=photons(arrays, selection),
        jets=jets(arrays, selection),
        leptons=leptons(arrays, selection),
        met=arrays.get("met_et", unknown),
        met_phi=arrays.get("met_phi", unknown),
    )


def photons(arrays, selection):
    """Photons that pass pT and pseudorapidity (outside the calorimeter crack), of any identification and isolation."""
    pt, eta = arrays["photon_pt"], arrays["photon_eta"]
    yes = ak.ones_like(pt, dtype=bool)
    isolated = yes
    for cone, limit in (("photon_etcone20", "etcone20_over_pt_max"), ("photon_ptcone30", "ptcone30_over_pt_max")):
        if cone in arrays:
            isolated = isolated & (arrays[cone] < selection[limit] * pt)
    conversion = arrays["photon_convType"] != 0 if "photon_convType" in arrays else ak.full_like(pt, np.nan)
    candidates = ak.zip(
        {
            "pt": pt,
            "eta": eta,
            "phi": arrays["photon_phi"],
            "e": arrays.get("photon_E", pt * np.cosh(eta)),
            "conversion": ak.values_astype(conversion, np.float64),
            "tight": ak.values_astype(arrays.get("photon_isTightID", yes), bool),
            "isolated": isolated,
        }
    )
    low, high = selection["crack_abs_eta"]
    outside = (abs(eta) < low) | (abs(eta) > high)
    good = (pt > selection["photon_pt_min_gev"]) & (abs(eta) < selection["photon_abs_eta_max"]) & outside
    return by_pt(candidates[good])


def jets(arrays, selection):
    """Jets that pass pT and pseudorapidity, with their b-tag; none when the file has none."""
    if "jet_pt" not in arrays:
        return _none(arrays, ("pt", "eta", "phi", "e", "btag"))
    pt, eta = arrays["jet_pt"], arrays["jet_eta"]
    score = arrays.get("jet_MV2c10", ak.full_like(pt, -np.inf))
    candidates = ak.zip(
        {
            "pt": pt,
            "eta": eta,
            "phi": arrays["jet_phi"],
            "e": arrays.get("jet_E", pt * np.cosh(eta)),
            "btag": score > selection["btag_mv2c10_min"],
        }
    )
    return by_pt(candidates[(pt > selection["jet_pt_min_gev"]) & (abs(eta) < selection["jet_abs_eta_max"])])


def leptons(arrays, selection):
    """Electrons and muons that pass pT and pseudorapidity; none when the file has none."""
    if "lep_pt" not in arrays:
        return _none(arrays, ("pt", "eta", "phi"))
    pt, eta = arrays["lep_pt"], arrays["lep_eta"]
    candidates = ak.zip({"pt": pt, "eta": eta, "phi": arrays["lep_phi"]})
    return by_pt(candidates[(pt > selection["lepton_pt_min_gev"]) & (abs(eta) < LEPTON_ABS_ETA_MAX)])


def by_pt(candidates):
    """Each event's objects in order of falling transverse momentum; equal ones keep their order."""
    return candidates[ak.argsort(candidates.pt, ascending=False, stable=True)]


def away_from(jets, eta, phi):
    """The jets with dR > 0.4 from every direction (eta, phi), each of shape (n, number of directions).

    Ntuples have the overlap removed already; this guards against files that have not.
    """
    clear = ak.ones_like(jets.pt, dtype=bool)
    for i in range(eta.shape[1]):
        clear = clear & (delta_r(jets.eta - eta[:, i], jets.phi - phi[:, i]) > JET_PHOTON_DR_MIN)
    return jets[clear]


def _none(arrays, names):
    """Jagged records without a single object."""
    empty = arrays["photon_pt"][:, :0]
    return ak.zip({name: ak.values_astype(empty, bool) if name == "btag" else empty for name in names})
