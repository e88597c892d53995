"""From a ROOT file to an event table, as the rule does it."""

import json
from types import SimpleNamespace

import awkward as ak
import numpy as np
import pytest
import select_events
import uproot
from given_selection import DEFAULT, FREE, selection

from unsculpt import events, files
from unsculpt.errors import InputError

MASS = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}
FEATURES = ["photon1_pt", "photons_dr", "jet1_pt", "n_bjets", "lepton1_pt", "met", "photon1_converted"]
PARAMS = ("role", "region", "step_size", "simulated", "folds", "blind", "bad_events", "content")


def select(path, folder, *, name="table.parquet", sample="tth", paths=None, mass=MASS, **changes):
    """The table of the default study in one channel, with `changes` of its keys or of the params of the rule."""
    params = {"role": "signal", "region": "any", "step_size": "50 MB", "folds": 3, "blind": True}
    params |= {"mass": mass, "feature_padding": 0.0, "code": "-", "bad_events": "refuse", "content": []} | {
        key: changes.pop(key) for key in PARAMS if key in changes
    }
    study = {"channels": FREE["channels"], "features": FEATURES, "mass": mass} | changes
    definitions, about = selection(**study)
    params = {"simulated": params["role"] != "data"} | params
    params |= {
        "paths": paths or [str(path)],
        "format": about,
        "definitions": definitions,
        "features": study["features"],
    }
    output = folder / name
    select_events.main(
        SimpleNamespace(
            params=SimpleNamespace(**params),
            wildcards=SimpleNamespace(sample=sample, part="0"),
            output=SimpleNamespace(events=str(output)),
        )
    )
    return events.load(output)


def test_a_file_becomes_a_table_with_features_folds_and_cut_flow(write_ntuple, toy_branches, tmp_path):
    table = select(write_ntuple(toy_branches(3000), generator="Toy 1.0"), tmp_path)
    assert len(table) > 100 and table.feature_names == tuple(FEATURES)
    assert ((table.mass >= 105) & (table.mass < 160)).all() and np.isfinite(table.features).all()
    assert set(table.label) == {1} and set(table.fold) == {0, 1, 2} and set(table.region) == {"ti", "ntni"}
    about = table.metadata
    assert about["cutflow"][0][:2] == ["all", 3000] and about["cutflow"][-1][1] == len(table)
    assert about["cutflow"][-1][2] == pytest.approx(table.weight.sum())
    assert (about["events_read"], about["sum_weights"], about["generator"]) == (3000, 15000.0, "Toy 1.0")
    assert about["cross_section_pb"] == pytest.approx(0.1) and about["provenance"]["uproot"]


