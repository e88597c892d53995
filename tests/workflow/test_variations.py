"""Scales of objects as nuisances from ntuples to the summary, on a toy: an event and its copies count once."""

import json
import re

import awkward as ak
import numpy as np
import pytest
import yaml
from workflow.own_files import save
from workflow.running import ROOT, snakemake

from unsculpt import events, scores

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
EVENTS = 5000
METHODS = ["nn", "ann", "nn_cdf", "jet"]
TARGETS = ["summary.json", "tables/background/variations.csv", "figures/background/variations.png"]


def branches(n, signal, rng):
    """Events of two photons, with a peak at 125 GeV or an exponential, and up to five jets, harder in signal."""
    mass = rng.normal(125, 1.5, n) if signal else 100 + rng.exponential(35, n)
    eta, phi = rng.normal(0, 1, (2, n)), rng.uniform(-np.pi, np.pi, n)
    apart = rng.uniform(1, np.pi, n)
    pt = mass * rng.uniform(0.4, 0.7, n)
    other = mass**2 / (2 * pt * (np.cosh(eta[0] - eta[1]) - np.cos(apart)))
    counts = rng.integers(1, 6, n)
    total = int(counts.sum())
    jets = {"pt": 20 + rng.exponential(60 if signal else 35, total), "eta": rng.normal(0, 1, total)}
    jets["phi"] = rng.uniform(-np.pi, np.pi, total)
    pairs = {"pt": np.stack([pt, other], 1), "eta": eta.T, "phi": np.stack([phi, phi + apart], 1)}
    return {
        "number": np.arange(n),
        "weight": rng.uniform(0.5, 1.5, n),
        **{f"y_{key}": ak.from_regular(ak.Array(values)) for key, values in pairs.items()},
        **{f"j_{key}": ak.unflatten(values, counts) for key, values in jets.items()},
    }


@pytest.fixture(scope="module")
def scales(tmp_path_factory):
    """The folder of a run of the study, on files of the toy."""
    folder, rng = tmp_path_factory.mktemp("scales"), np.random.default_rng(5)
    for name in ("signal", "background"):
        save(folder / f"{name}.root", "toys", branches(EVENTS, name == "signal", rng))
    snakemake("--configfile", ROOT / "tests/workflow/scales.yaml", "--directory", folder,
              "--", *(f"results/scales/{path}" for path in TARGETS))  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def found(scales):
    summary = json.loads((scales / "results/scales/summary.json").read_text(encoding="utf-8"))
    return summary["backgrounds"]["background"]


def of(found, method, name):
    """What a scale does to the point of a method."""
    point = next(point for point in found["variations"]["points"] if point["method"] == method)
    return next(row for row in point["variations"] if row["name"] == name)


def test_copies_have_the_folds_of_their_events_and_lie_in_tables_of_their_own(scales):
    results = scales / "results/scales"
    table = events.load(results / "events/background.parquet", columns=())
    known = {(str(s), e): f for s, e, f in zip(table.sample, table.event, table.fold, strict=True)}
    assert len(known) == len(table)
    for name in ("photons_up", "jets_down"):
        copy = events.load(results / f"variations/background/{name}.parquet", columns=())
        pairs = [(known.get((str(s), e)), f) for s, e, f in zip(copy.sample, copy.event, copy.fold, strict=True)]
        assert all(mine in (None, fold) for mine, fold in pairs)
        assert np.mean([mine is not None for mine, _ in pairs]) > 0.9
    for method in METHODS:
        assert {len(values) for values in scores.load(results / f"scores/background/{method}.parquet").values()} == {
            len(table)
        }


def test_events_count_once(scales, found):
    table = events.load(scales / "results/scales/events/background.parquet", columns=())
    for name, label in (("signal", 1), ("background", 0)):
        weight = table.weight[table.label == label]
        told = found["variations"]["events"][name]
        assert told["number"] == len(weight)
        assert told["effective"] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
        assert all(point["events"][name]["number"] == len(weight) for point in found["points"])


@pytest.mark.parametrize("method", METHODS)
def test_nothing_moves_with_a_scale_that_moves_nothing(found, method):
    """So the copies are scored by the models, or maps, that score their events: those of another fold would differ."""
    row = of(found, method, "still")
    for side in ("up", "down"):
        for part in row[side].values():
            numbers = [part[key] for key in ("selected", "passing", "window", "efficiency", "mass")]
            assert all(abs(number["value"]) < 1e-9 and number["error"] < 1e-9 for number in numbers)
            assert part["jsd"] == {"value": 0, "error": 0, "floor": 0, "p_value": 1}


