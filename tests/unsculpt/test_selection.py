"""The event selection: against one by hand, event by event; cut flow, regions, channels and blinding."""

import math
from random import Random

import awkward as ak
import numpy as np
import pytest
from given_selection import DEFAULT, FREE, ROOT, selection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unsculpt import axes, columns, schema
from unsculpt.ntuples import Ntuple
from unsculpt.rows import Rows
from unsculpt.selection import LAST, select

AXIS = axes.spectrum(np.arange(105, 161), (120, 130))
STUDY, FORMAT = selection()
FEATURES = DEFAULT["features"]
CONES = ("etcone20", "ptcone30")
ROUNDING = 1e-9  # relative; nearer to a limit, two formulas for one mass or angle may differ


class ByHand:
    """The selection of the default study in plain Python, as it was written before there were expressions.

    Masses and angles are by other formulas; `unsure` holds the events of which they lie at a limit within rounding,
    `inside` which ones are in the window.
    """

    def __init__(self, arrays):
        self.events = [
            dict(zip(arrays, row, strict=True)) for row in zip(*map(ak.to_list, arrays.values()), strict=True)
        ]
        self.unsure, self.inside = set(), {}

    def above(self, value, limit, i):
        if abs(value - limit) <= ROUNDING * abs(limit):
            self.unsure.add(i)
        return value > limit

    def event(self, i):
        """Cuts that are passed, region, channel, mass and features; what comes after a failed cut is None."""
        e, passed = self.events[i], ["all"]
        photons = self.by_pt(
            p for p in e["photon"] if p["pt"] > 25 and abs(p["eta"]) < 2.37 and not 1.37 <= abs(p["eta"]) <= 1.52
        )
        leptons = self.by_pt(p for p in e["lepton"] if p["pt"] > 10 and abs(p["eta"]) < 2.5)
        if not e["trigger"]:
            return passed, None, None, None, None
        passed.append("trigger")
        if len(photons) < 2:
            return passed, None, None, None, None
        passed.append("two photons")
        first, second = photons[:2]
        opening = math.cosh(first["eta"] - second["eta"]) - math.cos(first["phi"] - second["phi"])
        mass = math.sqrt(max(2 * first["pt"] * second["pt"] * opening, 0))
        if not (self.above(first["pt"], 0.35 * mass, i) and self.above(second["pt"], 0.25 * mass, i)):
            return passed, None, None, mass, None
        passed.append("pT over mass")
        if not self.above(mass, 105, i) or self.above(mass, 160, i):
            return passed, None, None, mass, None
        self.inside[i] = self.above(mass, 120, i) and not self.above(mass, 130, i)
        passed.append("mass range")
        good = all(
            p["tight"] and p["etcone20"] < 0.065 * p["pt"] and p["ptcone30"] < 0.065 * p["pt"] for p in photons[:2]
        )
        jets = self.by_pt(
            j
            for j in e["jet"]
            if j["pt"] > 25 and abs(j["eta"]) < 2.5 and all(self.above(self.dr(j, p), 0.4, i) for p in photons[:2])
        )
        tags = sum(j["mv2c10"] > 0.8244273 for j in jets)
        channel = "leptonic" if tags and leptons else "hadronic" if tags and len(jets) >= 3 and not leptons else None
        return passed, "ti" if good else "ntni", channel, mass, self.features(photons, jets)

    @staticmethod
    def by_pt(objects):
        return sorted(objects, key=lambda o: -o["pt"])

    @staticmethod
    def dr(a, b):
        return math.hypot(a["eta"] - b["eta"], math.remainder(a["phi"] - b["phi"], 2 * math.pi))

    def features(self, photons, jets):
        first, second = photons[:2]
        single = [p.get(key, p["pt"] * math.cosh(p["eta"])) for p in photons[:2] for key in ("pt", "e", "eta", "phi")]
        dphi, deta = abs(math.remainder(first["phi"] - second["phi"], 2 * math.pi)), abs(first["eta"] - second["eta"])
        of_jets = [j[key] for j in jets[:3] for key in ("pt", "e", "eta", "phi")] + [0.0] * 12
        return [*single, dphi, deta, math.hypot(dphi, deta), *of_jets[:12]]


