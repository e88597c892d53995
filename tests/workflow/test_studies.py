"""Analyses that are a study file alone, each from its own files to the report: muons, a measured background, jets."""

import csv
import json
from dataclasses import replace

import awkward as ak
import numpy as np
import pytest
import yaml
from defaults import default
from sklearn.metrics import roc_auc_score
from workflow import own_files
from workflow.blinding import data_in_the_window, regions
from workflow.running import ROOT, snakemake

from unsculpt import events, scores, wording
from unsculpt.simulation.processes import PROCESSES

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(1800)]
SIMULATION = default("simulation")
SMALL = {  # of every study here
    "training": {"hidden_layers": [16], "epochs": 20, "batch_size": 256, "learning_rate": 0.01, "retries": 0},
    "metrics": {"bootstrap_replicas": 20},
    "statistics": {"toys": 100},
    "granularity": {"events_per_job": 100_000},
}
NETWORKS = {"nn": {"objective": "none", "strengths": [0]}, "ann": {"objective": "adversarial", "strengths": [30]}}


class Made:
    """What a run of a changed study made."""

    def __init__(self, study, folder, changes, *options):
        changed = {"base": f"config/studies/{study}.yaml", "study": study} | SMALL | changes
        (folder / "study.yaml").write_text(yaml.safe_dump(changed, sort_keys=False), encoding="utf-8")
        snakemake("--configfile", folder / "study.yaml", "--directory", folder, *options)
        self.folder, self.results = folder, folder / "results" / study
        self.summary = json.loads((self.results / "summary.json").read_text(encoding="utf-8"))

    def table(self, name):
        return events.load(self.results / f"events/{name}.parquet")

    def points(self, background):
        return {point["method"]: point for point in self.summary["backgrounds"][background]["points"]}

    def page(self):
        return (self.results / "report.html").read_text(encoding="utf-8")


# Muon pairs


@pytest.fixture(scope="module")
def dimuon(tmp_path_factory):
    """The study of muons with pairs of the same sign from a file as a second part of the background."""
    folder = tmp_path_factory.mktemp("dimuon")
    pairs = own_files.simulated("mumu", 6000, 5, SIMULATION)
    leptons = pairs.leptons.copy()
    leptons["charge"] = np.where(leptons["event"] % 2, 1, leptons["charge"])  # those of odd events have the same sign
    own = own_files.branches(replace(pairs, leptons=leptons), folder)
    own_files.save(
        folder / "same.root", "mini", {key: own[key] for key in own if key[:3] not in ("mcW", "sca", "XSe", "Sum")}
    )
    measured = {"role": "background", "measured": True, "region": "same_sign", "files": ["same.root"]}
    changes = {
        "samples": {
            "zmm": {"simulate": {"chunks": 1, "events_per_chunk": 5000}},
            "mumu": {"simulate": {"chunks": 1, "events_per_chunk": 9000}},
            "same_sign": measured | {"normalisation": {"to": "events"}},
        },
        "backgrounds": {"pairs": ["mumu", "same_sign"]},
        "methods": NETWORKS,
    }  # fmt: skip
    return Made("dimuon", folder, changes)


def test_muon_pairs_are_selected_by_their_own_names(dimuon):
    table = dimuon.table("pairs")
    assert len(table) > 2000 and {*table.channel} == {"central", "forward"}
    assert {*table.region[table.sample != "same_sign"]} == {"opposite_sign"}
    pt = table.features[:, [table.feature_names.index(f"muon{i}_pt") for i in (1, 2)]]
    assert (pt[:, 0] > 25).all() and (pt[:, 1] > 15).all() and (pt[:, 0] >= pt[:, 1]).all()
    signal = table.mass[table.label == 1]
    assert abs(np.median(signal) - 91.2) < 0.5


def test_a_network_that_separates_muon_pairs_sculpts_and_one_that_does_not_finds_nothing(dimuon):
    nn, ann = (dimuon.points("pairs")[name] for name in ("nn", "ann"))
    assert nn["auc"]["value"] > 0.6 and nn["jsd"]["over_floor"]["value"] > 5
    assert ann["jsd"]["value"] < nn["jsd"]["value"] / 3 and ann["auc"]["value"] < 0.6


