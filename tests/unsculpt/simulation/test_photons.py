import numpy as np
import pytest

from unsculpt.simulation import jets, photons
from unsculpt.simulation.detector import Detector
from unsculpt.simulation.kinematics import mass, objects
from unsculpt.simulation.preselection import passed
from unsculpt.simulation.processes import PHOTON_PAIR

PERFECT = Detector(photon_energy_sampling=0.0, photon_energy_constant=0.0)
PAIR = ((0, 22, 65.0, 0.2, 0.0), (0, 22, 60.0, -0.2, 3.1))  # mass 127 GeV


def test_two_lone_photons_are_tight_isolated_and_keep_their_mass(rng, visible):
    found = photons.clusters(visible(*PAIR), 1, PHOTON_PAIR, PERFECT, rng)
    assert found["tight"].all()
    assert found["pt"] == pytest.approx([65, 60])
    assert found["etcone20"] == pytest.approx([0, 0], abs=1e-9)
    assert mass(found[:1], found[1:])[0] == pytest.approx(np.sqrt(2 * 65 * 60 * (np.cosh(0.4) - np.cos(3.1))))


def test_isolation_is_what_is_around_the_cluster(rng, visible):
    around = (
        (0, 211, 3.0, 0.35, 0.0),  # a pion at 0.15: calorimeter and tracks
        (0, 211, 2.0, 0.45, 0.0),  # at 0.25: tracks only
        (0, 211, 0.5, 0.2, 0.25),  # too soft for a track
        (0, 130, 1.5, 0.2, 0.12),  # neutral at 0.12: calorimeter only
        (0, 13, 1.2, 0.2, -0.15),  # a muon: tracks only
        (0, 22, 4.0, 0.25, 0.0),  # a photon at 0.05: part of the cluster
    )
    found = photons.clusters(visible(*PAIR, *around), 1, PHOTON_PAIR, PERFECT, rng)
    leading = found[0]
    assert leading["pt"] == pytest.approx(69.0, abs=0.1)
    assert leading["etcone20"] == pytest.approx(3.0 + 1.5, abs=1e-6)
    assert leading["ptcone30"] == pytest.approx(3.0 + 2.0 + 1.2)
    assert leading["tight"]


def test_hadrons_inside_the_cluster_or_a_second_photon_spoil_the_tight_identification(rng, visible):
    leak = photons.clusters(visible(*PAIR, (0, 211, 2.0, 0.25, 0.0)), 1, PHOTON_PAIR, PERFECT, rng)
    assert leak["tight"].tolist() == [False, True]
    two = photons.clusters(visible(*PAIR, (0, 22, 15.0, 0.25, 0.0)), 1, PHOTON_PAIR, PERFECT, rng)
    assert two["tight"].tolist() == [False, True]


def test_one_pi0_gives_one_candidate(rng, visible):
    particles = visible(*PAIR, (0, 22, 30.0, 0.22, 0.03))
    assert len(photons.clusters(particles, 1, PHOTON_PAIR, PERFECT, rng)) == 2


@pytest.mark.parametrize("eta", [1.45, 2.45])
def test_a_photon_in_the_crack_or_outside_makes_no_pair(rng, visible, eta):
    particles = visible((0, 22, 65.0, eta, 0.0), (0, 22, 60.0, eta, 3.1))
    assert len(photons.clusters(particles, 1, PHOTON_PAIR, PERFECT, rng)) == 0


def test_photons_of_different_events_make_no_pair(rng, visible):
    particles = visible((0, 22, 65.0, 0.2, 0.0), (1, 22, 60.0, -0.2, 3.1))
    assert len(photons.clusters(particles, 2, PHOTON_PAIR, PERFECT, rng)) == 0


def many_jets(rng, events):
    """Five jets an event, of 20 to 120 GeV, none near another."""
    n = 5 * events
    pt, eta, phi = rng.uniform(20, 120, n), rng.uniform(-2.3, 2.3, n), 1.2 * (np.arange(n) % 5) - 3.0
    return objects(np.arange(n) // 5, pt=pt, eta=eta, phi=phi, e=pt * np.cosh(eta))


def promote(rng, events, true_photons=None):
    raw = many_jets(rng, events)
    if true_photons is None:
        true_photons = raw[:0]
    return raw, *photons.promoted(raw, true_photons, events, PHOTON_PAIR, PERFECT, rng)


def test_a_promoted_event_has_two_candidates_and_two_jets_fewer(rng):
    raw, found, left = promote(rng, 500)
    per_event = np.bincount(found["event"], minlength=500)
    assert set(per_event) == {0, 2}
    np.testing.assert_array_equal(np.bincount(raw["event"][~left], minlength=500), per_event)


def test_promoted_pairs_pass_the_preselection(rng):
    _, found, _ = promote(rng, 500)
    assert passed(found[0::2], found[1::2], PHOTON_PAIR).all()
    assert photons.accepted(found).all()


def test_a_tenth_of_the_fakes_is_tight_and_what_a_jet_loses_is_around_the_photon(rng):
    _, found, _ = promote(rng, 4000)
    n = len(found)
    assert found["tight"].mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / n))
    assert (found["ptcone30"] <= 0.6 / 0.7 * found["etcone20"] + 1e-9).all()
    assert not found["prompt"].any()


def test_two_true_photons_are_no_promoted_pair(rng):
    raw = objects(
        np.zeros(2, int), pt=np.array([65.0, 60.0]), eta=np.array([0.2, -0.2]), phi=np.array([0.0, 3.1]),
        e=np.array([66.0, 61.0]),
    )  # fmt: skip
    found, left = photons.promoted(raw, raw, 1, PHOTON_PAIR, PERFECT, rng)
    assert len(found) == 0
    assert left.all()


def test_a_jet_that_is_a_photon_stays_as_it_is(rng):
    raw = many_jets(rng, 2000)
    hardest = raw[::5]
    found, _ = photons.promoted(raw, hardest, 2000, PHOTON_PAIR, PERFECT, rng)
    true = found[found["prompt"]]
    assert len(true) > 100
    assert true["tight"].all()
    assert (true["etcone20"] == 0).all()
    assert np.isin(true["pt"], hardest["pt"]).all()


def test_preselection_of_jets_and_photons_is_the_same(rng, visible):
    raw = jets.cluster(visible(*PAIR), 1, 20.0)
    assert passed(raw[:1], raw[1:], PHOTON_PAIR).all()


def test_made_good_every_photon_is_tight_and_isolated_and_keeps_its_momentum(ntni):
    good = photons.with_good_photons(ntni)
    assert good.photons["tight"].all()
    for cone in ("etcone20", "ptcone30"):
        assert (good.photons[cone] < 0.05 * good.photons["pt"]).all()
        order = np.argsort(ntni.photons[cone] / ntni.photons["pt"])
        assert (np.diff((good.photons[cone] / good.photons["pt"])[order]) >= 0).all()
    np.testing.assert_array_equal(good.photons["pt"], ntni.photons["pt"])