def compare(arrays, region="any", blind=False):
    """The selection by expressions and that by hand agree, event by event; the number of events that are left."""
    hand = ByHand(arrays)
    found = [hand.event(i) for i in range(len(hand.events))]
    sure = np.array([i not in hand.unsure for i in range(len(found))], bool)
    arrays, found = (
        {name: values[sure] for name, values in arrays.items()},
        [f for f, s in zip(found, sure, strict=True) if s],
    )
    rows, classes, flow = select(Rows(arrays, STUDY), STUDY, axis=AXIS, region=region, blind=blind)
    inside = [hand.inside.get(i, False) for i, here in enumerate(sure) if here]
    hidden = [blind and f[1] == "ti" and i for f, i in zip(found, inside, strict=True)]
    left = [
        i for i, (_, place, channel, _, _) in enumerate(found) if channel and region in (place, "any") and not hidden[i]
    ]
    assert rows["event"].tolist() == arrays["event"][left].tolist()
    assert classes["region"].tolist() == [found[i][1] for i in left]
    assert classes["channel"].tolist() == [found[i][2] for i in left]
    np.testing.assert_allclose(classes["mass"], [found[i][3] for i in left], rtol=1e-9)
    matrix = columns.matrix(rows, FEATURES, 0.0)
    expected = np.array([found[i][4] for i in left], float).reshape(len(left), len(FEATURES))
    np.testing.assert_allclose(matrix, expected, rtol=1e-6, atol=1e-6)
    if not blind:
        names = [*["all", *STUDY["cuts"]], LAST[0]]
        passed = [sum(name in f[0] for f in found) for name in names]
        passed.append(sum(f[1] is not None and region in (f[1], "any") for f in found))
        assert [row[1] for row in flow] == [*passed, len(left)]
    return len(left)


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("region", ["ti", "ntni", "any"])
def test_toys_are_selected_as_by_hand(write_ntuple, toy_branches, region, blind):
    with Ntuple(write_ntuple(toy_branches(4000)), FORMAT, step_size="1 MB", simulated=True) as ntuple:
        assert sum(compare(arrays, region, blind) for arrays in ntuple) > 20


ETA = [0.0, 1.37, -1.37, 1.52, 2.37, -2.5, 1.3699, 1.5201]
PHI = [0.0, math.pi, -math.pi, 3.1, -3.1]
PT = [10.0, 24.999, 25.0, 25.001, 40.0, 40.0, 60.0]
EDGES = [edge * (1 + shift) for edge in (105, 120, 130, 160) for shift in (-1e-7, 0, 1e-7)]


def an_event(random):
    """An event whose objects lie at limits or anywhere; most often two photons make a mass near an edge."""

    def number(limits, low, high):
        return random.choice(limits) if random.random() < 0.4 else random.uniform(low, high)

    def an_object(**fields):
        return {"pt": number(PT, 5, 120), "eta": number(ETA, -2.6, 2.6), "phi": number(PHI, -math.pi, math.pi)} | fields

    def a_photon(**fields):
        flags = {"tight": random.random() < 0.9, "mass": 0.0}
        return an_object(**flags) | {key: random.choice([0.0, 0.0, 0.0, 0.065, 0.0649]) for key in CONES} | fields

    photons = [a_photon() for _ in range(random.choice([0, 1, 1, 2, 3]))]
    if random.random() < 0.9:
        one, other = a_photon(pt=random.uniform(45, 80)), a_photon()
        opening = math.cosh(one["eta"] - other["eta"]) - math.cos(one["phi"] - other["phi"])
        if opening > 0.1:
            other["pt"] = number(EDGES, 100, 165) ** 2 / (2 * one["pt"] * opening)
            photons = [one, other, *photons[:1]]
            random.shuffle(photons)
    for photon in photons:
        photon |= {"e": photon["pt"] * math.cosh(photon["eta"])} | {cone: photon[cone] * photon["pt"] for cone in CONES}
    scores = [0.8244273, 0.8244274, 0.9, 1.0, -1.0]
    jets = [an_object(mv2c10=random.choice(scores), e=random.uniform(30, 300)) for _ in range(random.randrange(7))]
    if photons and jets and random.random() < 0.5:  # at the distance of the overlap
        eta = photons[0]["eta"] + 0.4 * random.choice([0.999, 1, 1.001])
        jets[0] |= {"eta": eta, "phi": photons[0]["phi"]}
    leptons = [an_object() for _ in range(random.choice([0, 0, 1, 2]))]
    return {"trigger": random.random() < 0.9, "photon": photons, "jet": jets, "lepton": leptons}