def test_the_bytes_of_a_table_are_the_same_each_time(write_ntuple, toy_branches, tmp_path):
    path = write_ntuple(toy_branches(500))
    select(path, tmp_path, name="a.parquet")
    select(path, tmp_path, name="b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_the_events_do_not_depend_on_the_step_of_reading(write_ntuple, toy_branches, tmp_path):
    path = write_ntuple(toy_branches(500))
    whole, steps = (select(path, tmp_path, step_size=size) for size in ("50 MB", "10 kB"))
    assert whole.event.tolist() == steps.event.tolist() and (whole.features == steps.features).all()
    counts, other = ([row[:2] for row in table.metadata["cutflow"]] for table in (whole, steps))
    assert counts == other


def test_files_without_events_and_without_selected_ones_add_nothing(write_ntuple, toy_branches, tmp_path):
    """Beside a full file, and alone."""
    full = write_ntuple(toy_branches(500), "full.root")
    empty = write_ntuple({name: values[:0] for name, values in toy_branches(5).items()}, "empty.root")
    barren = write_ntuple(toy_branches(20) | {"trigP": np.zeros(20, bool)}, "barren.root")
    alone, table = select(full, tmp_path), select(full, tmp_path, paths=[empty, full, barren, empty])
    assert table.event.tolist() == alone.event.tolist() and (table.features == alone.features).all()
    assert table.metadata["sum_weights"] is None and f"{empty} has zero events" in table.metadata["unknown"]
    assert table.metadata["events_read"] == 520 and table.metadata["cutflow"][-1][1] == len(alone)
    for path, events_read in ((empty, 0), (barren, 20)):
        table = select(path, tmp_path)
        assert len(table) == 0 and table.metadata["events_read"] == events_read
    data = select(full, tmp_path, paths=[full, empty], role="data").metadata
    assert data["sum_weights"] is data["events_read"] is None and data["unknown"] == ""  # some are blinded
    data = select(full, tmp_path, paths=[full, empty], role="data", blind=False).metadata
    assert data["sum_weights"] == data["events_read"] == data["cutflow"][0][1] == 500 and data["unknown"] == ""


def test_bad_events_stand_in_the_cut_flow(write_ntuple, toy_branches, tmp_path, caplog):
    """Of those that are left the table has every event; blinded, only its end is counted."""
    toys = toy_branches(400)
    met = toys["met_et"].copy()
    met[[3, 100]] = np.nan
    path = write_ntuple(toys | {"met_et": met})
    with pytest.raises(InputError, match=r"'met_et' is not a number \(or infinite\) in entry 3 \(and 1 more\)"):
        select(path, tmp_path)
    good = select(write_ntuple(toys, "good.root"), tmp_path)
    table = select(path, tmp_path, bad_events="skip")
    assert table.entry.tolist() == [entry for entry in good.entry.tolist() if entry not in (3, 100)]
    flow, plain = table.metadata["cutflow"], good.metadata["cutflow"]
    assert [row[0] for row in flow] == [plain[0][0], "good events", *(row[0] for row in plain[1:])]
    assert flow[0][1:] == pytest.approx(plain[0][1:]) and flow[1][1] == 398
    assert files.warnings(table.metadata) == [] and "2 of 400 events are bad and left out" in caplog.text
    blind = select(path, tmp_path, bad_events="skip", role="data").metadata["cutflow"]
    assert blind[0] == ["all", None, None] and blind[1] == ["good events", None, None]


def test_every_row_finds_its_event_in_its_file(write_ntuple, toy_branches, tmp_path):
    """By file and entry, also where files have the same numbers of events."""
    toys = [toy_branches(300, seed=i) for i in (1, 2)]
    paths = [write_ntuple(branches, f"{i}.root") for i, branches in enumerate(toys)]
    table = select(paths[0], tmp_path, paths=paths)
    assert table.metadata["files"] == paths and {*table.file.tolist()} == {0, 1}
    assert len({*zip(table.file.tolist(), table.entry.tolist(), strict=True)}) == len(table)
    met = np.array([toys[file]["met_et"][entry] for file, entry in zip(table.file, table.entry, strict=True)])
    np.testing.assert_allclose(table.column("met"), met / 1000, rtol=1e-6)


def test_the_content_of_a_file_is_not_in_the_digest_of_its_events(write_ntuple, toy_branches, tmp_path):
    """It may depend on events that are blinded."""
    path = write_ntuple(toy_branches(300))
    one, other = (select(path, tmp_path, content=[text]).metadata["provenance"] for text in ("a", "b"))
    assert one == other


def test_a_photon_file_needs_no_jets_when_the_study_uses_none(write_ntuple, toy_branches, tmp_path):
    names = ("photon", "mcWeight")
    photons = {name: values for name, values in toy_branches(500).items() if name.startswith(names)}
    table = select(write_ntuple(photons), tmp_path, features=["photon1_pt", "photons_dphi"])
    assert len(table) > 10 and table.metadata["sum_weights"] == pytest.approx(photons["mcWeight"].sum())


def test_blinded_data_have_no_tight_isolated_event_in_the_window(write_ntuple, toy_branches, tmp_path):
    path = write_ntuple(toy_branches(3000))
    seen, blind = (select(path, tmp_path, sample="data", role="data", blind=blind) for blind in (False, True))
    inside = (seen.mass >= 120) & (seen.mass < 130) & (seen.region == "ti")
    assert inside.any() and blind.event.tolist() == seen.event[~inside].tolist()
    assert (blind.weight == 1).all() and set(blind.label) == {-1}


def test_simulation_is_not_blinded(write_ntuple, toy_branches, tmp_path):
    table = select(write_ntuple(toy_branches(3000)), tmp_path, region="ti", blind=True)
    assert ((table.mass >= 120) & (table.mass < 130)).any()


def test_real_data_give_the_published_number_of_events(realdata, tmp_path, caplog):
    """8,900 events with two tight photons, 2,857 of them in 105-160 GeV, 2,519 after the cuts on pT over mass."""
    file = realdata / "data_A.GamGam.even.root"
    tight = {"ti": "all(photon[:2].tight)", "ntni": "not ti"}
    settings = {"sample": "data", "role": "data", "region": "ti", "features": ["photon1_pt"], "regions": tight}
    table = select(file, tmp_path, blind=False, **settings)
    assert len(table) == 2519 and table.metadata["events_read"] == table.metadata["cutflow"][0][1] == 8900
    free = DEFAULT["cuts"] | {"pT over mass": "True"}
    assert len(select(file, tmp_path, cuts=free, blind=False, **settings)) == 2857
    blind = select(file, tmp_path, blind=True, **settings)
    assert blind.event.tolist() == table.event[(table.mass < 120) | (table.mass >= 130)].tolist()
    assert blind.metadata["events_read"] is None


def test_what_real_data_lack_is_said_with_the_way_out(realdata, tmp_path):
    """They have no isolation by tracks, for which the default study asks."""
    file = realdata / "data_A.GamGam.even.root"
    sentence = r"no branch 'photon_ptcone30', in which the format has photon.ptcone30; .*, or leave photon.ptcone30 out"
    with pytest.raises(InputError, match=sentence):
        select(file, tmp_path, role="data", features=["photon1_pt"])


def test_photons_of_a_nano_file(realdata, tmp_path):
    """200 simulated events with negative weights, 9 of them with two photons; no flag, and no tree of the sums."""
    table = select(
        realdata / "nanoAOD_2015_CMS_Open_Data_ttbar.root",
        tmp_path,
        format="nanoaod",
        objects={"photon": {}, "jet": {"define": {"tagged": "deepb > 0.6"}}},
        cuts={"two photons": "count(photon) >= 2"},
        regions=FREE["regions"],
        features=["photon1_pt", "n_jets", "n_bjets", "met"],
    )
    flow = {name: n for name, n, _ in table.metadata["cutflow"]}
    assert (flow["all"], flow["two photons"]) == (200, 9)
    assert table.metadata["sum_weights"] == pytest.approx((174 - 26) * 225892.45, rel=1e-6)


MUONS = {
    "format": "nanoaod",
    "candidate": "muon[0] + muon[1]",
    "cuts": {"pair": "count(muon) >= 2", "opposite charges": "muon[0].charge * muon[1].charge < 0"},
    "regions": FREE["regions"],
    "quantities": {
        "muon1_pt": {"expression": "muon[0].pt"},
        "pair_pt": {"expression": "candidate.pt"},
        "isolated": {"expression": "all(muon[:2].tight and muon[:2].isolation < 0.15)"},
    },
    "features": ["muon1_pt", "pair_pt", "isolated"],
}
PAIRS = MASS | {"min_gev": 60, "max_gev": 120, "window_gev": [81, 101]}


def pairs_by_hand(raw, least):
    """By plain loops: event, mass, pT, leading pT of the two leading muons above `least` GeV, and whether isolated."""
    found = []
    for event, *columns in zip(*(ak.to_list(raw[name]) for name in ("event", *MUON_BRANCHES)), strict=True):
        muons = sorted((m for m in zip(*columns, strict=True) if m[0] > least), key=lambda m: -m[0])[:2]
        if len(muons) < 2 or muons[0][4] * muons[1][4] > 0:
            continue
        momenta = np.array([four_momentum(*m[:4]) for m in muons]).sum(axis=0)
        mass = np.sqrt(momenta[3] ** 2 - (momenta[:3] ** 2).sum())
        isolated = all(tight and isolation < 0.15 for *_, isolation, tight in muons)
        found.append((event, mass, np.hypot(*momenta[:2]), muons[0][0], isolated))
    return np.array(found).T


MUON_BRANCHES = [f"Muon_{name}" for name in ("pt", "eta", "phi", "mass", "charge", "pfRelIso04_all", "tightId")]


def four_momentum(pt, eta, phi, mass):
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + mass**2)


