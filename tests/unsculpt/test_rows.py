"""Rows of events and of objects: cuts on objects, order, definitions, the overlap guard, and what is left of them."""

import awkward as ak
import numpy as np
import pytest
from given_selection import DEFAULT, selection

from unsculpt.errors import InputError
from unsculpt.rows import Rows

OBJECTS = DEFAULT["objects"]


def jagged(**fields):
    return ak.zip({name: ak.Array(values) for name, values in fields.items()})


def step(**changes):
    """One event with photons, jets and a lepton, in GeV."""
    return {
        "run": np.array([1]),
        "event": np.array([2]),
        "weight": np.array([1.5]),
        "trigger": np.array([True]),
        "photon": jagged(
            pt=[[40.0, 60.0, 24.0]],
            eta=[[0.1, -1.0, 0.5]],
            phi=[[0.0, 2.0, 1.0]],
            mass=[[0.0, 0.0, 0.0]],
            tight=[[True, False, True]],
            etcone20=[[1.0, 3.0, 0.0]],
            ptcone30=[[3.0, 1.0, 0.0]],
        ),
        "jet": jagged(
            pt=[[30.0, 24.0, 90.0, 50.0]],
            eta=[[0.0, 0.0, 1.0, -2.6]],
            phi=[[3.0, 0.0, 1.0, 0.0]],
            mv2c10=[[0.9, 1.0, 0.7, 1.0]],
        ),
        "lepton": jagged(pt=[[12.0, 9.0, 20.0]], eta=[[0.0, 0.0, 2.4]], phi=[[0.0, 0.0, 1.0]]),
    } | changes


def directed(eta, phi):
    """Photons of 60, 50, ... GeV in these directions."""
    zero = {name: [[0.0] * len(eta)] for name in ("mass", "tight", "etcone20", "ptcone30")}
    return jagged(pt=[[60.0 - 10 * i for i in range(len(eta))]], eta=[eta], phi=[phi], **zero)


def objects(arrays=None, **changes):
    """The rows of a step, with `changes` of the objects of the default study."""
    study, _ = selection(objects=OBJECTS | changes)
    return Rows(arrays or step(), study)


def field(rows, name, of):
    return rows[name].field(of).tolist()


def test_objects_below_threshold_go_and_the_rest_is_in_order_of_pt():
    rows = objects()
    assert field(rows, "photon", "pt") == [[60.0, 40.0]]
    assert field(rows, "jet", "pt") == [[90.0, 30.0]]
    assert field(rows, "lepton", "pt") == [[20.0, 12.0]]


def test_equal_momenta_keep_their_order():
    photons = ak.with_field(directed([0.1, 0.2, 0.3], [0.0] * 3), ak.Array([[50.0, 60.0, 50.0]]), "pt")
    assert field(objects(step(photon=photons)), "photon", "eta") == [[0.2, 0.1, 0.3]]


def test_objects_without_momentum_keep_the_order_of_the_file():
    tracks = {"prefix": "track_", "fields": {"d0": "d0"}}
    study, _ = selection(
        formats={"atlas_open": {"collections": {"track": tracks}}},
        objects=OBJECTS | {"track": {"require": "d0 > 1"}},
        quantities={"d": {"expression": "track[0].d0"}},
        features=["d"],
    )
    rows = Rows(step(track=jagged(d0=[[0.5, 2.0, 7.0, 3.0]])), study)
    assert field(rows, "track", "d0") == [[2.0, 7.0, 3.0]] and rows["d"].tolist() == [2.0]


@pytest.mark.parametrize("eta", [1.38, -1.45, 1.51, 2.38, -2.6])
def test_photons_in_the_crack_and_beyond_the_calorimeter_are_dropped(eta):
    photons = ak.with_field(step()["photon"], ak.Array([[0.1, eta, 0.5]]), "eta")
    assert field(objects(step(photon=photons)), "photon", "pt") == [[40.0]]


def test_a_photon_is_isolated_when_both_cones_are_small_against_its_pt():
    # 60 GeV: 3.0 and 1.0 below 3.9; 40 GeV: the track cone of 3.0 is above 2.6
    assert field(objects(), "photon", "isolated") == [[True, False]]