COLLECTIONS = {
    "photon": ("pt", "eta", "phi", "e", "mass", "tight", "etcone20", "ptcone30"),
    "jet": ("pt", "eta", "phi", "e", "mv2c10"),
    "lepton": ("pt", "eta", "phi"),
}


def as_arrays(events):
    """Events as a step of an ntuple has them."""
    n = len(events)
    arrays = {"run": np.ones(n, np.int64), "event": np.arange(n), "weight": np.ones(n)}
    arrays["trigger"] = np.array([e["trigger"] for e in events], bool)
    for name, fields in COLLECTIONS.items():
        counts = np.array([len(e[name]) for e in events], np.int64)
        columns = {
            key: np.array([o[key] for e in events for o in e[name]], bool if key == "tight" else float)
            for key in fields
        }
        arrays[name] = ak.zip({key: ak.unflatten(column, counts) for key, column in columns.items()})
    return arrays


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(0, 100), st.sampled_from(["ti", "ntni", "any"]), st.booleans())
@example(1, 1000, "any", False)
@example(2, 1000, "ti", True)
def test_any_events_are_selected_as_by_hand(seed, n, region, blind):
    random = Random(seed)
    left = compare(as_arrays([an_event(random) for _ in range(n)]), region, blind)
    assert left > 10 or n <= 100


def back_to_back(mass, first=0.5, **changes):
    """An event with two good photons of exactly this mass in the transverse plane, and nothing else."""
    good = {"eta": 0.0, "mass": 0.0, "tight": True, "etcone20": 0.0, "ptcone30": 0.0}
    pt = [first * mass, mass / 4 / first]
    photons = [good | {"pt": pt[i], "e": pt[i], "phi": i * math.pi} | changes for i in (0, 1)]
    return {"trigger": True, "photon": photons, "jet": [], "lepton": []}


def run(arrays, region="any", blind=False, axis=AXIS, **changes):
    study, _ = selection(**{"channels": FREE["channels"]} | changes)
    return select(Rows(arrays, study), study, axis=axis, region=region, blind=blind)


def test_the_lower_edge_of_range_and_window_is_in_and_the_upper_is_not():
    masses = [np.nextafter(105, 0), 105.0, np.nextafter(120, 0), 120.0, np.nextafter(130, 0), 130.0, 159.9, 160.0]
    arrays = as_arrays([back_to_back(mass) for mass in masses])
    _, classes, _ = run(arrays)
    assert classes["mass"].tolist() == masses[1:-1]
    blind, _, _ = run(arrays, blind=True)
    assert blind["event"].tolist() == [1, 2, 5, 6]


@pytest.fixture
def arrays(rng):
    """2,000 events with three photons each around the mass range, some failing tight or isolation, and random jets."""
    return make_arrays(rng, 2000)


def make_arrays(rng, n, good=0.8):
    counts = {"photon": np.full(n, 3), "jet": rng.integers(0, 6, n), "lepton": rng.integers(0, 2, n)}

    def collection(name, low, scale, **fields):
        total = int(counts[name].sum())
        values = {"pt": low + rng.exponential(scale, total), "eta": rng.uniform(-1.3, 1.3, total)}
        values |= {"phi": rng.uniform(-3.1, 3.1, total), "mass": np.zeros(total)}
        values |= {key: draw(total) for key, draw in fields.items()}
        return ak.zip({key: ak.unflatten(x, counts[name]) for key, x in (values | {"e": values["pt"]}).items()})

    def flag(total):
        return rng.random(total) < good

    def cone(total):
        return np.where(rng.random(total) < good, 0.0, 100.0)

    return {
        "run": np.ones(n, np.int64),
        "event": np.arange(n),
        "weight": rng.uniform(0.5, 1.5, n),
        "trigger": rng.random(n) < 0.9,
        "photon": collection("photon", 30, 30, tight=flag, etcone20=cone, ptcone30=cone),
        "jet": collection("jet", 25, 40, mv2c10=lambda total: rng.random(total)),
        "lepton": collection("lepton", 5, 20),
    }