@pytest.fixture
def single_muon(realdata, tmp_path):
    """1,000 events of the data of CMS of 2012 with a muon trigger, as a NanoAOD file; and what is in it."""
    raw = ak.from_parquet(realdata / "Run2012B_SingleMu-1000.parquet")
    names = [*MUON_BRANCHES, "run", "event", "HLT_IsoMu24"]
    arrays = {
        name: ak.without_parameters(raw[name]) if name.startswith("Muon") else ak.to_numpy(raw[name]) for name in names
    }
    types = {name: values.type.content if name.startswith("Muon") else values.dtype for name, values in arrays.items()}
    with uproot.recreate(tmp_path / "single_muon.root") as file:
        file.mktree("Events", types, counter_name=lambda counted: f"n{counted.split('_')[0]}").extend(arrays)
    return tmp_path / "single_muon.root", raw


def test_muon_pairs_of_real_data_are_those_by_hand(single_muon, tmp_path):
    """42 of 46 pairs lie in 81 to 101 GeV, at the Z boson; blinded, none of these is left."""
    path, raw = single_muon
    trigger = {"nanoaod": {"event": {"fields": {"trigger": "HLT_IsoMu24"}}}}
    study = MUONS | {"formats": trigger, "objects": {"muon": {"require": "pt > 15"}}}
    study["cuts"] = {"trigger": "trigger"} | MUONS["cuts"]
    options = {"sample": "data", "role": "data", "mass": PAIRS}
    table, blind = (select(path, tmp_path, blind=blind, **options, **study) for blind in (False, True))
    event, mass, pt, leading, isolated = pairs_by_hand(raw[raw.HLT_IsoMu24], 15)
    inside = (mass >= 60) & (mass < 120)
    assert table.event.tolist() == event[inside].astype(int).tolist()
    np.testing.assert_allclose(table.mass, mass[inside], rtol=1e-6)
    np.testing.assert_allclose(table.matrix(["pair_pt", "muon1_pt"]), np.stack([pt, leading], 1)[inside], rtol=1e-5)
    assert table.column("isolated").tolist() == isolated[inside].tolist() and 0 < table.column("isolated").mean() < 1
    triggered, two = raw.HLT_IsoMu24, ak.sum(raw.Muon_pt > 15, axis=1) >= 2
    counts = [1000, ak.sum(triggered), ak.sum(triggered & two), len(mass), *[inside.sum()] * 3]
    assert [row[1] for row in table.metadata["cutflow"]] == counts
    peak = (table.mass >= 81) & (table.mass < 101)
    assert (peak.sum(), len(peak)) == (42, 46)
    assert blind.event.tolist() == table.event[~peak].tolist()
    assert set(table.run) <= {*raw.run.tolist()} and (table.weight == 1).all()