def test_without_track_isolation_the_calorimeter_decides_alone():
    alone = OBJECTS["photon"] | {"define": {"isolated": "etcone20 < 0.065 * pt"}}
    study, about = selection(objects=OBJECTS | {"photon": alone})
    assert "ptcone30" not in about["collections"]["photon"]["fields"]
    arrays = step()
    arrays["photon"] = arrays["photon"][[name for name in arrays["photon"].fields if name != "ptcone30"]]
    assert field(Rows(arrays, study), "photon", "isolated") == [[True, True]]
    assert field(objects(photon=OBJECTS["photon"] | {"define": {"isolated": 1}}), "photon", "isolated") == [[1, 1]]


def test_b_tags_are_scores_above_the_working_point():
    assert field(objects(), "jet", "tagged") == [[False, True]]


def test_definitions_may_follow_from_one_another_and_from_the_row():
    """In any order, before the requirement, which may name them; a number of the row is that of each object."""
    jet = {
        "require": "heavy and pt > threshold",
        "define": {"heavy": "scaled > 1", "scaled": "pt / count(lepton) / 14", "share": "pt / sum(photon.pt)"},
    }
    study, _ = selection(
        objects=OBJECTS | {"jet": jet},
        quantities={"threshold": {"expression": "lepton[1].pt + 20"}, "best": {"expression": "max(jet.share)"}},
        features=["best", "jet1_pt"],
        channels={"inclusive": {}},
    )
    rows = Rows(step(), study)
    assert field(rows, "jet", "pt") == [[90.0, 50.0]]  # of 30, 24, 90 and 50: 28 and more are heavy, and above 32
    assert rows["best"].tolist() == [0.9] and rows["jet1_pt"].tolist() == [90.0]


@pytest.mark.parametrize(
    ("jet", "circle"),
    [
        ({"define": {"a": "b + 1", "b": "2 * a"}}, r"jet.a -> jet.b -> jet.a"),
        ({"define": {"a": "pt / sum(jet.pt)"}}, r"jet.a -> jet: "),
        ({"define": {"a": "pt / n_jets"}}, r"jet.a -> n_jets -> jet: "),
        ({"define": {"a": "1"}, "require": "pt > 0.1 * n_jets"}, r"jet -> n_jets -> jet: "),
        ({"define": {"a": "1"}, "away_from": {"jet[0]": 0.1}}, r"jet -> jet: "),
        ({"define": {"a": "pt / mass"}}, r"mass -> candidate -> jet -> jet.a -> mass: "),
    ],
)
def test_objects_do_not_need_themselves(jet, circle):
    changes = {"candidate": "jet[0] + jet[1]", "regions": {"inclusive": True}, "cuts": {}}
    changes |= {"channels": {"inclusive": {}}, "quantities": {"best": {"expression": "max(jet.a)"}}}
    with pytest.raises(InputError, match=circle + r".*what is defined by itself has no value; break the circle"):
        selection(objects={"jet": jet}, features=["best", "n_jets"], **changes)


def test_one_collection_gives_several_objects():
    tagged = {"from": "jet", "require": "mv2c10 > 0.8", "define": {"twice": "2 * pt"}}
    study, _ = selection(
        objects=OBJECTS | {"b": tagged},
        quantities={"n": {"expression": "count(b)"}, "first": {"expression": "b[0].twice"}},
        features=["n", "first", "n_jets"],
    )
    rows = Rows(step(), study)
    assert field(rows, "b", "pt") == [[50.0, 30.0, 24.0]] and field(rows, "jet", "pt") == [[90.0, 30.0]]
    assert (rows["n"].tolist(), rows["first"].tolist(), rows["n_jets"].tolist()) == ([3.0], [100.0], [2.0])


def away(**distances):
    """Momenta of the jets at (eta, phi) of (1, 1) and (0, 3) that are away from photons or leptons."""
    names = {"one": "photon[0]", "two": "photon[:2]", "all": "photon", "pair": "photon[0] + photon[1]"}
    return OBJECTS["jet"] | {"away_from": {names.get(name, name): value for name, value in distances.items()}}