def test_ti_and_ntni_partition_the_events(arrays):
    ti, ntni, both = (run(arrays, region=region) for region in ("ti", "ntni", "any"))
    assert 0 < len(ti[0]) < len(both[0])
    assert sorted([*ti[0]["event"], *ntni[0]["event"]]) == both[0]["event"].tolist()
    assert set(ti[1]["region"]) == {"ti"} and set(ntni[1]["region"]) == {"ntni"}


def test_the_cut_flow_only_falls_and_ends_with_what_is_selected(arrays):
    rows, _, flow = run(arrays, region="ti", channels=DEFAULT["channels"])
    assert [row[0] for row in flow] == ["all", "trigger", "two photons", "pT over mass", *LAST]
    counts, sums = [row[1] for row in flow], [row[2] for row in flow]
    assert counts == sorted(counts, reverse=True) and sums == sorted(sums, reverse=True)
    assert counts[0] == 2000 and sums[0] == pytest.approx(arrays["weight"].sum())
    assert counts[-1] == len(rows) > 0 and sums[-1] == pytest.approx(rows["weight"].sum())


def test_cuts_are_made_in_the_order_of_the_study(arrays):
    cuts = {"last first": "photon[0].pt > 60", "odd": "event % 2 == 1"}
    rows, _, flow = run(arrays, cuts=cuts)
    counts = [("all", 2000)]
    hard = np.array([max(pt) > 60 for pt in arrays["photon"].pt.tolist()])
    counts += [("last first", int(hard.sum())), ("odd", int(hard[1::2].sum()))]
    assert [tuple(row[:2]) for row in flow[:3]] == counts and (rows["event"] % 2 == 1).all()


def test_a_weight_of_seven_changes_sums_and_no_event(arrays):
    one, _, flow = run(arrays)
    other, _, flow7 = run(arrays | {"weight": 7 * arrays["weight"]})
    assert one["event"].tolist() == other["event"].tolist()
    assert [row[2] for row in flow7] == pytest.approx([7 * row[2] for row in flow])


def test_negative_weights_count_as_events_and_are_subtracted(arrays):
    signs = np.where(arrays["event"] % 3 == 0, -1.0, 1.0)
    rows, _, flow = run(arrays | {"weight": signs})
    assert flow[-1][1] == len(rows) and flow[-1][2] == rows["weight"].sum() < len(rows)
    assert (rows["weight"] == np.where(rows["event"] % 3 == 0, -1, 1)).all()


def counted(n_jets, n_tags, n_leptons):
    """A good event with as many jets, b-tagged ones among them, and leptons."""
    far = {"eta": 2.0, "phi": 1.5, "pt": 50.0, "e": 90.0}
    jets = [far | {"mv2c10": 1.0 if i < n_tags else 0.0} for i in range(n_jets)]
    return back_to_back(125.0) | {"jet": jets, "lepton": [far] * n_leptons}


def test_an_event_belongs_to_the_first_channel_that_it_fits():
    arrays = as_arrays([counted(*n) for n in [(4, 1, 0), (4, 1, 1), (2, 1, 0), (4, 0, 1), (1, 1, 2)]])
    rows, classes, _ = run(arrays, channels=DEFAULT["channels"])
    assert dict(zip(rows["event"].tolist(), classes["channel"].tolist(), strict=True)) == {
        0: "hadronic",
        1: "leptonic",
        4: "leptonic",
    }
    every = run(arrays, channels={"all_in": {}} | DEFAULT["channels"])[1]
    assert every["channel"].tolist() == ["all_in"] * 5


def test_a_row_belongs_to_the_first_region_and_to_none_if_no_condition_holds(arrays):
    regions = {"high": "photon[0].pt > 80", "middle": "photon[0].pt > 60", "low": "photon[0].pt < 50"}
    rows, classes, _ = run(arrays, regions=regions)
    pt = rows["photon1_pt"]
    expected = np.where(pt > 80, "high", np.where(pt > 60, "middle", "low"))
    assert classes["region"].tolist() == expected.tolist() and set(expected) == {*regions}
    assert not ((pt >= 50) & (pt <= 60)).any()
    for region in regions:
        chosen, of_it, _ = run(arrays, regions=regions, region=region)
        assert chosen["event"].tolist() == rows["event"][classes["region"] == region].tolist()
        assert set(of_it["region"]) == {region}