def test_muon_pairs_of_a_simulated_nano_file_are_those_by_hand(realdata, tmp_path):
    """One event of 200 has two muons; its weight is that of the generator."""
    path = realdata / "nanoAOD_2015_CMS_Open_Data_ttbar.root"
    with uproot.open(path) as file:
        raw = file["Events"].arrays(["event", "genWeight", *MUON_BRANCHES])
    wide = PAIRS | {"min_gev": 0, "max_gev": 1000, "window_gev": None}
    table = select(path, tmp_path, mass=wide, objects={"muon": {}}, **MUONS | {"cuts": {"pair": "count(muon) >= 2"}})
    (where,) = np.flatnonzero(ak.num(raw.Muon_pt) >= 2)
    assert table.event.tolist() == [raw.event[where]] and table.weight.tolist() == [raw.genWeight[where]]
    momenta = sum(np.array(four_momentum(*(raw[name][where, i] for name in MUON_BRANCHES[:4]))) for i in (0, 1))
    assert table.mass[0] == pytest.approx(np.sqrt(momenta[3] ** 2 - (momenta[:3] ** 2).sum()), rel=1e-5)
    assert table.metadata["sum_weights"] == pytest.approx(float(np.sum(raw.genWeight)))


def large_jets(n, rng):
    """Branches of n events with up to three large jets each."""
    counts = rng.integers(0, 4, n)
    total = int(counts.sum())
    values = {
        "pt": 200e3 + rng.exponential(100e3, total),
        "eta": rng.uniform(-2, 2, total),
        "phi": rng.uniform(-3, 3, total),
        "E": np.full(total, 1e6),
        "m": rng.uniform(40e3, 200e3, total),
        "tau32": rng.random(total),
    }
    return {f"largeRjet_{name}": ak.unflatten(x, counts) for name, x in values.items()}


