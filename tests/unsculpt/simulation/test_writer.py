import hashlib
import time

import awkward as ak
import numpy as np
import pytest
import uproot

from unsculpt.simulation import writer

WEIGHTS = {f"scaleFactor_{name}" for name in writer.SCALE_FACTORS}
EVENT = {"runNumber", "eventNumber", "channelNumber", "mcWeight", "XSection", "SumWeights", "met_et", "met_phi"}
TRIGGERS = {"trigE", "trigM", "trigP", "trigT", "trigDT"}
MOMENTUM = {"pt", "eta", "phi", "E"}
PHOTON = MOMENTUM | {"truthMatched", "trigMatched", "isTightID", "ptcone30", "etcone20", "convType"}
JET = MOMENTUM | {"jvt", "trueflav", "truthMatched", "MV2c10", "top", "role"}
LEPTON = MOMENTUM | {"truthMatched", "trigMatched", "z0", "charge", "type", "isTightID", "ptcone30", "etcone20"}
LEPTON |= {"trackd0pvunbiased", "tracksigd0pvunbiased"}
HEADER = {"run": 284500, "channel_number": 341081, "first_event": 1, "cross_section_pb": 0.35, "sum_weights": 800.0}


@pytest.fixture
def ntuple(tth, tmp_path):
    path = tmp_path / "0.root"
    writer.write(tth, path, **HEADER, generator="a toy")
    return path


def test_the_tree_has_the_branches_of_the_open_data(ntuple):
    expected = EVENT | WEIGHTS | TRIGGERS | {"photon_n", "jet_n", "lep_n"}
    expected |= {f"photon_{x}" for x in PHOTON} | {f"jet_{x}" for x in JET} | {f"lep_{x}" for x in LEPTON}
    with uproot.open(ntuple) as file:
        assert set(file["mini"].keys()) == expected
        assert str(file["generator"]) == "a toy"


def test_energies_are_in_mev_and_angles_are_not(ntuple, tth):
    with uproot.open(ntuple) as file:
        events = file["mini"].arrays()
    np.testing.assert_allclose(ak.flatten(events.photon_pt), 1000 * tth.photons["pt"], rtol=1e-6)
    np.testing.assert_allclose(ak.flatten(events.jet_E), 1000 * tth.jets["e"], rtol=1e-6)
    np.testing.assert_allclose(ak.flatten(events.lep_eta), tth.leptons["eta"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(events.met_et, 1000 * np.hypot(tth.met_x, tth.met_y), rtol=1e-6)


def test_counters_count_the_objects_and_event_numbers_are_unique(ntuple, tth):
    with uproot.open(ntuple) as file:
        events = file["mini"].arrays()
    assert len(events) == len(tth)
    for name, table in (("photon", tth.photons), ("jet", tth.jets), ("lep", tth.leptons)):
        assert ak.sum(events[f"{name}_n"]) == len(table)
        assert ak.to_list(ak.num(events[f"{name}_pt"])) == ak.to_list(events[f"{name}_n"])
    assert len(np.unique(events.eventNumber)) == len(tth)
    assert set(ak.to_numpy(events.runNumber)) == {284500}


def test_the_same_sample_gives_the_same_bytes_at_another_time_and_place(tth, tmp_path):
    digests = set()
    for name in ("one.root", "another_name.root"):
        writer.write(tth, tmp_path / name, **HEADER, generator="a toy")
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
        time.sleep(1.1)  # ROOT files count seconds
    assert len(digests) == 1


def test_the_triggers_are_those_of_the_objects(ntuple):
    with uproot.open(ntuple) as file:
        events = file["mini"].arrays()
    leading = events.photon_pt[:, 0] > 35e3
    assert ak.all(events.trigP == (leading & (events.photon_pt[:, 1] > 25e3)))
    electrons = ak.any((events.lep_type == 11) & (events.lep_pt > 27e3), axis=1)
    assert ak.all(events.trigE == electrons)


def test_events_without_photons_have_the_same_branches(ntuple, zmm, tmp_path):
    writer.write(zmm, tmp_path / "z.root", **HEADER, generator="a toy")
    with uproot.open(tmp_path / "z.root") as file, uproot.open(ntuple) as other:
        assert file["mini"].typenames() == other["mini"].typenames()
        events = file["mini"].arrays()
    assert len(events) == len(zmm)
    assert set(events.photon_n) == {0}
    assert ak.count(events.photon_pt) == 0
    assert not ak.any(events.trigP)
    muons = ak.any((events.lep_type == 13) & (events.lep_pt > 27e3), axis=1)
    assert ak.all(events.trigM == muons)
    assert 0.9 < np.mean(events.trigM) < 1
    np.testing.assert_allclose(ak.flatten(events.lep_pt), 1000 * zmm.leptons["pt"], rtol=1e-6)