def test_a_study_without_regions_and_channels_has_one_of_each(arrays):
    default = {key: schema.load(ROOT)["properties"][key]["default"] for key in ("regions", "channels")}
    study, _ = selection(**default)
    rows, classes, flow = select(Rows(arrays, study), study, axis=AXIS, region="inclusive", blind=True)
    assert set(classes["region"]) == set(classes["channel"]) == {"inclusive"}
    assert flow[-2][1] is None and flow[-1][1] == len(rows) > 0 and not AXIS.inside(classes["mass"]).any()
    _, _, flow = select(Rows(arrays, study), study, axis=AXIS, region="inclusive", blind=False)
    assert flow[-3][1] == flow[-2][1] == flow[-1][1] > len(rows)


def test_jets_near_the_pair_do_not_count(arrays):
    rows, _, _ = run(arrays)
    jets = rows["jet"].array
    for i in (0, 1):
        photons = rows["photon"].array[:, i]
        dphi = (jets.phi - photons.phi + np.pi) % (2 * np.pi) - np.pi
        assert ak.all(np.hypot(jets.eta - photons.eta, dphi) > 0.4)


def test_blinding_removes_exactly_the_rows_of_the_first_region_in_the_window(arrays):
    for region in ("ti", "ntni", "any"):
        seen, classes, _ = run(arrays, region=region)
        blind, _, _ = run(arrays, region=region, blind=True)
        hidden = AXIS.inside(classes["mass"]) & (classes["region"] == "ti")
        assert blind["event"].tolist() == seen["event"][~hidden].tolist()
        assert hidden.any() or region == "ntni"
    swapped = {"ntni": "not all(photon[:2].tight and photon[:2].isolated)", "ti": "True"}
    seen, classes, _ = run(arrays, regions=swapped)
    blind, _, _ = run(arrays, regions=swapped, blind=True)
    hidden = AXIS.inside(classes["mass"]) & (classes["region"] == "ntni")
    assert hidden.any() and blind["event"].tolist() == seen["event"][~hidden].tolist()


def test_without_a_window_blinding_hides_nothing(arrays):
    axis = axes.spectrum(AXIS.edges)
    seen, blind = (run(arrays, blind=hidden, axis=axis) for hidden in (False, True))
    assert blind[2] == seen[2] and blind[0]["event"].tolist() == seen[0]["event"].tolist()
    assert AXIS.inside(seen[1]["mass"]).any()


@pytest.mark.parametrize("good", [1.0, 0.8])
def test_a_blinded_cut_flow_is_that_of_a_sample_where_what_is_hidden_fails_the_selection(rng, good):
    """Whatever cuts the hidden events pass, and their like fail: only what is left is counted."""
    arrays = make_arrays(rng, 2000, good=good)
    rows, _, flow = run(arrays, region="ti", blind=True)
    hand = ByHand(arrays | {"trigger": np.ones(2000, bool)})
    hidden = np.zeros(2000, bool)
    for i, event in enumerate(hand.events):
        first, second = hand.by_pt(event["photon"])[:2]
        opening = math.cosh(first["eta"] - second["eta"]) - math.cos(first["phi"] - second["phi"])
        mass = math.sqrt(2 * first["pt"] * second["pt"] * opening)
        hidden[i] = 120 <= mass < 130 and all(p["tight"] and not p["etcone20"] + p["ptcone30"] for p in (first, second))
    seen, _, without = run({name: values[~hidden] for name, values in arrays.items()}, region="ti", blind=False)
    assert hidden.sum() > 10 and flow[-1] == without[-1] and rows["event"].tolist() == seen["event"].tolist()
    assert flow[:-1] == [[name, None, None] for name, *_ in without[:-1]] and without[0][1] == 2000 - hidden.sum()
    kept = run(arrays)[0]["event"]
    failing = np.flatnonzero(~np.isin(arrays["event"], kept))
    order = np.where(hidden, rng.choice(failing, 2000), np.arange(2000))
    twin = {name: values[order] for name, values in arrays.items()} | {"event": arrays["event"]}
    rows, _, other = run(twin, region="ti", blind=True)
    assert other == flow and rows["event"].tolist() == seen["event"].tolist()


