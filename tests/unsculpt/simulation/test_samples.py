from dataclasses import fields

import numpy as np
import pytest

from unsculpt.simulation import samples
from unsculpt.simulation.kinematics import mass


def good_pairs(sample):
    """The two leading photons of the events in which both are tight and isolated."""
    photons = sample.photons
    good = photons["tight"] & (photons["etcone20"] < 0.065 * photons["pt"])
    photons = photons[good & (photons["ptcone30"] < 0.065 * photons["pt"])]
    first = np.flatnonzero(np.diff(photons["event"], prepend=-1))
    first = first[np.diff(first, append=len(photons)) >= 2]
    return photons[first], photons[first + 1]


def assert_equal(a, b):
    for field in fields(a):
        np.testing.assert_array_equal(getattr(a, field.name), getattr(b, field.name), err_msg=field.name)


def test_the_same_seed_gives_the_same_sample_and_another_seed_another(simulate):
    first, again, other = (simulate("tth", 60, seed=seed, batch_size=25) for seed in (3, 3, 4))
    assert_equal(first, again)
    assert len(first) != len(other) or not np.array_equal(first.photons["pt"], other.photons["pt"])


def test_diphoton_mass_of_tth_peaks_at_the_higgs_mass_with_the_width_of_the_detector(tth):
    m = mass(*good_pairs(tth))
    low, median, high = np.quantile(m, [0.1587, 0.5, 0.8413])
    assert median == pytest.approx(125.0, abs=0.4)
    assert 0.5 * (high - low) == pytest.approx(1.75, abs=0.35)  # four standard deviations of so few events


def test_a_perfect_calorimeter_leaves_only_what_clusters_add(simulate):
    from unsculpt.simulation.detector import Detector

    m = mass(*good_pairs(simulate("tth", 200, response=Detector(0.0, 0.0))))
    assert np.median(m) == pytest.approx(125.0, abs=0.1)
    assert np.mean(np.abs(m - 125) < 0.5) > 0.8


def test_tth_events_have_the_jets_of_a_top_pair(tth):
    jets = np.bincount(tth.jets["event"], minlength=len(tth))
    bjets = np.bincount(tth.jets["event"][tth.jets["flavour"] == 5], minlength=len(tth))
    assert np.mean(jets >= 3) == pytest.approx(0.87, abs=0.07)
    assert bjets.mean() == pytest.approx(1.75, abs=0.25)
    assert np.mean(np.hypot(tth.met_x, tth.met_y)) == pytest.approx(58, abs=12)


def test_objects_are_inside_the_acceptance_and_apart(tth):
    assert tth.jets["pt"].min() > 25
    assert np.abs(tth.jets["eta"]).max() < 2.5
    assert tth.leptons["pt"].min() > 10
    assert tth.photons["pt"].min() > 20
    for table in (tth.photons, tth.jets, tth.leptons):
        assert (np.diff(table["event"]) >= 0).all()
        assert (table["e"] >= table["pt"] * 0.999999).all()


def test_sum_of_weights_counts_events_that_were_not_kept(tth):
    assert tth.generated == 800
    assert tth.sum_weights == pytest.approx(800, rel=0.02)  # Pythia weights the few events above its maximum
    assert 0.4 < len(tth) / 800 < 0.6


def test_ntni_events_have_at_least_one_photon_that_fails(ntni):
    good = ntni.photons["tight"] & (ntni.photons["etcone20"] < 0.065 * ntni.photons["pt"])
    both = np.bincount(ntni.photons["event"], good, len(ntni)) == 2
    assert both.mean() < 0.05
    assert np.bincount(ntni.photons["event"]).tolist() == [2] * len(ntni)


def test_the_mixture_of_ntni_has_top_pairs_first_and_photon_plus_jet_after_them(ntni):
    top = ntni.number < 0.9 * ntni.generated
    bjets = np.bincount(ntni.jets["event"][ntni.jets["flavour"] == 5], minlength=len(ntni))
    assert bjets[top].mean() > 0.6
    assert bjets[~top].mean() < 0.4
    assert ntni.generated == 400


def test_merging_renumbers_events_and_adds_the_sums(tth):
    both = samples.merge([tth, tth], tth.cross_section_pb)
    assert len(both) == 2 * len(tth)
    assert both.generated == 1600
    assert len(np.unique(both.number)) == len(both)
    assert both.sum_weights == pytest.approx(2 * tth.sum_weights)
    np.testing.assert_array_equal(both.photons["event"][len(tth.photons) :], tth.photons["event"] + len(tth))


def test_taking_events_takes_their_objects_in_the_new_order(tth):
    taken = samples.take(tth, np.array([7, 3]))
    for name in ("photons", "jets", "leptons"):
        table, new = getattr(tth, name), getattr(taken, name)
        np.testing.assert_array_equal(new["pt"][new["event"] == 0], table["pt"][table["event"] == 7])
        np.testing.assert_array_equal(new["pt"][new["event"] == 1], table["pt"][table["event"] == 3])
    assert taken.number.tolist() == tth.number[[7, 3]].tolist()
    assert taken.sum_weights == tth.sum_weights


@pytest.mark.parametrize(("name", "events"), [("ttyy_dps", 150), ("ggh", 100), ("yy", 200)])
def test_the_other_processes_give_photon_pairs(simulate, name, events):
    sample = simulate(name, events)
    assert 0.05 < len(sample) / events < 0.8
    assert sample.photons["prompt"].mean() > 0.95
