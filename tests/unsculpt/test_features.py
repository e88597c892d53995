"""The registry of features: values against four-vectors, padding, labels, names and the documentation."""

import inspect
import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import awkward as ak
import numpy as np
import pytest
import vector
from matplotlib.mathtext import MathTextParser

from unsculpt import features, observables
from unsculpt.errors import InputError
from unsculpt.features import FEATURES
from unsculpt.selection import diphoton_mass


@pytest.fixture
def events(rng):
    """Four events: with two jets and a lepton, one jet, no jet, three jets and two leptons."""
    pt, eta, phi = rng.uniform(30, 90, (4, 2)), rng.uniform(-2, 2, (4, 2)), rng.uniform(-3, 3, (4, 2))
    jets = ak.Array([[80.0, 50.0], [40.0], [], [90.0, 60.0, 30.0]])
    leptons = ak.Array([[30.0], [], [], [20.0, 15.0]])
    return SimpleJets(
        mass=diphoton_mass(pt, eta, phi),
        photons={"pt": pt, "eta": eta, "phi": phi, "e": pt * np.cosh(eta), "conversion": np.array([[0.0, 1.0]] * 4)},
        jets=ak.zip({"pt": jets, "eta": jets / 50, "phi": jets / 60, "e": 2 * jets, "btag": jets > 45}),
        leptons=ak.zip({"pt": leptons, "eta": leptons / 30, "phi": leptons / 20}),
        met=np.array([10.0, 20.0, np.nan, 40.0]),
        met_phi=np.array([1.0, 2.0, np.nan, -1.0]),
    )


class SimpleJets(SimpleNamespace):
    """The part of selected events that features look at."""

    def __len__(self):
        return len(self.mass)


def value(events, name):
    return FEATURES[name].values(events)


def pair(events):
    photons = vector.array({**{k: events.photons[k] for k in ("pt", "eta", "phi")}, "mass": np.zeros((4, 2))})
    return photons[:, 0], photons[:, 1]


def test_features_of_the_pair_are_those_of_four_vectors(events):
    first, second = pair(events)
    both = first + second
    np.testing.assert_allclose(both.mass, events.mass)
    np.testing.assert_allclose(value(events, "photons_pt"), both.pt)
    np.testing.assert_allclose(value(events, "photons_pt_over_mass"), both.pt / both.mass)
    np.testing.assert_allclose(value(events, "photons_rapidity"), both.rapidity)
    np.testing.assert_allclose(value(events, "photons_dphi"), np.abs(first.deltaphi(second)))
    np.testing.assert_allclose(value(events, "photons_deta"), np.abs(first.eta - second.eta))
    np.testing.assert_allclose(value(events, "photons_dr"), first.deltaR(second))


def test_the_decay_angle_is_that_in_the_rest_frame_of_a_pair_without_transverse_momentum(events):
    """For pT = 0 the Collins-Soper angle is the polar angle after the boost along the beam."""
    photons, eta = events.photons, np.array([[0.9, -0.3], [0.2, 1.8], [0.0, 0.0], [-1.0, 1.0]])
    photons |= {"pt": np.full((4, 2), 60.0), "eta": eta, "phi": np.array([[0.5, 0.5 - np.pi]] * 4)}
    events.mass = diphoton_mass(photons["pt"], photons["eta"], photons["phi"])
    first, second = pair(events)
    rest = first.boostCM_of(first + second)
    np.testing.assert_allclose(value(events, "photons_cos_theta_star"), np.abs(np.cos(rest.theta)), atol=1e-12)


def test_single_objects_give_their_own_kinematics(events):
    assert value(events, "photon2_pt").tolist() == events.photons["pt"][:, 1].tolist()
    assert value(events, "photon1_pt_over_mass").tolist() == (events.photons["pt"][:, 0] / events.mass).tolist()
    np.testing.assert_array_equal(value(events, "jet2_pt"), [50, math.nan, math.nan, 60])
    np.testing.assert_array_equal(value(events, "jet1_btag"), [1, 0, math.nan, 1])
    np.testing.assert_array_equal(value(events, "lepton1_eta"), [1, math.nan, math.nan, 2 / 3])
    assert value(events, "photon2_converted").tolist() == [1, 1, 1, 1]