def test_measured_pairs_of_the_same_sign_count_one_each(dimuon):
    table = dimuon.table("pairs")
    pairs = table.sample == "same_sign"
    assert pairs.sum() > 300 and {*table.region[pairs]} == {"same_sign"} and (table.weight[pairs] == 1).all()
    about = dimuon.summary["backgrounds"]["pairs"]["samples"]
    assert about["same_sign"]["scale"] == 1 and about["mumu"]["scale"] != 1
    assert about["same_sign"]["share"]["value"] == pytest.approx(pairs.sum() / table.weight[table.label == 0].sum())


def test_the_page_of_a_study_of_muons_speaks_of_muons(dimuon):
    page = dimuon.page()
    for background in dimuon.summary["backgrounds"].values():
        assert background["categories"] and background["combined"] and background["initial"]
    assert "muon1_pt" in page and "photon1" not in page and "diphoton" not in page and r"\gamma\gamma" not in page


# Data as the background of simulated ttH


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    """The study of ttH against data in the control region, and the branches of the data."""
    folder = tmp_path_factory.mktemp("control")
    fakes = own_files.simulated("ntni", 3500, 1, SIMULATION)
    good = PROCESSES["ntni"].for_pseudodata(own_files.simulated("ntni", 2500, 2, SIMULATION))
    data = own_files.together([fakes, good, own_files.simulated("tth", 300, 3, SIMULATION)])
    branches = own_files.derivation(own_files.branches(data, folder), data)
    own_files.save(folder / "data_2.root", "analysis", branches)
    changes = {
        "samples": {"tth": {"simulate": {"chunks": 1, "events_per_chunk": 2000}}},
        # weights that a format for data and simulation alike would have: no branch of the first is in the file
        "formats": {"derivation": {"weights": {"generator": "mc_weight", "factors": ["scale_factor"], "sum": "total"}}},
        "methods": NETWORKS,
        "categories": {"min_sideband_events": 3, "min_window_background": 0.2},
        "fit": {"min_sideband_events": 3},
    }  # fmt: skip
    return Made("tthyy_control", folder, changes, "--config", "data_files=[data_2.root]"), branches


def test_data_of_the_control_region_weigh_one_and_fill_the_sidebands(control):
    made, _ = control
    raw, table = made.table("ntni/0"), made.table("ntni")
    assert (raw.weight == 1).all() and {*raw.region} == {"ntni"} and len(raw) > 300
    assert {*table.sample} == {"tth", "ntni", "data"}
    beside = (table.mass < 120) | (table.mass >= 130)
    filled, data = (table.weight[beside & (table.sample == name)] for name in ("ntni", "data"))
    assert len(data) > 30 and (data == 1).all()
    assert filled.sum() == pytest.approx(len(data), rel=1e-9) and np.ptp(filled) < 1e-9 * filled[0]


def test_the_energies_of_the_data_are_those_of_its_format(control):
    made, branches = control
    tight, mass = regions(branches)
    raw = made.table("ntni/0")
    own = np.asarray(raw.event) - branches["event_number"][0]
    np.testing.assert_allclose(raw.mass, mass[own], rtol=1e-5)
    assert not tight[own].any()


def test_no_data_of_the_searched_region_are_in_the_window_of_any_file(control):
    """Neither their mass nor their numbers, nor by how many the counts are fewer."""
    made, branches = control
    tight, mass = regions(branches)
    hidden = tight & (mass >= 120) & (mass < 130)
    assert hidden.sum() > 20
    numbers, tables = branches["event_number"][hidden], 0
    for path in made.results.rglob("*"):
        if path.suffix == ".parquet" and "scores" not in path.parts:
            table, tables = events.load(path, columns=()), tables + 1
            assert not np.isin(table.event, numbers).any(), path
            assert not ((table.label == events.DATA) & (abs(table.mass - 125) < 5)).any(), path
        elif path.suffix == ".json":
            assert data_in_the_window(json.loads(path.read_text(encoding="utf-8"))) == 0, path
    assert tables == 4
    for name in ("data", "ntni"):
        about = made.summary["samples"][name]
        assert about["events_read"] is about["sum_weights"] is about["cutflow"][0][1] is None
        assert about["cutflow"][-1][1] == about["events_selected"] > 0