@pytest.mark.parametrize(
    ("eta", "phi", "which", "left"),
    [
        ([1.0, 1.0], [1.3, 1.3], {"one": 0.4}, [30.0]),
        ([0.0, 0.0], [0.0, -3.0], {"two": 0.4}, [90.0]),  # 0.28 away, through pi
        ([0.0, 0.0], [0.0, -3.0], {"one": 0.4}, [90.0, 30.0]),
        ([0.9, 0.0, 0.1], [1.0, 0.0, 3.0], {"two": 0.4}, [30.0]),
        ([0.9, 0.0, 0.1], [1.0, 0.0, 3.0], {"all": 0.4}, []),
        ([0.9, 0.0, 0.1], [1.0, 0.0, 3.0], {"all": 0.05}, [90.0, 30.0]),
        ([0.9], [1.0], {"two": 0.4}, [30.0]),  # there is no second one to be near to
        ([], [], {"one": 0.4, "all": 3.0}, [90.0, 30.0]),
        ([0.9, 0.0], [1.0, 0.0], {"one": 0.4, "lepton": 3.1}, []),  # both, and leptons at (2.4, 1) and (0, 0)
        ([1.0, 1.0], [1.0, 1.0], {"pair": 0.4}, [30.0]),
    ],
)
def test_jets_on_top_of_others_are_not_jets(eta, phi, which, left):
    rows = objects(step(photon=directed(eta, phi)), jet=away(**which))
    assert field(rows, "jet", "pt") == [left]


def test_a_distance_is_kept_by_those_that_are_farther_and_by_them_alone():
    photons = directed([0.5], [0.0])
    jets = jagged(pt=[[40.0, 30.0]], eta=[[0.0, -0.25]], phi=[[0.0, 0.0]], mv2c10=[[0.0, 0.0]])
    rows = objects(step(photon=photons, jet=jets), jet=away(one=0.5))
    assert field(rows, "jet", "pt") == [[30.0]]  # 0.75 away, and not 0.5


@pytest.fixture
def events(rng):
    """50 events with random photons, jets and leptons."""
    n = 50

    def collection(*names, **others):
        counts = rng.integers(0, 5, n)
        total = int(counts.sum())
        values = {"pt": rng.uniform(5, 90, total), "eta": rng.uniform(-2.6, 2.6, total)}
        values |= {"phi": rng.uniform(-3.1, 3.1, total), "mass": np.full(total, 0.1)}
        values |= {name: rng.random(total) < 0.7 for name in names} | {
            k: rng.uniform(*v, total) for k, v in others.items()
        }
        return ak.zip({name: ak.unflatten(x, counts) for name, x in values.items()})

    return {
        "run": np.ones(n, np.int64),
        "event": np.arange(n),
        "weight": rng.uniform(0.5, 1.5, n),
        "trigger": rng.random(n) < 0.9,
        "photon": collection("tight", etcone20=(0, 5), ptcone30=(0, 5)),
        "jet": collection(mv2c10=(0, 1)),
        "lepton": collection(),
    }


NAMES = ("mass", "ti", "photons_dr", "n_jets", "weight", "event")


def values(rows):
    return {name: np.asarray(rows[name]).tolist() for name in NAMES} | {"jets": field(rows, "jet", "pt")}


def same(a, b):
    return (
        a.keys() == b.keys()
        and all(np.array_equal(a[n], b[n], equal_nan=True) for n in NAMES)
        and a["jets"] == b["jets"]
    )


@pytest.mark.parametrize("first", ["values", "rows"])
def test_what_is_taken_of_rows_does_not_depend_on_what_was_asked_before(events, rng, first):
    """By masks and by indices, once and again; no event feels another."""
    study, _ = selection(features=["photons_dr", "n_jets"])
    rows = Rows(events, study)
    whole = values(Rows(events, study))
    if first == "values":
        assert same(values(rows), whole)
    kept = np.flatnonzero(rng.random(50) < 0.6)
    taken = rows.take(np.isin(np.arange(50), kept))
    order = rng.permutation(len(kept))[:7]
    again = taken.take(order)
    for part, index in ((taken, kept), (again, kept[order])):
        assert len(part) == len(index)
        assert same(values(part), {name: [value[i] for i in index] for name, value in whole.items()})
    alone = [values(Rows({name: array[i : i + 1] for name, array in events.items()}, study)) for i in range(50)]
    assert same({name: [one[name][0] for one in alone] for name in whole}, whole)


def test_no_rows_have_values_as_others_have(events):
    study, _ = selection(features=["photons_dr", "n_jets"])
    for none in (Rows(events, study).take(np.zeros(50, bool)), Rows({k: v[:0] for k, v in events.items()}, study)):
        assert len(none) == 0 and all(values(none)[name] == [] for name in (*NAMES, "jets"))
        assert none.passes("ti and not trigger").tolist() == [] and none.number("mass + 1").tolist() == []