def test_the_scale_of_photons_moves_the_mass_by_itself_and_that_of_jets_does_not(found):
    for side, sign in (("up", 1), ("down", -1)):
        mass = of(found, "nn", "photons")[side]["signal"]["mass"]
        assert mass["value"] == pytest.approx(sign * 0.005, abs=1e-4) and mass["error"] < 1e-4
        jets = of(found, "nn", "jets")[side]["signal"]
        assert jets["mass"] == {"value": pytest.approx(0, abs=1e-9), "error": pytest.approx(0, abs=1e-9)}


def test_changes_are_those_of_a_count_and_errors_those_of_pairs(scales, found):
    results = scales / "results/scales"
    table = events.load(results / "events/background.parquet", columns=())
    point = next(p for p in found["variations"]["points"] if p["method"] == "jet")
    values = {"nominal": table.weight[(table.label == 1) & _passes(results, table, point)].sum()}
    signal = of(found, "jet", "jets")
    for side, sign in (("up", 1), ("down", -1)):
        change = signal[side]["signal"]["passing"]
        assert sign * change["value"] > 5 * change["error"] > 0
    numbers = found["variations"]["events"]["signal"]
    assert signal["up"]["signal"]["passing"]["error"] < 0.5 * np.sqrt(2 / (0.5 * numbers["effective"]))
    assert values["nominal"] > 0 and signal["up"]["signal"]["jsd"]["value"] > 2 * signal["up"]["signal"]["jsd"]["floor"]
    mu = point["mu"]
    assert mu["total"] == pytest.approx(np.hypot(mu["counts"], mu["scales"])) and mu["scales"] > 0


def test_a_method_that_protects_scales_trains_on_the_copies_of_these_and_scores_the_events(scales):
    """Its adversary tells five versions apart, of which each event has the same share."""
    results = scales / "results/scales"
    table = events.load(results / "events/background.parquet", columns=())
    parts = {copy: events.load(results / f"variations/background/{copy}.parquet", columns=()).weight.sum()
             for copy in ("jets_up", "jets_down", "still_up", "still_down")}  # fmt: skip
    told = json.loads((results / "training/background/ann/0.json").read_text(encoding="utf-8"))
    assert told["settings"]["protected"] == ["jets", "still"] and told["settings"]["protect"] == "all"
    sums = [table.weight.sum(), *parts.values()]
    shares = np.array(sums) / sum(sums)
    entropy = 0
    for up, down in ((1, 2), (3, 4)):
        own = np.array([1 - shares[up] - shares[down], shares[up], shares[down]])
        entropy -= (own * np.log(own)).sum()
    assert told["reference"]["entropy"] == pytest.approx(entropy, abs=2e-3)  # classes count the same there
    nn = json.loads((results / "training/background/nn/0.json").read_text(encoding="utf-8"))
    assert "entropy" not in nn["reference"] or nn["reference"]["entropy"] is None
    for seed in (0, 1):
        one, other = ([m for m in told_of["models"] if m["seed"] == seed] for told_of in (told, nn))
        assert {m["fold"] for m in one} == {m["fold"] for m in other} == {0, 1, 2}


def test_every_training_has_its_numbers(found):
    for point in found["variations"]["points"]:
        if point["method"] == "jet":
            assert point["seeds"] is None
            continue
        first = {row["name"]: row for row in point["variations"]}
        for row in point["seeds"]["variations"]:
            known, size = first[row["name"]]["known"]["signal"], first[row["name"]]["size"]["signal"]
            assert [len(values) for values in row["signal"].values()] == [2] * 5
            assert row["signal"]["auc"][0] == known["auc"]["value"]
            assert row["signal"]["efficiency"][0] == size["efficiency"]["value"]
            assert row["name"] == "still" or row["signal"]["auc"][0] != row["signal"]["auc"][1]


def _passes(results, table, point):
    return scores.load(results / f"scores/background/{point['method']}.parquet")[point["tag"]] >= point["threshold"]


def test_a_study_without_the_key_runs_the_same_jobs_before_the_summary(scales):
    study = yaml.safe_load((ROOT / "tests/workflow/scales.yaml").read_text(encoding="utf-8"))
    del study["variations"], study["methods"]["ann"]
    (scales / "without.yaml").write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    plan = snakemake("--configfile", scales / "without.yaml", "--directory", scales, "--dry-run")
    jobs = set(re.findall(r"^(\w+) +\d+$", plan, re.MULTILINE))
    assert "summarise" in jobs and not any("variations" in rule for rule in jobs)
    assert not any(rule.startswith(("select", "merge", "train", "score", "transform", "measure")) for rule in jobs)


def test_figure_and_table_are_there(scales):
    results = scales / "results/scales"
    assert (results / "figures/background/variations.png").stat().st_size > 10_000
    rows = (results / "tables/background/variations.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + len(METHODS) * 3
