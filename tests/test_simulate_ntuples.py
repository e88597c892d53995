import hashlib
import json
from types import SimpleNamespace

import awkward as ak
import numpy as np
import pytest
import simulate_ntuples
import uproot
from defaults import default
from given_selection import file_format

from unsculpt import formats, logs, ntuples
from unsculpt.simulation import pileup, sherpa

SIMULATION = default("simulation", batch_size=100)


def run(path, *chunks, process="tth", events=50, sample_index=0, archive=(), pile_up=0):
    simulate_ntuples.main(
        SimpleNamespace(
            input=SimpleNamespace(sherpa=archive),
            output=SimpleNamespace(ntuple=path),
            wildcards=SimpleNamespace(sample=process, part="0"),
            params=SimpleNamespace(
                chunks=list(chunks or [0]),
                process=process,
                events=events,
                pile_up=pile_up,
                simulation=SIMULATION,
                seed=1,
                sample_index=sample_index,
            ),
        )
    )
    return path


def test_a_chunk_is_the_same_file_whenever_it_is_made(tmp_path):
    digests = {hashlib.sha256(run(tmp_path / f"{i}.root").read_bytes()).hexdigest() for i in range(2)}
    assert len(digests) == 1


def test_chunks_hold_different_events_with_different_numbers(tmp_path):
    numbers, pts = [], []
    for chunk in range(2):
        with uproot.open(run(tmp_path / f"{chunk}.root", chunk)) as file:
            events = file["mini"].arrays(["eventNumber", "photon_pt", "SumWeights"])
        numbers.append(events.eventNumber.to_numpy())
        pts.append(events.photon_pt[:, 0].to_numpy())
        assert abs(events.SumWeights[0] - 50) < 1
    assert not set(numbers[0]) & set(numbers[1])
    assert numbers[0].min() >= 1
    assert numbers[0].max() <= 50 < numbers[1].min()
    assert not np.isin(pts[0], pts[1]).any()


def test_the_ntuple_says_how_it_was_made(tmp_path):
    with uproot.open(run(tmp_path / "0.root", process="ntni")) as file:
        assert "promoted" in str(file["generator"])
        assert set(file["mini"]["channelNumber"].array().to_list()) == {900003}


def test_a_file_of_several_chunks_holds_the_events_of_a_file_for_each(tmp_path):
    with uproot.open(run(tmp_path / "both.root", 0, 1, process="ntni")) as file:
        both, about = file["mini"].arrays(), str(file["unsculpt_chunks"])
    apart = []
    for chunk in range(2):
        with uproot.open(run(tmp_path / f"{chunk}.root", chunk, process="ntni")) as file:
            apart.append(file["mini"].arrays())
            assert "unsculpt_chunks" not in file
    assert [chunk["entries"] for chunk in json.loads(about)] == [len(events) for events in apart]
    for name in both.fields:
        if name not in ("SumWeights", "XSection"):
            assert ak.array_equal(both[name], ak.concatenate([events[name] for events in apart])), name


def test_an_ntuple_without_the_matrix_element_carries_the_warning(tmp_path):
    sherpa.integrate({"available": False, "reason": "no network"}, tmp_path / "sherpa.tar")
    with logs.listening():
        path = run(tmp_path / "0.root", 0, 1, process="ttyy", archive=tmp_path / "sherpa.tar")
    with uproot.open(path) as file:
        (warning,) = json.loads(str(file["unsculpt_warnings"]))
    assert warning == "Sherpa is not available, ttyy_dps is simulated instead: no network"
    with uproot.open(run(tmp_path / "other.root")) as file:
        assert "unsculpt_warnings" not in file


def test_a_file_of_muon_pairs_needs_no_photons(tmp_path):
    with uproot.open(run(tmp_path / "0.root", 0, 1, process="zmm", events=100)) as file:
        events = file["mini"].arrays(["channelNumber", "photon_n", "lep_n", "lep_type", "eventNumber"])
        assert "Z -> mumu" in str(file["generator"])
    assert set(events.channelNumber) == {900005}
    assert set(events.photon_n) == {0}
    assert ak.all(ak.sum(events.lep_type == 13, axis=1) >= 2)
    assert len(np.unique(events.eventNumber)) == len(events) > 40


def test_a_file_of_large_jets_has_them_in_the_names_of_the_open_data(tmp_path):
    with uproot.open(run(tmp_path / "0.root", 0, 1, process="multijets", events=100)) as file:
        events = file["mini"].arrays(filter_name=["mcWeight", "SumWeights", "XSection", "*_n", "largeRjet_*"])
    assert ak.all(events.largeRjet_n >= 1)
    assert set(events.photon_n) == set(events.jet_n) == {0}
    mass, pt = events.largeRjet_m, events.largeRjet_pt
    assert ak.all((mass > 50e3) & (mass < 300e3) & (pt > 200e3))
    p = pt * np.cosh(events.largeRjet_eta)
    np.testing.assert_allclose(ak.flatten(np.sqrt(events.largeRjet_E**2 - p**2)), ak.flatten(mass), rtol=1e-2)
    assert ak.all((events.largeRjet_tau21 > 0) & (events.largeRjet_tau21 <= 1.0001) & (events.largeRjet_D2 > 0))
    assert events.XSection[0] > 1e4


def test_a_file_with_pile_up_counts_its_vertices_and_one_without_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr(pileup, "POOL", 100)
    events = {"process": "wprime", "events": 60}
    for name, mean in (("first", 10), ("again", 10), ("clean", 0)):
        run(tmp_path / f"{name}.root", pile_up=mean, **events)
    assert (tmp_path / "first.root").read_bytes() == (tmp_path / "again.root").read_bytes()
    with uproot.open(tmp_path / "first.root") as crowded, uproot.open(tmp_path / "clean.root") as clean:
        vertices = crowded["mini"]["npv"].array(library="np")
        assert vertices.mean() == pytest.approx(11, abs=5 * np.sqrt(10 / len(vertices)))
        assert "npv" not in clean["mini"]
    about = formats.reduced(file_format("large_jets"), {"large_jet": {"pt"}, "": {"npv"}})
    for name, expected in (("first", vertices), ("clean", 1)):
        with ntuples.Ntuple(str(tmp_path / f"{name}.root"), about, step_size="50 MB", simulated=True) as ntuple:
            (step,) = ntuple
        np.testing.assert_array_equal(step["npv"], expected)
