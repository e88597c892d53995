"""Tables of events with other scales of objects beside those of the events as they are."""

import awkward as ak
import numpy as np
from given_selection import FREE, selection

from unsculpt import axes, reading

FEATURES = ["photon1_pt", "photon1_eta", "jet1_pt"]
MASS = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}


def test_the_scale_of_photons_moves_their_momenta_and_the_mass_and_nothing_else(write_ntuple, toy_branches):
    definitions, about = selection(channels=FREE["channels"], features=FEATURES, mass=MASS)
    settings = {"sample": "tth", "role": "signal", "axis": axes.mass(MASS), "region": "any", "blind": False}
    settings |= {"simulated": True, "features": FEATURES, "padding": 0.0, "folds": 3, "step_size": "50 MB"}
    path = str(write_ntuple(toy_branches(3000)))
    copies = [reading.NOMINAL, ("photon", 1.005), ("electron", 2.0)]
    (nominal, moved, other), _ = reading.read(
        [path], about, definitions, **settings, bad_events="refuse", copies=copies
    )
    both, left, right = np.intersect1d(nominal.entry, moved.entry, return_indices=True)
    assert 100 < len(both) < len(nominal) + len(moved) - len(both)  # some enter, or leave
    np.testing.assert_array_equal(nominal.fold[left], moved.fold[right])
    np.testing.assert_array_equal(nominal.weight[left], moved.weight[right])
    np.testing.assert_allclose(moved.mass[right], 1.005 * nominal.mass[left], rtol=1e-6)
    np.testing.assert_allclose(moved.features[right][:, 0], 1.005 * nominal.features[left][:, 0], rtol=1e-5)
    np.testing.assert_array_equal(moved.features[right][:, 1:], nominal.features[left][:, 1:])
    assert len(other) == len(nominal) and np.array_equal(other.features, nominal.features)
    assert moved.metadata["sum_weights"] == nominal.metadata["sum_weights"]


def test_energies_and_masses_are_scaled_and_angles_are_not():
    objects = ak.Array([[{"pt": 2.0, "e": 4.0, "mass": 1.0, "phi": 0.5}], []])
    assert reading.scaled(objects, 3).tolist() == [[{"pt": 6.0, "e": 12.0, "mass": 3.0, "phi": 0.5}], []]
    assert objects.tolist()[0][0]["pt"] == 2.0