def test_counts_and_sums(events):
    assert value(events, "n_jets").tolist() == [2, 1, 0, 3]
    assert value(events, "n_bjets").tolist() == [2, 0, 0, 2]
    assert value(events, "n_leptons").tolist() == [1, 0, 0, 2]
    assert value(events, "ht").tolist() == [130, 40, 0, 180]


def test_the_nearest_jet_is_found_among_all_pairs(events):
    nearest = [
        min(
            (
                math.hypot(j.eta - eta, math.remainder(j.phi - phi, 2 * math.pi))
                for j in jets
                for eta, phi in zip(etas, phis, strict=True)
            ),
            default=math.nan,
        )
        for jets, etas, phis in zip(events.jets, events.photons["eta"], events.photons["phi"], strict=True)
    ]
    np.testing.assert_allclose(value(events, "photon_jet_min_dr"), nearest)


def test_absent_objects_take_the_padding_and_nothing_is_nan(events):
    matrix = features.matrix(events, list(FEATURES), -7.0)
    assert matrix.shape == (4, len(FEATURES)) and matrix.dtype == np.float32
    assert np.isfinite(matrix).all()
    names = list(FEATURES)
    assert matrix[2, names.index("jet1_pt")] == -7 and matrix[2, names.index("met")] == -7
    assert matrix[2, names.index("n_jets")] == 0 and matrix[2, names.index("ht")] == 0


def test_columns_follow_the_order_of_the_names(events):
    forth, back = ["photon1_pt", "n_jets", "photons_dr"], ["photons_dr", "n_jets", "photon1_pt"]
    assert features.matrix(events, forth, 0).tolist() == features.matrix(events, back, 0)[:, ::-1].tolist()


def test_every_feature_has_a_function_a_meaning_and_a_label_that_draws():
    parser = MathTextParser("path")
    for name, feature in FEATURES.items():
        assert name == feature.name and feature.meaning and feature.unit in ("", "GeV", "rad")
        assert inspect.isfunction(getattr(observables, feature.function))
        parser.parse(features.latex_label(name))


def test_every_function_of_observables_is_in_the_registry():
    public = {
        name for name, f in inspect.getmembers(observables, inspect.isfunction) if f.__module__ == observables.__name__
    }
    assert {name for name in public if not name.startswith("_")} == {feature.function for feature in FEATURES.values()}


def test_the_features_of_the_paper_are_there_with_their_units():
    kinematics = [f"{o}_{q}" for o in ("photon1", "photon2", "jet1", "jet2", "jet3") for q in ("pt", "e", "eta", "phi")]
    features.check([*kinematics, "photons_dphi", "photons_deta", "photons_dr"])
    assert features.latex_label("photon1_pt") == r"$p_T^{\gamma_1}$ [GeV]"
    assert features.latex_label("jet3_eta") == r"$\eta^{j_3}$"
    assert features.latex_label("something else") == "something else"


def test_features_say_which_branches_they_need():
    assert features.groups(["photon1_pt", "photons_dr"]) == set()
    assert features.groups(["jet1_pt", "n_bjets", "lepton1_pt", "met"]) == {"jets", "btags", "leptons", "met"}


def test_an_unknown_feature_is_refused_with_near_names():
    with pytest.raises(InputError, match=r"'photons_dR' is not a feature; did you mean .*photons_dr"):
        features.check(["photon1_pt", "photons_dR"])


def test_a_feature_of_objects_that_the_files_lack_is_refused():
    features.check(["photon1_pt"], absent={"jets"})
    with pytest.raises(InputError, match=r"'jet1_pt' needs jets, which ntuples.branches declares absent"):
        features.check(["photon1_pt", "jet1_pt"], absent={"jets"})


def test_names_can_be_checked_where_only_the_standard_library_is():
    code = "import sys; from unsculpt import branches, features; assert not {'numpy', 'awkward'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(features.__file__).parents[1])


def test_the_page_of_features_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "features.md"
    assert page.read_text(encoding="utf-8") == features.markdown() + "\n", "run `make docs`"
