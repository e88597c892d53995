from dataclasses import fields

import numpy as np
import pytest
from scipy.special import voigt_profile

from unsculpt.simulation import samples
from unsculpt.simulation.detector import MUON_RESOLUTION
from unsculpt.simulation.kinematics import mass

Z_MASS, Z_WIDTH = 91.1876, 2.4952  # GeV, as Pythia has them


def good_pairs(sample):
    """The two leading photons of the events in which both are tight and isolated."""
    photons = sample.photons
    good = photons["tight"] & (photons["etcone20"] < 0.065 * photons["pt"])
    photons = photons[good & (photons["ptcone30"] < 0.065 * photons["pt"])]
    first = np.flatnonzero(np.diff(photons["event"], prepend=-1))
    first = first[np.diff(first, append=len(photons)) >= 2]
    return photons[first], photons[first + 1]


def dimuon_mass(sample):
    """Mass of the two leading muons of each event."""
    muons = sample.leptons[sample.leptons["kind"] == 13]
    first = np.flatnonzero(np.diff(muons["event"], prepend=-1))
    assert len(first) == len(sample)
    return mass(muons[first], muons[first + 1])


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


def test_without_radiated_photons_the_z_boson_is_a_breit_wigner_with_the_resolution(simulate):
    m = dimuon_mass(simulate("zmm", 4000, settings=("TimeShower:QEDshowerByL = off",)))
    edges = np.arange(81.0, 102.0, 2.0)
    fine = np.linspace(edges[0], edges[-1], 2001)
    expected = np.cumsum(voigt_profile(fine - Z_MASS, Z_MASS * MUON_RESOLUTION / np.sqrt(2), Z_WIDTH / 2))
    expected /= expected[-1]
    inside = m[(m > edges[0]) & (m < edges[-1])]
    assert len(inside) > 1200
    low, median, high = np.interp([0.1587, 0.5, 0.8413], expected, fine)
    found = np.quantile(inside, [0.1587, 0.5, 0.8413])
    assert found[1] == pytest.approx(median, abs=0.3)  # parton densities pull it down by 0.1
    assert found[2] - found[0] == pytest.approx(high - low, rel=0.1)
    share = np.diff(np.interp(edges, fine, expected)) * len(inside)
    pulls = (np.histogram(inside, edges)[0] - share) / np.sqrt(share)
    assert np.sum(pulls**2) / (len(pulls) - 1) < 2.5


def test_the_dimuon_mass_of_zmm_peaks_at_the_z_boson(zmm):
    m = dimuon_mass(zmm)
    counts, edges = np.histogram(m, np.arange(55.0, 126.0, 2.0))
    assert edges[counts.argmax()] == pytest.approx(90.0, abs=1.1)  # the bin 89-91 or 91-93
    assert np.mean((m > 81) & (m < 101)) > 0.85
    assert (zmm.leptons["charge"][zmm.leptons["kind"] == 13].sum()) == 0
    assert zmm.leptons["prompt"].mean() > 0.99


def test_the_dimuon_mass_of_mumu_falls_without_a_peak(simulate):
    m = dimuon_mass(simulate("mumu", 6000))
    counts, _ = np.histogram(m, np.geomspace(60.0, 120.0, 6))
    assert (np.diff(counts) < 0).all()
    around = np.sqrt(counts[1] * counts[3])  # of a power law in bins of equal ratio, the one between
    assert counts[2] == pytest.approx(around, abs=4 * np.sqrt(around))


def test_muon_events_have_a_pair_that_passes_and_no_photons(zmm):
    muons = zmm.leptons[zmm.leptons["kind"] == 13]
    leading = muons["pt"][np.flatnonzero(np.diff(muons["event"], prepend=-1))]
    m = dimuon_mass(zmm)
    assert leading.min() > 20
    assert m.min() > 55
    assert m.max() < 125
    assert len(zmm.photons) == 0
    assert 0.33 < len(zmm) / zmm.generated < 0.43
    assert len(zmm.jets) > 0