def test_a_study_with_a_measured_background_has_all_of_its_stages(control):
    made, _ = control
    background = made.summary["backgrounds"]["ntni"]
    assert list(made.summary["backgrounds"]) == ["ntni"] and background["combined"]["observed_significance"] is None
    assert background["categories"] and background["initial"] and "NTNI" in made.page()


# Large jets, one row each


@pytest.fixture(scope="module")
def largejets(tmp_path_factory):
    """The study of W jets on toys, and the branches of the background."""
    folder = tmp_path_factory.mktemp("largejets")
    toys = {name: own_files.large_jets(3000, name == "wjet", 7 + (name == "wjet")) for name in ("wjet", "multijet")}
    for name, branches in toys.items():
        own_files.save(folder / f"{name}.root", "mini", branches)
    methods = {
        "ann": {"objective": "adversarial", "strengths": [10]},
        "d2": {"feature": "d2", "sign": -1},
        "d2_ddt": {"transform": "ddt", "of": "d2"},
    }
    return Made("largejets", folder, {"methods": methods}), toys["multijet"]


def test_each_large_jet_is_a_row(largejets):
    made, branches = largejets
    table = made.table("multijet/0")
    jets = ak.zip({name: branches[f"largeRjet_{name}"] for name in ("pt", "eta", "m", "D2")})
    event, _ = ak.broadcast_arrays(branches["eventNumber"], jets.pt)
    order = ak.argsort(jets.pt, ascending=False)
    jets, event = jets[order], event[order]
    kept = (jets.pt > 200e3) & (abs(jets.eta) < 2) & (jets.m >= 40e3) & (jets.m < 160e3)
    np.testing.assert_allclose(table.mass, ak.to_numpy(ak.flatten(jets.m[kept])) / 1000, rtol=1e-12)
    np.testing.assert_array_equal(table.event, ak.to_numpy(ak.flatten(event[kept])))
    column = table.features[:, table.feature_names.index("d2")]
    np.testing.assert_allclose(column, ak.to_numpy(ak.flatten(jets.D2[kept])), rtol=1e-6)
    assert len(table) > len({*table.event}) > 1000


def test_the_jets_of_an_event_share_their_fold_and_its_weight(largejets):
    made, branches = largejets
    table = made.table("multijet/0")
    order = np.argsort(table.event, kind="stable")
    event, fold = table.event[order], table.fold[order]
    twins = event[1:] == event[:-1]
    assert twins.sum() > 200 and (fold[1:] == fold[:-1])[twins].all() and {*fold} == {0, 1, 2}
    np.testing.assert_allclose(table.weight, branches["mcWeight"][table.event])
    scale = made.summary["samples"]["multijet"]["scale"]
    assert scale == pytest.approx(10e3 * 20 / branches["SumWeights"][0])


def test_a_tagger_has_fits_and_no_categories(largejets):
    made, _ = largejets
    background = made.summary["backgrounds"]["multijet"]
    assert made.summary["stages"] == ["fits"] and background["categories"] is None and background["initial"]
    assert background["initial"]["fit"]["status"] == "fitted" and "fit" in made.page()
    warnings = json.dumps(made.summary)
    assert "number of another" not in warnings


def test_the_sculpting_of_the_mass_of_a_jet_is_seen_and_taken_away(largejets):
    made, _ = largejets
    points = made.points("multijet")
    assert points["d2"]["jsd"]["over_floor"]["value"] > 3
    assert points["d2_ddt"]["jsd"]["value"] < points["d2"]["jsd"]["value"] / 3


# W jets, simulated


