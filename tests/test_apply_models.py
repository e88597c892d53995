"""The script of the rule apply_models: a study's own files get the study's own scores, entry by entry."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import apply_models
import numpy as np
import pyarrow.parquet as pq
import pytest
import toy_study_files as toys
import uproot
from workflow import own_files

from unsculpt import logs, scores
from unsculpt.errors import InputError

ROOT = Path(__file__).parents[1]
METHODS = [name for name in toys.CONFIG["methods"] if name != "trees"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy")
    config, given = toys.write(folder, ROOT)
    return folder, config, toys.add_working_point(folder, given)


def apply(study, path, out, sample=None, also=(), **changes):
    """Columns of the friend tree by name, and what is told of them."""
    _, config, given = study
    about = config["samples"].get(sample, {"role": "data", "region": "any"})
    params = {key: config[key] for key in ("mass", "features", "feature_padding", "folds", "methods")}
    params |= {"path": str(path), "given": {"bkg": given}, "study": "toy", "sample": sample, "also": also}
    params |= {"role": about["role"], "region": about["region"], "blind": about["role"] == "data", "code": "-"}
    params |= {
        "signal_efficiency": 0.5,
        "step_size": "50 MB",
        "bad_events": "refuse",
        **toys.definitions_and_format(config),
        **changes,
    }
    output = SimpleNamespace(root=out / "friend.root", parquet=out / "friend.parquet")
    with logs.listening():
        apply_models.main(SimpleNamespace(params=SimpleNamespace(**params), output=output, threads=1))
    with uproot.open(output.root) as file:
        arrays = file["unsculpt"].arrays(library="np")
        text = str(file["unsculpt_about"])
    table = pq.read_table(output.parquet)
    assert table.schema.metadata[b"unsculpt"].decode() == text
    for name, values in arrays.items():
        if name.startswith("n_"):
            continue
        if values.dtype == object:  # lists
            assert table[name].to_pylist() == [list(entry) for entry in values]
        else:
            np.testing.assert_array_equal(np.asarray(table[name].to_pylist(), values.dtype), values, err_msg=name)
    return arrays, json.loads(text)


@pytest.mark.parametrize("sample", ["sig", "bkg", "data"])
def test_the_files_of_a_study_get_the_scores_of_the_study(study, tmp_path, sample):
    """Networks, of each channel too, maps and single features: each event as if it were scored in the study."""
    folder, config, given = study
    found, about = apply(study, config["samples"][sample]["files"][0], tmp_path, sample, METHODS)
    table, rows = toys.rows_of(given["events"], sample)
    own, entry = table[rows], table.entry[rows]
    assert len(rows) > 300
    np.testing.assert_array_equal(np.flatnonzero(found["code"] == 0), np.sort(entry))
    for name in ("run", "event", "fold", "mass"):
        np.testing.assert_array_equal(found[name][entry], getattr(own, name))
    assert [about["channels"][i] for i in found["channel"][entry]] == own.channel.tolist()
    tags = {"disco": ["0.3", "10"]}
    for method in METHODS:
        expected = scores.load(folder / f"{method}.parquet")
        for tag in tags.get(method, ["0"]):
            column = f"bkg_{method}_{tag.replace('.', 'p')}"
            assert about["backgrounds"]["bkg"]["columns"][column] == {"method": method, "tag": tag}
            np.testing.assert_allclose(found[column][entry], expected[tag][rows], rtol=0, atol=1e-6)
            assert expected[tag][rows].std() > 0.005
    chosen = scores.load(folder / "nn_cdf.parquet")["0"][rows]
    np.testing.assert_allclose(found["score_bkg"][entry], chosen, rtol=0, atol=1e-6)
    clear = np.abs(chosen[:, None] - [0.4, 0.7]).min(1) > 1e-6
    number = np.select([chosen >= 0.7, chosen >= 0.4], [1, 2], 0)
    np.testing.assert_array_equal(found["category_bkg"][entry][clear], number[clear])
    assert set(number) == {0, 1, 2}


def test_each_entry_has_a_row_and_the_rest_no_numbers(study, tmp_path):
    """Of simulation the code says which step an entry fails first."""
    _, config, _ = study
    found, about = apply(study, config["samples"]["sig"]["files"][0], tmp_path, "sig")
    toy = toys.branches("sig", 2500)
    np.testing.assert_array_equal(found["event"], toy["eventNumber"])
    left_out = found["code"] != 0
    assert 100 < left_out.sum() < 2400
    assert np.isnan(found["mass"][left_out]).all() and np.isnan(found["score_bkg"][left_out]).all()
    for name in ("region", "channel", "fold", "category_bkg"):
        assert (found[name][left_out] == -1).all() and (found[name][~left_out] >= 0).all()
    steps = {name: int(code) for code, name in about["codes"].items()}
    np.testing.assert_array_equal(found["code"] == steps["trigger"], ~toy["trigP"])
    assert {*found["code"]} >= {0, steps["two photons"], steps["mass range"], steps["region"]}


def test_an_event_of_another_file_gets_the_network_of_its_fold_alone(study, tmp_path):
    """The same kinematics under other numbers: other folds, and there other networks; not their mean."""
    folder, _, _ = study
    toy = toys.branches("sig", 2500)
    own_files.save(tmp_path / "new.root", "mini", toy | {"eventNumber": toy["eventNumber"] + np.int32(7)})
    before, _ = apply(study, folder / "sig.root", tmp_path, "sig", ["nn"])
    after, _ = apply(study, tmp_path / "new.root", tmp_path, "sig", ["nn"])
    there = before["code"] == 0
    same = there & (before["fold"] == after["fold"])
    np.testing.assert_allclose(before["bkg_nn_0"][same], after["bkg_nn_0"][same], rtol=0, atol=1e-6)
    others = there & ~same
    assert others.sum() > 100 and np.median(np.abs(before["bkg_nn_0"] - after["bkg_nn_0"])[others]) > 1e-4


@pytest.mark.parametrize("sample", [None, "data"])
def test_hidden_entries_are_like_those_that_fail(study, tmp_path, sample, monkeypatch):
    """A twin whose hidden events have no trigger: friend tree and Parquet are the same bytes."""
    folder, _, _ = study
    seen = uproot.open(folder / "data.root")["mini"].arrays(library="np")
    open_eyes, _ = apply(study, folder / "data.root", tmp_path, None, blind=False)
    mass, code = open_eyes["mass"], open_eyes["code"]
    hidden = (code == 0) & (mass >= 100) & (mass < 140) & (open_eyes["region"] == 0)
    assert hidden.sum() > 30
    toy = toys.branches("data", 2500)
    written = []
    for name, trigger in (("first", toy["trigP"]), ("second", toy["trigP"] & ~hidden)):
        place = tmp_path / name
        place.mkdir()
        own_files.save(place / "data.root", "mini", toy | {"trigP": trigger})
        monkeypatch.chdir(place)
        found, about = apply(study, "data.root", Path(), sample, ["nn", "nn_cdf"])
        assert set(found["code"]) == {0, -1} and (found["code"][hidden] == -1).all()
        inside = (found["mass"] >= 100) & (found["mass"] < 140)
        assert not (inside & (found["region"] == 0)).any() and about["codes"]["-1"] == "not selected, or hidden"
        written.append([(place / f"friend.{kind}").read_bytes() for kind in ("root", "parquet")])
    assert written[0] == written[1]
    assert len(seen["trigP"]) == len(hidden)


@pytest.mark.parametrize("step_size", ["50 MB", "20 kB"])
@pytest.mark.parametrize("blind", [True, False])
def test_bad_events_are_refused_or_as_what_is_not_selected(study, tmp_path, step_size, blind):
    """All others have the very same numbers, in their places; the first entry of the file is bad, too."""
    toy = toys.branches("sig", 2500)
    good, _ = apply(study, study[0] / "sig.root", tmp_path, "sig", ["nn"], blind=blind)
    bad = np.isin(np.arange(2500), [0, 1, *np.flatnonzero(good["code"] == 0)[5:20], 2400])
    photons = toy["photon_pt"] * np.where(bad, np.nan, 1.0)
    own_files.save(tmp_path / "bad.root", "mini", toy | {"photon_pt": photons})
    options = {"blind": blind, "step_size": step_size}
    with pytest.raises(InputError, match=r"bad.root: .* is not a number \(or infinite\) in entry 0"):
        apply(study, tmp_path / "bad.root", tmp_path, "sig", ["nn"], **options)
    found, about = apply(study, tmp_path / "bad.root", tmp_path, "sig", ["nn"], bad_events="skip", **options)
    for name, values in good.items():
        np.testing.assert_array_equal(found[name][~bad], values[~bad], err_msg=name)
    assert (found["code"][bad] == -2).all() and about["codes"]["-2"] == "bad event" and about["bad_events"] == bad.sum()
    assert np.isnan(found["score_bkg"][bad]).all() and np.isnan(found["mass"][bad]).all()
    assert {*found["category_bkg"][bad], *found["fold"][bad], *found["run"][bad], *found["event"][bad]} == {-1}
    (warning,) = about["provenance"]["warnings"]
    assert f"{bad.sum()} of 2500 events are bad and left out" in warning


def test_trees_are_left_out_with_a_sentence(study, tmp_path, caplog):
    found, about = apply(study, study[0] / "sig.root", tmp_path, "sig", ["nn", "trees"])
    assert "bkg_nn_0" in found and not any("trees" in name for name in found)
    assert about["provenance"]["warnings"] == [
        "trees is left out: a run keeps the scores of boosted trees, but not the trees"
    ]


def test_a_file_without_a_branch_of_a_feature_is_one_clear_error(study, tmp_path):
    toy = toys.branches("sig", 50)
    del toy["jet_pt"]
    own_files.save(tmp_path / "poor.root", "mini", toy)
    with pytest.raises(InputError, match=r"poor\.root: tree 'mini' has no branch 'jet_pt', in which"):
        apply(study, tmp_path / "poor.root", tmp_path, "sig")


def test_a_file_without_events_has_a_friend_without_entries(study, tmp_path):
    own_files.save(tmp_path / "none.root", "mini", {k: v[:0] for k, v in toys.branches("sig", 5).items()})
    found, _ = apply(study, tmp_path / "none.root", tmp_path, "sig", ["nn"])
    assert len(found["code"]) == len(found["score_bkg"]) == 0


def test_rows_that_are_objects_are_lists_of_their_entry(study, tmp_path):
    """Each photon a row: as many numbers in an entry as it has selected photons."""
    _, config, _ = study
    changed = toys.definitions_and_format(config)
    changed["definitions"] = changed["definitions"] | {
        "candidate": "each photon",
        "mass": "candidate.pt",
        "cuts": {"trigger": "trigger"},
    }
    found, _ = apply(study, study[0] / "sig.root", tmp_path, "sig", ["nn"], **changed, region="any")
    toy = toys.branches("sig", 2500)
    pt = [np.asarray(p) / 1000 for p in toy["photon_pt"].tolist()]
    eta = [np.abs(e) for e in toy["photon_eta"].tolist()]
    counts = [
        sum((p > 40) & (p < 240) & (np.asarray(e) < 2.37)) if t else 0
        for p, e, t in zip(pt, eta, toy["trigP"], strict=True)
    ]
    assert [len(values) for values in found["score_bkg"]] == counts == [len(m) for m in found["mass"]]
    assert max(counts) > 1


def test_a_study_without_categories_has_scores_alone(study, tmp_path):
    folder, config, given = study
    alone = folder, config, given | {"categories": None}
    found, about = apply(alone, folder / "sig.root", tmp_path, "sig")
    assert "score_bkg" in found and "category_bkg" not in found and "categories" not in about["backgrounds"]["bkg"]


READ = """
#include <cstdio>
void read(const char* ntuple, const char* scored) {
  auto file = TFile::Open(ntuple);
  auto events = file->Get<TTree>("mini");
  events->AddFriend("unsculpt", scored);
  auto same = events->GetEntries("unsculpt.event == eventNumber && unsculpt.run == runNumber");
  auto selected = events->GetEntries("unsculpt.code == 0");
  auto drawn = events->Draw("unsculpt.mass", "unsculpt.category_bkg == 1", "goff");
  auto score = ROOT::RDataFrame(*events).Filter("unsculpt.code == 0").Mean("unsculpt.score_bkg");
  std::printf("found %lld %lld %lld %.9f\\n", same, selected, drawn, *score);
}
"""
READ_LISTS = """
void read(const char* ntuple, const char* scored) {
  auto file = TFile::Open(ntuple);
  auto events = file->Get<TTree>("mini");
  events->AddFriend("unsculpt", scored);
  auto drawn = events->Draw("unsculpt.mass", "unsculpt.score_bkg >= 0", "goff");
  std::printf("found %lld %lld %.9f\\n", events->GetEntries("unsculpt.n_rows > 0"), drawn, events->GetV1()[drawn - 1]);
}
"""
READ_RNTUPLE = """
void read(const char* ntuple, const char* scored) {
  auto events = ROOT::RNTupleReader::Open("mini", ntuple);
%s  std::printf("found %%ld %%.9f\\n", same, sum);
}
"""


def in_root(text, folder, *paths):
    """The numbers that a macro prints after the word found; by ROOT itself, where it is installed."""
    if not shutil.which("root"):
        pytest.skip("no program root: friend trees are not read by ROOT itself")
    (folder / "read.C").write_text(text, encoding="utf-8")
    call = "read.C(" + ", ".join(f'"{path}"' for path in paths) + ")"
    done = subprocess.run(["root", "-l", "-b", "-q", call], cwd=folder, capture_output=True, encoding="utf-8")
    (numbers,) = re.findall(r"^found (.*)$", done.stdout, re.MULTILINE) or [done.stdout + done.stderr]
    return [float(number) for number in numbers.split()]


def test_root_reads_a_friend_tree_entry_by_entry(study, tmp_path):
    path = study[0] / "sig.root"
    found, _ = apply(study, path, tmp_path, "sig")
    there = found["code"] == 0
    numbers = [2500, there.sum(), (found["category_bkg"] == 1).sum(), found["score_bkg"][there].mean(dtype=float)]
    assert in_root(READ, tmp_path, path, tmp_path / "friend.root") == pytest.approx(numbers, abs=1e-8)


def test_root_reads_a_friend_tree_of_lists(study, tmp_path):
    path = study[0] / "sig.root"
    changed = toys.definitions_and_format(study[1])
    changed["definitions"] |= {"candidate": "each photon", "mass": "candidate.pt", "cuts": {"trigger": "trigger"}}
    found, _ = apply(study, path, tmp_path, "sig", **changed, region="any")
    mass = np.concatenate(found["mass"])
    numbers = [sum(len(values) > 0 for values in found["mass"]), len(mass), mass[-1]]
    assert in_root(READ_LISTS, tmp_path, path, tmp_path / "friend.root") == pytest.approx(numbers, abs=1e-8)


def test_root_reads_a_friend_tree_beside_an_rntuple(study, tmp_path):
    """By the lines of the page."""
    toy = toys.branches("sig", 2500)
    with uproot.recreate(tmp_path / "events.root") as file:
        file.mkrntuple("mini", {name: toy[name] for name in ("eventNumber", "runNumber")})
    found, _ = apply(study, study[0] / "sig.root", tmp_path, "sig")
    page = (ROOT / "docs/apply.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```c\+\+\n(auto number = .*?)```", page, re.DOTALL)
    numbers = [2500, np.nansum(found["score_bkg"], dtype=float)]
    macro = READ_RNTUPLE % lines.replace("results/hyy/apply/new-1c2b3a4d.root", str(tmp_path / "friend.root"))
    macro = macro.replace("score_yy", "score_bkg")
    assert in_root(macro, tmp_path, tmp_path / "events.root", "") == pytest.approx(numbers, rel=1e-6)
