"""The catalogue of features: values against four-vectors, padding, labels, names and the documentation."""

import math
import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import vector
from given_selection import DEFAULT, FREE, ROOT, config, selection
from matplotlib.mathtext import MathTextParser

from unsculpt import features
from unsculpt.errors import InputError
from unsculpt.kinematics import pair_mass
from unsculpt.rows import Rows

CATALOGUE = features.catalogue(ROOT)
OBJECTS = {"photon": {}, "jet": {"define": {"tagged": "mv2c10 > 0"}}, "lepton": {}}
STUDY, _ = selection(objects=OBJECTS, features=list(CATALOGUE), **FREE)


def photons_of(pt, eta, phi):
    """Massless photons in falling order of pt, and the mass of each pair."""
    order = np.argsort(-pt, axis=1)
    pt, eta, phi = (np.take_along_axis(x, order, axis=1) for x in (pt, eta, phi))
    columns = {"pt": pt, "eta": eta, "phi": phi, "e": pt * np.cosh(eta), "mass": np.zeros_like(pt)}
    columns["conversion"] = np.array([[0, 1]] * len(pt))
    mass = pair_mass(pt.T, eta[:, 0] - eta[:, 1], phi[:, 0] - phi[:, 1])
    return ak.zip({name: ak.from_regular(values) for name, values in columns.items()}), mass


@pytest.fixture
def events(rng):
    """Four events: with two jets and a lepton, one jet, no jet, three jets and two leptons."""
    pt, eta, phi = rng.uniform(30, 90, (4, 2)), rng.uniform(-2, 2, (4, 2)), rng.uniform(-3, 3, (4, 2))
    jets = ak.Array([[80.0, 50.0], [40.0], [], [90.0, 60.0, 30.0]])
    leptons = ak.Array([[30.0], [], [], [20.0, 15.0]])
    photons, mass = photons_of(pt, eta, phi)
    return {
        "run": np.ones(4),
        "event": np.arange(4),
        "weight": np.ones(4),
        "photon": photons,
        "jet": ak.zip({"pt": jets, "eta": jets / 50, "phi": jets / 60, "e": 2 * jets, "mv2c10": jets - 45}),
        "lepton": ak.zip({"pt": leptons, "eta": leptons / 30, "phi": leptons / 20}),
        "missing_et": np.array([10.0, 20.0, np.nan, 40.0]),
        "missing_phi": np.array([1.0, 2.0, np.nan, -1.0]),
        "true_mass": mass,
    }


def value(events, name):
    return Rows(events, STUDY).number(name)


def photon(events, index):
    """A field of one photon, by numpy."""
    return {name: ak.to_numpy(events["photon"][name][:, index]) for name in events["photon"].fields}


def pair(events):
    names = ("pt", "eta", "phi", "mass")
    return [vector.array({name: photon(events, i)[name] for name in names}) for i in (0, 1)]


def test_features_of_the_pair_are_those_of_four_vectors(events):
    first, second = pair(events)
    both = first + second
    np.testing.assert_allclose(both.mass, events["true_mass"])
    np.testing.assert_allclose(value(events, "mass"), events["true_mass"])
    np.testing.assert_allclose(value(events, "photons_pt"), both.pt)
    np.testing.assert_allclose(value(events, "photons_pt_over_mass"), both.pt / both.mass)
    np.testing.assert_allclose(value(events, "photons_rapidity"), both.rapidity)
    np.testing.assert_allclose(value(events, "photons_dphi"), np.abs(first.deltaphi(second)))
    np.testing.assert_allclose(value(events, "photons_deta"), np.abs(first.eta - second.eta))
    np.testing.assert_allclose(value(events, "photons_dr"), first.deltaR(second))


def test_the_decay_angle_is_that_in_the_rest_frame_of_a_pair_without_transverse_momentum(events):
    """For pT = 0 the Collins-Soper angle is the polar angle after the boost along the beam."""
    eta = np.array([[0.9, -0.3], [0.2, 1.8], [0.0, 0.0], [-1.0, 1.0]])
    events["photon"], _ = photons_of(np.full((4, 2), 60.0), eta, np.array([[0.5, 0.5 - np.pi]] * 4))
    first, second = pair(events)
    rest = first.boostCM_of(first + second)
    np.testing.assert_allclose(value(events, "photons_cos_theta_star"), np.abs(np.cos(rest.theta)), atol=1e-12)


def test_single_objects_give_their_own_kinematics(events):
    first, second = photon(events, 0), photon(events, 1)
    for key in ("pt", "e", "eta", "phi"):
        assert value(events, f"photon1_{key}").tolist() == first[key].tolist()
        assert value(events, f"photon2_{key}").tolist() == second[key].tolist()
    np.testing.assert_allclose(value(events, "photon1_pt_over_mass"), first["pt"] / events["true_mass"])
    np.testing.assert_allclose(value(events, "photon2_pt_over_mass"), second["pt"] / events["true_mass"])
    np.testing.assert_array_equal(value(events, "met"), events["missing_et"])
    np.testing.assert_array_equal(value(events, "met_phi"), events["missing_phi"])
    np.testing.assert_array_equal(value(events, "jet2_pt"), [50, math.nan, math.nan, 60])
    np.testing.assert_array_equal(value(events, "jet1_btag"), [1, 0, math.nan, 1])
    np.testing.assert_array_equal(value(events, "lepton1_eta"), [1, math.nan, math.nan, 2 / 3])
    assert value(events, "photon1_converted").tolist() == [0, 0, 0, 0]
    assert value(events, "photon2_converted").tolist() == [1, 1, 1, 1]