@pytest.fixture(scope="module")
def wjets(tmp_path_factory):
    """The study of W tagging on few events, a method of each kind."""
    flat = {name: {"column": "pt", "bins": 10} for name in ("background", "signal")}
    changes = {
        "samples": {
            "wprime": {"simulate": {"chunks": 1, "events_per_chunk": 1500}},
            "multijets": {"simulate": {"chunks": 1, "events_per_chunk": 4000}},
        },
        "methods": {
            "nn": {"objective": "none", "strengths": [0]},
            "nn_flat": {"objective": "none", "strengths": [0], "flat_in": flat},
            "ann": {"objective": "adversarial", "strengths": [10], "conditions": ["pt"]},
            "boosted": {"objective": "uboost", "strengths": [0.3]},
            "ann_cdf": {"transform": "cdf", "of": "ann", "protected": ["mass", "pt"]},
            "tau21": {"feature": "tau21", "sign": -1},
            "tau21_ddt": {"transform": "ddt", "of": "tau21", "protected": ["rho_ddt"]},
        },
        "trees": {"estimators": 10},
    }  # fmt: skip
    return Made("wjets", tmp_path_factory.mktemp("wjets"), changes)


def test_w_jets_have_the_transverse_momenta_of_multijets(wjets):
    table = wjets.table("multijets")
    signal, background = (table.where(label) for label in (events.SIGNAL, events.BACKGROUND))
    assert signal.sum() > 600 and background.sum() > 1000
    assert abs(np.median(table.mass[signal]) - 80.4) < 3
    pt = table.column("pt")
    means = [np.average(pt[rows], weights=table.weight[rows]) for rows in (signal, background)]
    assert means[0] == pytest.approx(means[1], rel=0.05) and np.mean(pt[signal]) > 1.5 * means[0]


def test_each_point_of_a_tagger_is_measured_in_ranges_and_hunts_for_a_bump(wjets):
    points = wjets.points("multijets")
    assert len(points) == 7
    for point in points.values():
        assert {row["name"] for row in point["ranges"]} == {"all_pt", "pt", "pt_fine"}
        if point["fit"]["status"] == "fitted":
            assert [row["strength"] for row in point["injection"]["injected"]] == [0, 1]
    assert any(point["injection"] for point in points.values())


def test_the_page_of_a_tagger_shows_maps_weights_and_ranges(wjets):
    figures = {path.stem for path in (wjets.results / "figures/multijets").glob("*.png")}
    wanted = {"map_tau21_ddt", "map_ann_cdf", "weighting_nn_flat", "pairs", "divergence", "distributions", "injection"}
    assert wanted <= figures
    assert {"robustness_pt_fine", "planes_pt"} <= figures
    assert {"training_boosted", "posterior_ann", "efficiency_all"} <= figures
    assert (wjets.results / "hepdata/multijets_ranges_pt.yaml").exists()


# Jets of tops, simulated with their constituents


@pytest.fixture(scope="module")
def toptagging(tmp_path_factory):
    """The study of top taggers on few jets, with a network of each kind; fewer of these are shown everywhere."""
    study = yaml.safe_load((ROOT / "config/studies/toptagging.yaml").read_text(encoding="utf-8"))
    few = ("nsub6", "cnn", "lola", "lbn", "pcnn", "bdt", "from_top", "tau32")
    methods = {name: study["methods"][name] | ({"epochs": 3} if name in ("cnn", "lola") else {}) for name in few}
    published = {name: about for name, about in study["published"]["taggers"].items() if name in few}
    changes = {
        "samples": {
            "top": {"simulate": {"chunks": 1, "events_per_chunk": 1200}},
            "qcd": {"simulate": {"chunks": 1, "events_per_chunk": 900}},
        },
        "training": SMALL["training"] | {"epochs": 5, "batch_size": 128, "learning_rate": 0.003, "seeds": 1},
        "architectures": {"convolution": {"channels": [8, 8, 8], "hidden_layers": [16]}},
        "trees": {"estimators": 20},
        "methods": methods,
        "published": study["published"] | {"taggers": published},
        "learning_curves": {"events": [100, 300]},
    }
    return Made("toptagging", tmp_path_factory.mktemp("toptagging"), changes)


