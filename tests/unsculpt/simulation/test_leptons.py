import numpy as np
import pytest

from unsculpt.simulation import leptons
from unsculpt.simulation.kinematics import objects

NO_PHOTON = objects(np.zeros(0, int), pt=np.zeros(0), eta=np.zeros(0), phi=np.zeros(0))


def many(visible, *rows, copies=400):
    """The same event many times."""
    return visible(*((copy, *row) for copy in range(copies) for row in rows))


def measured(visible, response, rng, *rows, photons=NO_PHOTON, copies=400):
    return leptons.measured(many(visible, *rows, copies=copies), photons, copies, response, rng)


def test_isolated_leptons_are_found_with_charge_and_kind(visible, response, rng):
    found = measured(visible, response, rng, (11, 40.0, 0.0, 0.0), (-13, 30.0, 1.0, 2.0))
    electrons, muons = found[found["kind"] == 11], found[found["kind"] == 13]
    assert len(electrons) / 400 == pytest.approx(0.85, abs=0.08)
    assert len(muons) / 400 == pytest.approx(0.95, abs=0.05)
    assert set(electrons["charge"]) == {-1}
    assert set(muons["charge"]) == {1}
    assert muons["pt"].std() == pytest.approx(0.02 * 30, rel=0.15)


def test_a_lepton_in_a_jet_is_none(visible, response, rng):
    assert len(measured(visible, response, rng, (13, 30.0, 0.0, 0.0), (211, 20.0, 0.1, 0.1))) == 0


def test_a_lepton_beside_a_photon_candidate_is_none(visible, response, rng):
    photons = objects(np.arange(400), pt=np.full(400, 50.0), eta=np.full(400, 0.2), phi=np.zeros(400))
    assert len(measured(visible, response, rng, (11, 40.0, 0.0, 0.0), photons=photons)) == 0


def test_soft_and_forward_leptons_are_none(visible, response, rng):
    assert len(measured(visible, response, rng, (13, 6.0, 0.0, 0.0), (11, 40.0, 2.7, 0.0))) == 0