LARGE = {
    "samples": DEFAULT["samples"],
    "objects": {"lepton": {}, "large_jet": {"require": "pt > 200", "away_from": {"lepton[0]": 1.0}}},
    "candidate": "each large_jet",
    "cuts": {},
    "regions": {"tagged": "candidate.tau32 < 0.5", "other": "True"},
    "channels": {"inclusive": {}},
    "quantities": {
        "jet_pt": {"expression": "candidate.pt"},
        "others": {"expression": "count(large_jet) - 1"},
        "share": {"expression": "candidate.pt / sum(large_jet.pt)"},
        "near": {"expression": "min(dr(candidate, lepton))"},
        "rapidity": {"expression": "candidate.rapidity"},
        "best": {"expression": "candidate.pt >= max(large_jet.pt)"},
    },
    "features": ["jet_pt", "others", "share", "near", "rapidity", "best"],
}


def large():
    """Three events: with three large jets of which two count, with none, and with one beside a lepton and one apart."""
    pt = [[300.0, 150.0, 500.0], [], [400.0, 250.0]]
    eta, phi = [[0.0, 1.0, -1.0], [], [0.5, -1.5]], [[0.0, 2.0, 3.0], [], [1.0, -2.0]]
    mass, tau32 = [[80.0, 10.0, 175.0], [], [90.0, 85.0]], [[0.4, 0.1, 0.6], [], [0.2, 0.3]]
    return {
        "run": np.array([1, 1, 2]),
        "event": np.array([5, 6, 7]),
        "weight": np.array([1.0, 2.0, -3.0]),
        "lepton": jagged(pt=[[], [30.0], [40.0]], eta=[[], [0.0], [0.5]], phi=[[], [0.0], [0.6]]),
        "large_jet": jagged(pt=pt, eta=eta, phi=phi, mass=mass, tau32=tau32),
    }


def test_each_object_is_a_row_with_what_its_event_has():
    study, about = selection(**LARGE)
    assert set(about["collections"]["large_jet"]["fields"]) == {"pt", "eta", "phi", "mass", "tau32"}
    rows = Rows(large(), study)
    assert len(rows) == 3 and rows["event"].tolist() == [5, 5, 7] and rows["weight"].tolist() == [1.0, 1.0, -3.0]
    assert rows["jet_pt"].tolist() == [500.0, 300.0, 250.0] and rows["mass"].tolist() == [175.0, 80.0, 85.0]
    assert rows["others"].tolist() == [1, 1, 0] and rows["best"].tolist() == [True, False, True]
    np.testing.assert_allclose(rows["share"], [5 / 8, 3 / 8, 1])
    np.testing.assert_allclose(rows["near"], [np.nan, np.nan, np.hypot(2.0, 2.6)])
    pt, eta, mass = np.array([[500.0, 300.0, 250.0], [-1.0, 0.0, -1.5], [175.0, 80.0, 85.0]])
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)
    np.testing.assert_allclose(rows["rapidity"], np.arctanh(pt * np.sinh(eta) / energy), atol=1e-12)
    assert rows["tagged"].tolist() == [False, True, True]


def test_rows_of_one_event_are_taken_apart():
    study, _ = selection(**LARGE)
    rows = Rows(large(), study).take(np.array([False, True, True]))
    assert rows["jet_pt"].tolist() == [300.0, 250.0] and rows["others"].tolist() == [1, 0]
    assert rows.take(np.array([1]))["mass"].tolist() == [85.0]


def test_events_without_an_object_have_no_row():
    study, _ = selection(**LARGE)
    for index in ([1], []):
        rows = Rows({name: array[index] for name, array in large().items()}, study)
        assert len(rows) == 0 and all(len(rows[name]) == 0 for name in LARGE["features"])


def test_the_mass_may_be_a_number_of_the_event():
    study, about = selection(
        formats={"atlas_open": {"event": {"fields": {"m": "mgg"}, "energies": ["m"]}}},
        objects={},
        candidate=None,
        mass={"expression": "m"},
        cuts={},
        regions={"inclusive": True},
        channels={"inclusive": {}},
        quantities={"twice": {"expression": "2 * mass"}},
        features=["twice"],
    )
    assert about["collections"] == {} and "m" in about["event"]["fields"]
    rows = Rows({"run": np.ones(2), "event": np.arange(2), "weight": np.ones(2), "m": np.array([120.0, 125])}, study)
    assert rows["twice"].tolist() == [240.0, 250.0] and rows["inclusive"].tolist() == [True, True]
