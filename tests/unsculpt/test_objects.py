"""Photons, jets and leptons: cuts, order, isolation, b-tags and the overlap guard."""

import awkward as ak
import numpy as np
import pytest
from defaults import default

from unsculpt import objects

SELECTION = default("selection")


def step(**changes):
    """One event with photons, jets and a lepton, in GeV."""
    arrays = {
        "runNumber": np.array([1]),
        "eventNumber": np.array([2]),
        "weight": np.array([1.5]),
        "photon_pt": ak.Array([[40.0, 60.0, 24.0]]),
        "photon_eta": ak.Array([[0.1, -1.0, 0.5]]),
        "photon_phi": ak.Array([[0.0, 2.0, 1.0]]),
        "photon_isTightID": ak.Array([[True, False, True]]),
        "photon_etcone20": ak.Array([[1.0, 3.0, 0.0]]),
        "photon_ptcone30": ak.Array([[3.0, 1.0, 0.0]]),
        "jet_pt": ak.Array([[30.0, 24.0, 90.0, 50.0]]),
        "jet_eta": ak.Array([[0.0, 0.0, 1.0, -2.6]]),
        "jet_phi": ak.Array([[3.0, 0.0, 1.0, 0.0]]),
        "jet_MV2c10": ak.Array([[0.9, 1.0, 0.7, 1.0]]),
        "lep_pt": ak.Array([[12.0, 9.0, 20.0]]),
        "lep_eta": ak.Array([[0.0, 0.0, 2.4]]),
        "lep_phi": ak.Array([[0.0, 0.0, 1.0]]),
    } | changes
    return objects.build({name: values for name, values in arrays.items() if values is not None}, selection=SELECTION)


def test_objects_below_threshold_go_and_the_rest_is_in_order_of_pt():
    batch = step()
    assert batch.photons.pt.tolist() == [[60.0, 40.0]]
    assert batch.jets.pt.tolist() == [[90.0, 30.0]]
    assert batch.leptons.pt.tolist() == [[20.0, 12.0]]


def test_equal_momenta_keep_their_order():
    photons = ak.Array([[{"pt": 50.0, "n": 0}, {"pt": 50.0, "n": 1}, {"pt": 50.0, "n": 2}]])
    assert objects.by_pt(photons).n.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("eta", [1.38, -1.45, 1.51, 2.38, -2.6])
def test_photons_in_the_crack_and_beyond_the_calorimeter_are_dropped(eta):
    assert step(photon_eta=ak.Array([[0.1, eta, 0.5]])).photons.pt.tolist() == [[40.0]]


def test_a_photon_is_isolated_when_both_cones_are_small_against_its_pt():
    photons = step().photons  # 60 GeV: 3.0 and 1.0 below 3.9; 40 GeV: the track cone of 3.0 is above 2.6
    assert photons.isolated.tolist() == [[True, False]]


def test_without_track_isolation_the_calorimeter_decides_alone():
    assert step(photon_ptcone30=None).photons.isolated.tolist() == [[True, True]]
    assert step(photon_ptcone30=None, photon_etcone20=None).photons.isolated.tolist() == [[True, True]]


def test_without_identification_all_photons_are_tight():
    assert step().photons.tight.tolist() == [[False, True]]
    assert step(photon_isTightID=None).photons.tight.tolist() == [[True, True]]


def test_a_photon_without_energy_is_massless():
    photons = step().photons
    np.testing.assert_allclose(photons.e[0], photons.pt[0] * np.cosh(photons.eta[0]))
    given = step(photon_E=ak.Array([[41.0, 99.0, 25.0]])).photons
    assert given.e.tolist() == [[99.0, 41.0]]


def test_b_tags_are_scores_above_the_working_point():
    assert step().jets.btag.tolist() == [[False, True]]
    assert step(jet_MV2c10=None).jets.btag.tolist() == [[False, False]]


def test_a_file_without_jets_and_leptons_has_none():
    batch = step(jet_pt=None, lep_pt=None)
    assert ak.num(batch.jets).tolist() == [0] and ak.num(batch.leptons).tolist() == [0]
    assert batch.jets.fields == step().jets.fields and batch.jets.btag.type.content.content.primitive == "bool"


def test_jets_on_top_of_a_photon_are_not_jets():
    jets = step().jets  # at (1, 1) and (0, 3)
    near = objects.away_from(jets, np.array([[1.0, 0.0]]), np.array([[1.3, 0.0]]))
    assert near.pt.tolist() == [[30.0]]
    across = objects.away_from(jets, np.array([[0.0, 0.0]]), np.array([[-3.0, 0.0]]))  # 0.28 away, through pi
    assert across.pt.tolist() == [[90.0]]