PLACES = {"jet": ("pt", "e", "eta", "phi", "btag"), "lepton": ("pt", "eta", "phi")}


@pytest.mark.parametrize(("kind", "most"), [("jet", 6), ("lepton", 2)])
def test_every_place_gives_its_own_object(rng, events, kind, most):
    counts = np.array([most, 1, 0, most - 1])
    fields = {"pt": 100 - np.concatenate([np.arange(n) for n in counts])}
    fields |= {name: rng.normal(size=counts.sum()) for name in ("e", "eta", "phi", "mv2c10")}
    events[kind] = ak.zip({name: ak.unflatten(values, counts) for name, values in fields.items()})
    for i in range(most):
        for key in PLACES[kind]:
            of = events[kind][{"btag": "mv2c10"}.get(key, key)].tolist()
            expected = [row[i] if i < len(row) else math.nan for row in of]
            if key == "btag":
                expected = [x if math.isnan(x) else float(x > 0) for x in expected]
            np.testing.assert_array_equal(value(events, f"{kind}{i + 1}_{key}"), expected)


def test_counts_and_sums(events):
    assert value(events, "n_jets").tolist() == [2, 1, 0, 3]
    assert value(events, "n_bjets").tolist() == [2, 0, 0, 2]
    assert value(events, "n_leptons").tolist() == [1, 0, 0, 2]
    assert value(events, "ht").tolist() == [130, 40, 0, 180]


def test_the_nearest_jet_is_found_among_all_pairs(events):
    nearest = [
        min(
            (
                math.hypot(j["eta"] - p["eta"], math.remainder(j["phi"] - p["phi"], 2 * math.pi))
                for j in jets
                for p in photons
            ),
            default=math.nan,
        )
        for jets, photons in zip(events["jet"].tolist(), events["photon"].tolist(), strict=True)
    ]
    np.testing.assert_allclose(value(events, "photon_jet_min_dr"), nearest)


def test_absent_objects_take_the_padding_and_nothing_is_nan(events):
    names = list(CATALOGUE)
    matrix = features.matrix(Rows(events, STUDY), names, -7.0)
    assert matrix.shape == (4, len(names)) and matrix.dtype == np.float32
    assert np.isfinite(matrix).all()
    assert matrix[2, names.index("jet1_pt")] == -7 and matrix[2, names.index("met")] == -7
    assert matrix[2, names.index("n_jets")] == 0 and matrix[2, names.index("ht")] == 0


def test_columns_follow_the_order_of_the_names(events):
    forth, back = ["photon1_pt", "n_jets", "photons_dr"], ["photons_dr", "n_jets", "photon1_pt"]
    rows = Rows(events, STUDY)
    assert features.matrix(rows, forth, 0).tolist() == features.matrix(rows, back, 0)[:, ::-1].tolist()


def test_a_constant_and_a_truth_are_features(events):
    quantities = {"three": {"expression": "3"}, "soft": {"expression": "jet1_pt < 50"}}
    study, _ = selection(objects=OBJECTS, quantities=quantities, features=list(quantities), **FREE)
    matrix = features.matrix(Rows(events, study), list(quantities), -7.0)
    assert matrix.tolist() == [[3, 0], [3, 1], [3, 0], [3, 0]]  # what is missing fails every comparison


@pytest.mark.parametrize("expression", ["1 / (count(jet) - 1)", "exp(1000 * count(jet))", "photon[0].pt * 1e40"])
def test_a_feature_that_is_infinite_is_one_sentence(events, expression):
    """As it is when it is too large for the single precision of the features; with the first event that has it."""
    quantities = {"far": {"expression": expression}}
    study, _ = selection(objects=OBJECTS, quantities=quantities, features=["far"], **FREE)
    place = {"1": 1, "e": 0, "p": 0}[expression[0]]
    sentence = rf"far is infinite in run 1, event {place}; correct its expression in quantities"
    with pytest.raises(InputError, match=sentence):
        features.matrix(Rows(events, study), ["far"], 0.0)


def test_every_feature_has_a_meaning_and_a_label_that_draws():
    parser = MathTextParser("path")
    for name, about in CATALOGUE.items():
        assert about["meaning"] and about["latex"] and about.get("unit", "") in ("", "GeV", "rad")
        parser.parse(features.latex_label(name, CATALOGUE))