@pytest.mark.parametrize("blind", [False, True])
def test_an_empty_batch_stays_empty(rng, blind):
    rows, classes, flow = run({name: values[:0] for name, values in make_arrays(rng, 10).items()}, blind=blind)
    assert len(rows) == 0 and [row[1:] for row in flow] == [[None, None] if blind else [0, 0.0]] * 6 + [[0, 0.0]]
    assert all(len(classes[name]) == 0 for name in ("mass", "region", "channel"))
    assert columns.matrix(rows, FEATURES, 0.0).shape == (0, len(FEATURES))


def test_nothing_may_be_left_after_any_cut(rng):
    """Each of the cuts in turn takes all that is left; the rest of the selection goes on with no row."""
    arrays = make_arrays(rng, 200)
    cuts = {"trigger": "trigger", "two photons": "count(photon) >= 2"}
    for place in range(3):
        items = [*cuts.items()]
        items.insert(place, ("none", "mass < 0"))
        rows, classes, flow = run(arrays, cuts=dict(items), channels=DEFAULT["channels"])
        assert (
            len(rows) == 0
            and classes["mass"].shape == (0,)
            and [row[1] for row in flow][place + 1 :] == [0] * (6 - place)
        )
        assert columns.matrix(rows, FEATURES, 0.0).shape == (0, len(FEATURES))


def test_a_mass_that_is_missing_or_infinite_is_outside_the_range():
    study, _ = selection(
        objects={"jet": {}},
        candidate=None,
        mass={"expression": "120 / (jet[0].pt - 50)"},
        features=["jet1_pt"],
        **FREE,
    )
    jets = ak.zip({"pt": ak.Array([[51.0], [], [50.0], [51.0, 20.0]])})
    arrays = {"run": np.ones(4), "event": np.arange(4), "weight": np.ones(4), "jet": jets}
    for blind, left in ((False, [0, 3]), (True, [])):
        rows, classes, flow = select(Rows(arrays, study), study, axis=AXIS, region="any", blind=blind)
        assert rows["event"].tolist() == left and classes["mass"].tolist() == [120.0] * len(left)
        assert flow[0][1] == (None if blind else 4) and flow[-1][1] == len(left)


def test_each_object_is_blinded_and_selected_on_its_own():
    """Rows of one event fall into different regions and outside the range; the cut flow counts rows."""
    study, _ = selection(
        objects={"large_jet": {}},
        candidate="each large_jet",
        cuts={"pT": "candidate.pt > 250"},
        regions={"tagged": "candidate.tau32 < 0.5", "other": True},
        channels={"one": {"require": "count(large_jet) == 1"}, "more": {}},
        features=["jet_pt"],
        quantities={"jet_pt": {"expression": "candidate.pt"}},
    )
    jets = {
        "pt": [[300.0, 200.0, 500.0], [260.0], [400.0]],
        "eta": [[0.0, 0.0, 0.0], [0.0], [0.0]],
        "phi": [[0.0, 0.0, 0.0], [0.0], [0.0]],
        "mass": [[125.0, 125.0, 140.0], [110.0], [90.0]],
        "tau32": [[0.2, 0.9, 0.3], [0.8], [0.1]],
    }
    arrays = {"run": np.ones(3), "event": np.arange(3), "weight": np.array([1.0, 2.0, 4.0])}
    arrays["large_jet"] = ak.zip({name: ak.Array(values) for name, values in jets.items()})
    rows, classes, flow = select(Rows(arrays, study), study, axis=AXIS, region="any", blind=False)
    assert rows["event"].tolist() == [0, 0, 1] and classes["mass"].tolist() == [140.0, 125.0, 110.0]
    assert classes["region"].tolist() == ["tagged", "tagged", "other"]
    assert classes["channel"].tolist() == ["more", "more", "one"]
    assert flow[:3] == [["all", 5, 9.0], ["pT", 4, 8.0], ["mass range", 3, 4.0]]
    rows, classes, flow = select(Rows(arrays, study), study, axis=AXIS, region="any", blind=True)
    assert classes["mass"].tolist() == [140.0, 110.0] and flow[0][:2] == ["all", None]
