import json
from types import SimpleNamespace

import awkward as ak
import draw_pseudodata
import numpy as np
import uproot
from defaults import default, reading

from unsculpt import logs, pseudodata
from unsculpt.simulation import sherpa

TOLD = reading(channels={"leptonic": {"require": False}, "hadronic": {"require": False}, "rest": {}})
SIMULATION = default("simulation", batch_size=200)


def drawn(folder, monkeypatch, blind, process="ntni", archive=None):
    """The events of pseudo-data, with the mass of their photon pair in GeV."""
    monkeypatch.setattr(pseudodata, "POOL_STEP", 200)
    params = SimpleNamespace(
        pseudodata={"signal": "tth", "background": "fakes", "signal_strength": 2},
        signal={"tth": {"process": "tth", "searched": True, "cross_section_pb": 0.5, "branching_ratio": 0.00227}},
        backgrounds={
            "fakes": {
                "process": process,
                "archive": archive,
                "searched": False,
                "normalisation": {"to": "sidebands", "sideband_events": 30, "channel": "all"},
            }
        },
        luminosity_fb=10,
        **TOLD,
        mass={"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1},
        simulation=SIMULATION,
        blind=blind,
        seed=1,
        sample_index=3,
    )
    draw_pseudodata.main(
        SimpleNamespace(
            input=SimpleNamespace(),
            output=SimpleNamespace(ntuple=folder / "0.root"),
            wildcards=SimpleNamespace(sample="data", chunk="0"),
            params=params,
        )
    )
    names = ["mcWeight", "XSection", "SumWeights", "runNumber", "photon_truthMatched"]
    with uproot.open(folder / "0.root") as file:
        events = file["mini"].arrays([*names, "eventNumber", "photon_pt", "photon_eta", "photon_phi"])
        assert str(file["generator"]) == f"pseudo-data: 2 x tth and {process}"
    pt, eta, phi = (ak.to_numpy(events[f"photon_{name}"][:, :2]).T for name in ("pt", "eta", "phi"))
    mass = np.sqrt(2 * pt[0] * pt[1] * (np.cosh(eta[0] - eta[1]) - np.cos(phi[0] - phi[1]))) / 1000
    return ak.with_field(events, mass, "mass")


def test_the_ntuple_looks_like_data(tmp_path, monkeypatch):
    events = drawn(tmp_path, monkeypatch, blind=False)
    assert 20 < len(events) < 120
    assert set(events.mcWeight) == {1}
    assert set(events.XSection) == set(events.SumWeights) == {0}
    assert set(events.runNumber) == {pseudodata.RUN}
    assert not ak.any(events.photon_truthMatched)


def test_a_blinded_ntuple_lacks_the_good_pairs_in_the_window_and_nothing_else(tmp_path, monkeypatch):
    events = [drawn(tmp_path, monkeypatch, hidden) for hidden in (False, True)]
    everything, blind = (ak.to_numpy(some.mass) for some in events)
    window = (everything >= 120) & (everything < 130)
    lost = ~np.isin(everything, blind)
    assert lost.sum() > 0.7 * window.sum()  # what remains there has a photon that the selection refuses
    assert not np.any(lost & ~window)
    np.testing.assert_array_equal(blind, everything[~lost])
    for some in events:
        assert some.eventNumber.tolist() == [*range(1, len(some) + 1)]  # no gap tells how many are gone


def test_pseudodata_without_the_matrix_element_carry_the_warning(tmp_path, monkeypatch):
    sherpa.integrate({"available": False, "reason": "no network"}, tmp_path / "sherpa.tar")
    with logs.listening():
        drawn(tmp_path, monkeypatch, blind=False, process="ttyy", archive=tmp_path / "sherpa.tar")
    with uproot.open(tmp_path / "0.root") as file:
        (warning,) = json.loads(str(file["unsculpt_warnings"]))
    assert warning == "Sherpa is not available, ttyy_dps is simulated instead: no network"