def test_each_object_is_a_row_of_the_fold_of_its_event(write_ntuple, toy_branches, tmp_path, rng):
    """Rows, weights and folds against the flattened file; the cut flow counts rows, and the sample its events."""
    toys = toy_branches(400) | large_jets(400, rng)
    study = FREE | {
        "objects": {"large_jet": {}},
        "candidate": "each large_jet",
        "regions": {"tagged": "candidate.tau32 < 0.6", "rest": True},
        "quantities": {"jet_pt": {"expression": "candidate.pt"}, "n": {"expression": "count(large_jet)"}},
        "features": ["jet_pt", "n"],
    }
    mass = MASS | {"min_gev": 50, "max_gev": 190, "window_gev": [70, 90]}
    path = write_ntuple(toys)
    table, small = (select(path, tmp_path, mass=mass, step_size=size, **study) for size in ("50 MB", "10 kB"))
    counts = ak.to_numpy(ak.num(toys["largeRjet_m"]))
    jets = {name: np.asarray(ak.flatten(toys[f"largeRjet_{name}"])) / 1e3 for name in ("m", "pt")}
    owner = np.repeat(np.arange(400), counts)
    order = np.lexsort((-jets["pt"], owner))
    order = order[(jets["m"][order] >= 50) & (jets["m"][order] < 190)]
    assert table.event.tolist() == owner[order].tolist()
    np.testing.assert_allclose(table.mass, jets["m"][order])
    np.testing.assert_allclose(table.features, np.stack([jets["pt"], counts[owner]], 1)[order], rtol=1e-6)
    assert table.fold.tolist() == events.fold(table.run, table.event, 3).tolist()
    weight = (toys["mcWeight"].astype(float) * toys["scaleFactor_PHOTON"])[owner[order]]
    np.testing.assert_allclose(table.weight, weight)
    about = table.metadata
    assert about["each"] and about["cutflow"][0][1] == counts.sum() and about["cutflow"][-1][1] == len(table)
    assert (about["events_read"], about["sum_weights"]) == (400, 2000.0)
    assert small.event.tolist() == table.event.tolist() and (small.features == table.features).all()
    options = {"sample": "data", "role": "data", "mass": mass}
    blind = select(path, tmp_path, blind=True, **options, **study)
    hidden = (table.mass >= 70) & (table.mass < 90) & (table.region == "tagged")
    assert hidden.any() and np.array_equal(blind.mass, table.mass[~hidden])
    assert blind.metadata["cutflow"][0][1] is None and blind.metadata["cutflow"][-1][1] == len(blind)


def test_the_mass_may_be_a_number_of_the_event(write_ntuple, toy_branches, tmp_path, rng):
    toys = toy_branches(300) | {"mgg": rng.uniform(90e3, 170e3, 300)}
    mgg = {"atlas_open": {"event": {"fields": {"m": "mgg"}, "energies": ["m"]}}}
    study = FREE | {"formats": mgg, "objects": {}, "candidate": None, "quantities": {"x": {"expression": "event"}}}
    table = select(write_ntuple(toys), tmp_path, mass=MASS | {"expression": "m"}, features=["x"], **study)
    masses = toys["mgg"] / 1e3
    inside = (masses >= 105) & (masses < 160)
    assert table.event.tolist() == np.flatnonzero(inside).tolist() == table.features[:, 0].tolist()
    np.testing.assert_allclose(table.mass, masses[inside])
    assert not table.metadata["each"] and set(table.region) == {"inclusive"}


def test_measured_events_of_a_background_are_read_as_data(write_ntuple, toy_branches, tmp_path):
    """Each weighs one, those of the searched region are blinded, and nothing is asked of weights."""
    toys = {k: v for k, v in toy_branches(2000).items() if k not in ("mcWeight", "SumWeights", "XSection")}
    options = {"sample": "control", "role": "background", "simulated": False}
    seen, blind = (select(write_ntuple(toys), tmp_path, blind=blind, **options) for blind in (False, True))
    hidden = (seen.mass >= 120) & (seen.mass < 130) & (seen.region == "ti")
    assert hidden.any() and blind.event.tolist() == seen.event[~hidden].tolist()
    assert (blind.weight == 1).all() and set(blind.label) == {events.BACKGROUND}
    about = blind.metadata
    assert about["sum_weights"] is about["events_read"] is about["cutflow"][0][1] is None
    assert about["cutflow"][-1][1:] == [len(blind), len(blind)] and seen.metadata["events_read"] == 2000


def test_of_what_the_simulation_warned_is_known_of_its_events(write_ntuple, toy_branches, tmp_path):
    paths = [
        write_ntuple(toy_branches(300, seed=i), name=f"{i}.root", unsculpt_warnings=json.dumps(said))
        for i, said in enumerate((["Sherpa is not available"], ["Sherpa is not available", "and it rains"]))
    ]
    table = select(paths[0], tmp_path, paths=paths)
    assert files.warnings(table.metadata) == ["Sherpa is not available", "and it rains"]
    assert files.warnings(select(write_ntuple(toy_branches(300)), tmp_path).metadata) == []
