"""What stands in branches, and what of it is no number; units that cannot be; events that are bad."""

import logging

import awkward as ak
import numpy as np
import pytest
from given_selection import file_format

from unsculpt import formats
from unsculpt.branches import Faults, cleaned, not_numbers
from unsculpt.errors import InputError
from unsculpt.ntuples import BAD, Ntuple

NEEDS = {"photon": {"pt", "eta", "phi"}, "": {"missing_et"}}


def read(path, step_size="50 MB", bad_events="refuse", **changes):
    """All steps of a file, whose weights have the factor `scaleFactor_PHOTON`."""
    about = formats.reduced(file_format(**changes), NEEDS)
    with Ntuple(str(path), about, step_size=step_size, simulated=True, bad_events=bad_events) as ntuple:
        return list(ntuple)


def spoilt(toys):
    """Toys of which events 3, 5, 8 and 11 are bad, each in its way, and 5 in two."""
    counts = ak.to_numpy(ak.num(toys["photon_pt"]))
    first = np.cumsum(counts) - counts
    eta, pt = (np.asarray(ak.flatten(toys[f"photon_{name}"])).copy() for name in ("eta", "pt"))
    eta[first[3]], pt[first[5]] = np.nan, -1000
    short = counts.copy()
    short[8] -= 1
    phi = ak.unflatten(np.zeros(short.sum(), np.float32), short)
    met, weight = toys["met_et"].copy(), toys["mcWeight"].copy()
    met[5], weight[11] = np.inf, np.nan
    return toys | {
        "photon_eta": ak.unflatten(eta, counts),
        "photon_pt": ak.unflatten(pt, counts),
        "photon_phi": phi,
        "met_et": met,
        "mcWeight": weight,
    }


@pytest.fixture
def bad_file(write_ntuple, toy_branches, tmp_path):
    """A file in which lists have lengths of their own."""
    import uproot

    toys = spoilt(toy_branches(60))
    with uproot.recreate(tmp_path / "bad.root") as file:
        file.mkrntuple("mini", toys)
    return tmp_path / "bad.root", toys


def test_all_that_is_wrong_is_said_at_once_with_its_entries(bad_file):
    path, _ = bad_file
    with pytest.raises(InputError) as error:
        read(path)
    words = (
        "branch 'met_et' is not a number (or infinite) in entry 5",
        "branch 'mcWeight' is not a number (or infinite) in entry 11",
        "branches 'photon_pt' and 'photon_phi' have different numbers of objects in entry 8",
        "branch 'photon_eta' is not a number (or infinite) in entry 3",
    )
    for sentence in words:
        assert sentence in str(error.value)
    assert "\n" not in str(error.value) and "bad_events: skip" in str(error.value)


@pytest.mark.parametrize("step_size", ["50 MB", "2 kB"])
def test_bad_events_are_left_out_and_counted_if_a_study_says_so(bad_file, step_size, caplog):
    path, toys = bad_file
    steps = read(path, step_size, "skip")
    kept = [i for i in range(60) if i not in (3, 5, 8, 11)]
    assert np.concatenate([step["entry"] for step in steps]).tolist() == kept
    weight = toys["mcWeight"].astype(float) * toys["scaleFactor_PHOTON"]
    np.testing.assert_allclose(np.concatenate([step["weight"] for step in steps]), weight[kept])
    lost, weights = (sum(step[BAD][i] for step in steps) for i in (0, 1))
    assert lost == 4 and weights == pytest.approx(weight[[3, 5, 8]].sum())
    assert "bad.root: 4 of 60 events are bad and left out: " in caplog.text


def test_negative_momenta_are_bad(write_ntuple, toy_branches):
    toys = toy_branches(20)
    pt = ak.to_numpy(ak.flatten(toys["photon_pt"])).copy()
    pt[int(ak.sum(ak.num(toys["photon_pt"])[:7]))] = -5
    path = write_ntuple(toys | {"photon_pt": ak.unflatten(pt, ak.num(toys["photon_pt"]))})
    with pytest.raises(InputError, match=r"photon.pt is negative \(-5 in the unit of the file\) in entry 7"):
        read(path)
    (step,) = read(path, bad_events="skip")
    assert step["entry"].tolist() == [i for i in range(20) if i != 7]


def test_a_file_of_bad_events_does_not_fit_its_format(write_ntuple, toy_branches, caplog):
    toys = toy_branches(20) | {"met_et": np.full(20, np.nan, np.float32)}
    with pytest.raises(InputError, match=r"20 of 20 events are bad: branch 'met_et' .* check the file and the format"):
        read(write_ntuple(toys), bad_events="skip")


@pytest.mark.parametrize(
    ("unit", "factor", "sentence"),
    [
        ("GeV", 1.0, r"half of the photons have pT above .*e\+04 GeV if the file is in GeV, .*; set unit: MeV"),
        ("MeV", 1e-3, r"half of the photons have pT above 0.0\d+ GeV if the file is in MeV, .*; set unit: GeV"),
    ],
)
def test_energies_in_another_unit_are_refused_with_the_right_one(write_ntuple, toy_branches, unit, factor, sentence):
    toys = toy_branches(100)
    path = write_ntuple(toys | {"photon_pt": toys["photon_pt"] * np.float32(factor)})
    with pytest.raises(InputError, match=sentence):
        read(path, unit=unit)
    other = {"collections": {"photon": {"energies": []}}}  # the way out: it is no energy
    assert read(path, unit=unit, **other)


def test_records_texts_and_lists_of_lists_are_no_numbers():
    for array, words in (
        (ak.Array([{"pt": 1.0, "eta": 2.0}]), "holds {pt: float64, eta: float64}, .* it has the fields pt, eta"),
        (ak.Array(["a", "b"]), "holds string"),
        (ak.Array([[[1.0]], [[2.0]]]), r"holds var \* var \* float64"),
    ):
        with pytest.raises(InputError, match=f"a.root: branch 'x' {words}"):
            cleaned("a.root", "x", array)


def test_faults_know_their_first_entries():
    faults = Faults("a.root", 100, 10)
    faults.add(np.arange(10) >= 8, "x is bad")
    faults.add(np.array([False, True]), "y is bad", np.array([0, 4]))
    assert faults.sentences() == "x is bad in entry 108 (and 1 more); y is bad in entry 104"
    assert faults.bad.sum() == 3 and not_numbers(np.array([1, 2])).sum() == 0


def test_a_log_of_what_is_usual_is_no_warning(write_ntuple, toy_branches, caplog):
    with caplog.at_level(logging.WARNING):
        assert read(write_ntuple(toy_branches(20)), bad_events="skip")[0][BAD] == (0, 0.0)
    assert not caplog.records