def test_every_kind_of_tagger_tells_tops_from_other_jets(toptagging):
    table, points = toptagging.table("qcd"), toptagging.points("qcd")
    assert abs(np.median(table.mass[table.where(events.SIGNAL)]) - 172) < 6
    assert table.arrays["image"].shape[1:] == (40, 40) and table.arrays["hardest"].shape[1:] == (40, 3)
    areas = {name: point["auc"]["value"] for name, point in points.items()}
    assert min(areas[name] for name in ("from_top", "tau32")) > 0.88 and areas["bdt"] > 0.95
    assert min(areas[name] for name in ("nsub6", "cnn", "lola", "lbn", "pcnn")) > 0.75


def test_images_gradients_and_published_taggers_are_shown(toptagging):
    figures = {path.stem for path in (toptagging.results / "figures/qcd").glob("*.png")}
    assert {"images", "roc"} <= figures
    assert (toptagging.results / "tables/qcd/published.csv").exists()
    assert "Taggers beside published ones" in toptagging.page() and "from memory" in toptagging.page()
    assert "Learning curves" in toptagging.page()
    means = json.loads((toptagging.results / "images/top.json").read_text(encoding="utf-8"))["images"]["image"]["steps"]
    assert list(means) == ["centre", "rotate", "flip"]
    for mean in means.values():
        assert np.sum(mean) == pytest.approx(1, abs=1e-4)
    assert np.array(means["flip"])[20:].sum() > 0.5 > np.array(means["flip"])[:, :20].sum()


def test_each_tagger_that_learns_has_a_curve_which_ends_with_the_models_of_the_study(toptagging):
    learning, table = toptagging.summary["backgrounds"]["qcd"]["learning"], toptagging.table("qcd")
    names = [name for name in toptagging.points("qcd") if name not in ("from_top", "tau32")]
    assert [point["method"] for point in learning] == names
    outside, inside = table.fold != 0, table.fold == 0
    every = {name: int(np.sum(outside & table.where(events.LABELS[name]))) for name in ("signal", "background")}
    signal = table.where(events.SIGNAL)[inside]
    for point in learning:
        few, more, own = point["curve"]
        assert few["events"] == {"signal": 100, "background": 100} and more["events"]["signal"] == 300
        assert own["events"] == every and [row["of_study"] for row in point["curve"]] == [False, False, True]
        score = scores.load(toptagging.results / f"scores/qcd/{point['method']}.parquet")["0"][inside]
        assert own["auc"]["value"] == pytest.approx(roc_auc_score(signal, score, sample_weight=table.weight[inside]))
        assert all(row["auc"]["value"] > 0.6 and 0 < row["auc"]["error"] < 0.1 for row in point["curve"])
    areas = {point["method"]: [row["auc"]["value"] for row in point["curve"]] for point in learning}
    assert min(areas["bdt"]) > 0.85 and np.mean(list(areas.values()), axis=0)[2] > 0.8
    drawn = json.loads((toptagging.results / "figures/qcd/learning.json").read_text(encoding="utf-8"))["panels"]
    lines = [artist["y"] for artist in drawn[0]["drawn"] if "points" in artist]
    np.testing.assert_allclose(lines, list(areas.values()))