def test_the_features_of_the_paper_are_there_with_their_units():
    kinematics = [f"{o}_{q}" for o in ("photon1", "photon2", "jet1", "jet2", "jet3") for q in ("pt", "e", "eta", "phi")]
    assert {*kinematics, "photons_dphi", "photons_deta", "photons_dr"} == {*DEFAULT["features"]} <= {*CATALOGUE}
    assert features.latex_label("photon1_pt", CATALOGUE) == r"$p_T^{\gamma_1}$ [GeV]"
    assert features.latex_label("jet3_eta", CATALOGUE) == r"$\eta^{j_3}$"
    assert features.latex_label("something else", CATALOGUE) == "something else"
    assert features.latex_label("mine", {"mine": {"expression": "1", "unit": "GeV"}}) == "mine"


def test_features_say_which_fields_they_need():
    def needs(*names):
        kept = {"photon": {}, "jet": DEFAULT["objects"]["jet"]}
        _, about = selection(features=list(names), objects=kept, **FREE)
        fields = {name: {*part["fields"]} for name, part in about["collections"].items()}
        return fields, {*about["event"]["fields"]}

    photons, event = {"pt", "eta", "phi", "mass"}, {"run", "event"}
    assert needs("photon1_pt", "photons_dr") == ({"photon": photons}, event)
    assert needs("photon1_pt", "met") == ({"photon": photons}, event | {"missing_et"})
    jets = {"photon": photons, "jet": {"pt", "eta", "phi"}}
    assert needs("jet1_pt") == (jets, event)
    assert needs("n_bjets")[0]["jet"] == jets["jet"] | {"mv2c10"}


def test_the_catalogue_gives_what_a_study_asks_for_and_what_that_needs():
    """In features, cuts, regions, channels, the mass and quantities of its own; what it says itself counts."""
    asked = config(
        features=["photons_cos_theta_star"],
        cuts={"jets": "n_jets > 1"},
        regions={"central": "photons_rapidity < 1"},
        channels={"soft": {"require": "ht < 500"}},
        mass={"expression": "0.9 * mass_of + met"},
        quantities={"mass_of": {"expression": "photons_pt + lepton1_pt"}, "photons_pt": {"expression": "photon[0].pt"}},
    )["quantities"]
    found = {"photons_cos_theta_star", "photons_pt_over_mass", "n_jets", "photons_rapidity", "ht", "met", "lepton1_pt"}
    assert {*asked} == found | {"mass_of", "photons_pt"}
    assert (
        asked["photons_pt"]["expression"] == "photon[0].pt"
        and asked["ht"]["expression"] == CATALOGUE["ht"]["expression"]
    )


def test_an_unknown_feature_is_refused_with_near_names():
    with pytest.raises(InputError, match=r"features: photons_dR is unknown; did you mean .*photons_dr"):
        selection(features=["photon1_pt", "photons_dr", "photons_dR"])


def test_a_feature_of_objects_that_the_study_lacks_is_refused():
    with pytest.raises(InputError, match=r"quantities.lepton1_pt.*lepton is a collection .* add objects.lepton"):
        selection(objects={"photon": {}}, features=["photon1_pt", "lepton1_pt"], **FREE)


def test_names_can_be_checked_where_only_the_standard_library_is():
    code = "import sys; from unsculpt import definitions, features; assert not {'numpy', 'awkward'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(features.__file__).parents[1])


def test_the_page_of_features_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "features.md"
    assert page.read_text(encoding="utf-8") == features.markdown() + "\n", "run `make docs`"


def test_arrays_have_a_fixed_shape_in_each_row():
    """The first objects and zeros where there are fewer; an image must have all of its pixels."""
    pt, eta = [[5.0, 9.0, 7.0], [], [3.0]], [[0.1, 0.2, 0.3], [], [-1.0]]
    pixels = [[float(i + 6 * row) for i in range(6)] for row in range(3)]
    given = {
        "weight": np.ones(3),
        "run": np.zeros(3),
        "event": np.arange(3),
        "track": ak.zip({"pt": ak.Array(pt), "eta": ak.Array(eta)}),
        "pixel": ak.zip({"value": ak.Array(pixels)}),
    }
    objects = {name: {"require": None, "define": {}, "away_from": {}} for name in ("track", "pixel")}
    study = {"objects": objects, "candidate": None, "mass": "1", "quantities": {}, "regions": {"inclusive": True}}
    about = {
        "tracks": {"values": ["track.pt", "track.eta"], "shape": [2]},
        "image": {"values": ["pixel.value"], "shape": [2, 3]},
    }
    found = features.arrays(Rows(given, study), about)
    in_order = [[[9, 0.2], [7, 0.3]], [[0, 0], [0, 0]], [[3, -1], [0, 0]]]
    assert found["tracks"].dtype == np.float32 and found["tracks"] == pytest.approx(np.array(in_order))
    assert found["image"].tolist() == np.reshape(pixels, (3, 2, 3)).tolist()
    about["image"]["shape"] = [2, 2]
    with pytest.raises(InputError, match=r"arrays.image: 'pixel.value' has 6 numbers in run 0, event 0, and its shape"):
        features.arrays(Rows(given, study), about)
    with pytest.raises(InputError, match=r"arrays.tracks holds what is no number"):
        features.arrays(Rows(given, study), {"tracks": {"values": ["log(0 * track.pt)"], "shape": [2]}})