def test_the_table_of_taggers_has_training_sizes_and_on_the_page_minutes(toptagging):
    with (toptagging.results / "tables/qcd/published.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = toptagging.table("qcd")
    least = min(np.sum((table.fold != 0) & table.where(label)) for label in (events.SIGNAL, events.BACKGROUND))
    sizes = [row["Learns from"] for row in rows]
    assert sizes == [str(least)] * 6 + ["", ""] and not any("Minutes" in name for name in rows[0])
    page = toptagging.page()
    assert page.count('<th scope="col">Minutes</th>') == 1
    shown = page.split('<th scope="col">Minutes</th>')[1].split("</table>")[0]
    times = list((toptagging.results / "benchmarks/train_models/qcd/lola").glob("*.tsv"))
    seconds = sum(float(path.read_text(encoding="utf-8").splitlines()[1].split("\t")[0]) for path in times)
    assert len(times) == 3 and wording.number(seconds / 60 / 3) in shown


# Jets that autoencoders have not seen


@pytest.fixture(scope="module")
def qcd(tmp_path_factory):
    """The study of autoencoders on few jets: one that has seen QCD alone, one of which a tenth is tops, their maps."""
    study = yaml.safe_load((ROOT / "config/studies/qcd.yaml").read_text(encoding="utf-8"))
    few = {"top": 1200, "qcd": 3500, "w_boson": 400}
    simulated = {name: {"simulate": {"chunks": 1, "events_per_chunk": number}} for name, number in few.items()}
    methods = ("nn", "mass", "ae", "ae_cdf", "ae_c10", "ae_c10_cdf")
    changes = {
        "samples": {name: simulated.get(name) for name in study["samples"]},
        "probes": {"confinement": None, "invisible": None, "w": {"methods": ["ae", "ae_cdf"]}},
        "training": {"epochs": 3, "batch_size": 128, "retries": 0},
        "hunt": {"efficiency": 0.1, "toys": 50},
        "methods": {name: study["methods"][name] for name in methods},
    }
    return Made("qcd", tmp_path_factory.mktemp("qcd"), changes)


def test_an_autoencoder_finds_tops_by_their_mass_and_its_map_without_it(qcd):
    points = qcd.points("qcd")
    area = {name: point["auc"]["value"] for name, point in points.items()}
    assert min(area["mass"], area["ae"]) > 0.88 and 0.65 < area["ae_cdf"] < 0.87, area
    floors = {name: point["jsd"]["over_floor"]["value"] for name, point in points.items()}
    assert floors["mass"] > floors["ae"] > 1.9 and floors["ae_cdf"] < 1.6, floors
    assert {name for name, point in points.items() if point["loss"]} == {"ae", "ae_c10"}
    clean, dirty = (points[name]["loss"]["value"] for name in ("ae", "ae_c10"))
    assert 0.01 < clean < dirty / 1.2 < 0.1


def test_a_hunt_finds_tops_that_an_autoencoder_took_for_qcd(qcd):
    hunts = {point["method"]: point for point in qcd.summary["backgrounds"]["qcd"]["hunts"]}
    assert {*hunts} == {"nn", "ae", "ae_cdf", "ae_c10", "ae_c10_cdf"} and hunts["ae"]["signal"] == 0
    found = hunts["ae_c10"]
    assert found["signal"] / found["events"] == pytest.approx(0.1, abs=0.01)
    assert found["passing_signal"] > 2 * hunts["ae_c10_cdf"]["passing_signal"] > 0
    low, high = found["hunt"]["window"]
    assert low < 172 < high and found["hunt"]["signal"] > 0.7 * (
        found["hunt"]["observed"] - found["hunt"]["background"]
    )
    assert found["hunt"]["local"] > 6 and found["hunt"]["at_limit"]
    assert found["hunt"]["local"] > hunts["ae_c10_cdf"]["hunt"]["local"] > 2


def test_probes_images_and_hunts_have_their_files_tables_and_figures(qcd):
    background = qcd.summary["backgrounds"]["qcd"]
    areas = {point["method"]: point["samples"]["w_boson"]["auc"] for point in background["probes"]}
    assert {*areas} == {"ae", "ae_cdf"} and areas["ae"]["value"] > 0.7 and 0 < areas["ae"]["error"] < 0.05
    pictures = json.loads((qcd.results / "pictures/qcd/ae.json").read_text(encoding="utf-8"))
    errors = {name: mean["error"] for name, mean in pictures["means"].items()}
    assert np.shape(pictures["means"]["signal"]["given_back"]) == (40, 40)
    assert errors["signal"] > 3 * errors["background"]
    figures = {path.stem for path in (qcd.results / "figures/qcd").glob("*.png")}
    assert {"hunt_significance", "hunt_spectra", "probes_w", "pictures_ae", "pictures_ae_c10", "map_ae_cdf"} <= figures
    assert {"autoencoders", "hunts", "probes"} <= {path.stem for path in (qcd.results / "tables/qcd").glob("*.csv")}
    page = qcd.page()
    for words in (
        "A search without a model",
        "Other signals",
        "Largest excess in the mass",
        "further signals, which no",
    ):
        assert words in page, words
    assert page.count("<img") == len({path.stem for path in (qcd.results / "figures").rglob("*.svg")})
