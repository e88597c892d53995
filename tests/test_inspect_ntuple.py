"""What `make inspect` says of a file, and that its draft is a study which selects events of it."""

import os
from pathlib import Path

import h5py
import inspect_ntuple
import numpy as np
import pytest
import uproot
import yaml

from unsculpt import axes, config, definitions, formats, inspection, ntuples, selection
from unsculpt.errors import InputError
from unsculpt.rows import Rows

ROOT = Path(__file__).parents[1]
HOUSE = inspection.house(ROOT)


def selected(study, sample):
    """How many events of a sample pass, by the study as a run has it."""
    about = study["formats"][study["format"]]
    used, needs = definitions.used(study, formats.fields(about))
    (path,) = study["samples"][sample]["files"]
    with ntuples.Ntuple(path, formats.reduced(about, needs), step_size="50 MB", simulated=True) as ntuple:
        steps = [
            selection.select(Rows(arrays, used), used, axis=axes.mass(study["mass"]), region="inclusive", blind=False)
            for arrays in ntuple
        ]
    return sum(len(rows) for rows, _, _ in steps)


def drafted(tmp_path, capsys, *paths):
    """The study that the program drafts, loaded, and what it says of the file."""
    inspect_ntuple.main([*map(str, paths), "--draft", str(tmp_path / "mine.yaml")])
    return config.load(tmp_path / "mine.yaml", ROOT), capsys.readouterr().out


def test_the_draft_for_lists_of_objects_selects_events(write_ntuple, toy_branches, tmp_path, capsys):
    one, other = (write_ntuple(toy_branches(400, seed=i), f"{i}.root") for i in (1, 2))
    study, said = drafted(tmp_path, capsys, one, other)
    assert study["candidate"] == "photon[0] + photon[1]" and study["formats"]["mine"]["unit"] == "MeV"
    assert study["formats"]["mine"]["weights"]["sum"] == "SumWeights"
    assert [sample["files"] for sample in study["samples"].values()] == [[one], [other]]
    assert selected(study, "signal") > 50
    for words in ("tree mini: 400 entries", "photon: lists photon_*", "momenta look like MeV", "atlas_open: "):
        assert words in said
    assert "met_et" in said and "missing: " in said


def test_the_draft_for_numbered_objects_selects_events(tmp_path, rng, capsys):
    """In text: one number a column, and of half of the events a second photon."""
    n = 300
    columns = {"run": np.ones(n), "event": np.arange(n), "weight": rng.uniform(0.5, 1, n)}
    for i in (1, 2):
        columns |= {f"ph{i}_pt": 60 + 10 * rng.random(n), f"ph{i}_eta": rng.normal(0, 0.5, n)}
        columns[f"ph{i}_phi"] = rng.normal(3 * i, 0.2, n)
    columns["ph2_pt"][::2] = -999
    table = np.stack([*columns.values()], axis=1)
    for name in ("a.csv", "b.csv"):
        np.savetxt(tmp_path / name, table, delimiter=",", header=",".join(columns), fmt="%.9g", comments="")
    study, said = drafted(tmp_path, capsys, tmp_path / "a.csv", tmp_path / "b.csv")
    photon = study["formats"]["mine"]["collections"]["photon"]
    assert photon["numbered"] == ["ph1_*", "ph2_*"] and photon["fields"]["mass"] == 0
    assert study["formats"]["mine"]["unit"] == "GeV" and 0 < selected(study, "signal") <= n / 2
    assert "photon: numbered ph1_*, ph2_*" in said and "flat: " in said


def test_the_nearest_format_is_that_of_the_file(realdata):
    """With what is missing; branches that nothing can read are named as such."""
    for name, file in (
        ("nanoaod", "nanoAOD_2015_CMS_Open_Data_ttbar.root"),
        ("nanoaod", "Run2012B_SingleMu-1000.parquet"),
        ("atlas_open", "data_A.GamGam.even.root"),
    ):
        found = inspection.look(realdata / file)
        (best, share, missing), *_ = inspection.nearest(found, HOUSE)
        assert best == name and share > 0.1, (file, best, share, missing)
        assert inspection.unit(found) == ("MeV" if name == "atlas_open" else "GeV")


def test_a_file_without_momenta_has_no_draft_and_a_bad_value_is_shown(tmp_path, capsys):
    with uproot.recreate(tmp_path / "x.root") as file:
        file.mktree("small", {"x": "f8"}).extend({"x": np.zeros(2)})
        file.mktree("t", {"x": "f8"}).extend({"x": np.array([1.0, np.nan, 3.0])})
    with pytest.raises(SystemExit, match="no lists or numbered branches of momenta were found"):
        inspect_ntuple.main([str(tmp_path / "x.root")])
    said = capsys.readouterr().out
    assert "NOT A NUMBER in 1 entries" in said and "tree t: 3 entries (looked at)" in said
    with pytest.raises(SystemExit, match="no tree nominal, it holds small, t; name one"):
        inspect_ntuple.main([str(tmp_path / "x.root"), "--tree", "nominal"])


def test_a_draft_without_a_background_names_its_place(write_ntuple, toy_branches, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draft = inspection.draft(inspection.look(write_ntuple(toy_branches(50))), HOUSE)
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(draft), encoding="utf-8")
    with pytest.raises(InputError, match=r"samples.background.files: no file FILES_OF_THE_BACKGROUND.root"):
        config.load(tmp_path / "mine.yaml", ROOT)
    (tmp_path / "FILES_OF_THE_BACKGROUND.root").touch()
    assert config.load(tmp_path / "mine.yaml", ROOT)["study"] == "mine"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("histogram.root", "holds no tree of events (TTree or RNTuple); name another file"),
        ("folder", "is a folder; name its files, for example "),
        ("secret.root", "Permission denied; "),
        ("picture.root", "cannot be opened as ROOT (ValueError: not a ROOT file"),
        ("nowhere.root", "no such file"),
    ],
)
def test_what_cannot_be_looked_at_is_one_sentence(tmp_path, name, sentence):
    with uproot.recreate(tmp_path / "histogram.root") as file:
        file["h"] = np.histogram(np.arange(10.0))
    (tmp_path / "folder").mkdir()
    (tmp_path / "picture.root").write_bytes(b"\xff\xd8\xff\xe0" + bytes(3000))
    (tmp_path / "secret.root").write_bytes(b"root")
    (tmp_path / "secret.root").chmod(0)
    if name == "secret.root" and os.access(tmp_path / name, os.R_OK):
        pytest.skip("this user may read everything: a file without permission is not tried")
    with pytest.raises(SystemExit) as error:
        inspect_ntuple.main([str(tmp_path / name)])
    assert str(error.value).startswith(f"{tmp_path / name}: {sentence}") and "\n" not in str(error.value)


def dimuons(n, mass, seed):
    """Numbered muons in GeV of n pairs of this mass, back to back, with a width of 2 %."""
    rng = np.random.default_rng(seed)
    half = mass * (1 + 0.02 * rng.standard_normal(n)) / 2
    columns = {"RunNumber": np.ones(n), "event_number": np.arange(n), "mc_weight": np.ones(n)}
    for i in (1, 2):
        columns |= {f"mu{i}_pt": half, f"mu{i}_eta": np.zeros(n), f"mu{i}_phi": np.full(n, np.pi * (i - 1))}
    return columns


def in_text(path, columns):
    table = np.stack([*columns.values()], axis=1)
    np.savetxt(path, table, delimiter=",", header=",".join(columns), fmt="%.9g", comments="")


def test_the_draft_has_a_mass_range_around_the_peak_of_the_signal(tmp_path, capsys):
    """Two widths on either side are the window; names of branches are known however they are spelt."""
    for name, mass in (("signal_0.csv", 400), ("signal_1.csv", 400), ("background.csv", 300)):
        in_text(tmp_path / name, dimuons(1000, mass, 1))
    study, said = drafted(tmp_path, capsys, f"{tmp_path}/signal_*.csv", tmp_path / "background.csv")
    mass, fit = study["mass"], study["fit"]["spurious_signal"]["masses_gev"]
    low, high = mass["window_gev"]
    assert abs((low + high) / 2 - 400) < 2 and 28 < high - low < 40 and mass["bin_width_gev"] == 2
    assert mass["min_gev"] < low - 30 and mass["max_gev"] > high + 60 and len(fit) == 9 and low < min(fit)
    about = study["formats"]["mine"]
    assert about["event"]["fields"] == {"run": "RunNumber", "event": "event_number"}
    assert about["weights"]["generator"] == "mc_weight"
    assert [len(sample["files"]) for sample in study["samples"].values()] == [2, 1]
    assert f"is in {tmp_path}/mine.yaml; correct what was guessed, and: make run STUDY={tmp_path}/mine.yaml" in said


def test_a_signal_in_the_usual_window_keeps_it_and_the_background_is_that_of_the_sidebands_of_data(tmp_path, capsys):
    for name in "abc":
        in_text(tmp_path / f"{name}.csv", dimuons(500, 125, ord(name)))
    study, _ = drafted(tmp_path, capsys, *(tmp_path / f"{name}.csv" for name in "abc"))
    assert (study["mass"]["min_gev"], study["mass"]["max_gev"], study["mass"]["window_gev"]) == (105, 160, [120, 130])
    assert study["samples"]["background"]["normalisation"]["to"] == "sidebands"
    assert [sample["role"] for sample in study["samples"].values()] == ["signal", "background", "data"]


def test_what_stands_in_the_way_of_a_draft_is_told_and_it_is_written(tmp_path, capsys):
    columns = dimuons(500, 125, 1)
    in_text(tmp_path / "a.csv", columns | {"mu1_eta": np.where(np.arange(500) < 300, np.nan, 0)})
    inspect_ntuple.main([str(tmp_path / "a.csv"), "--draft", str(tmp_path / "first.yaml")])
    said = capsys.readouterr().out
    assert "The draft does not run as it is: " in said and "mu1_eta" in said
    assert yaml.safe_load((tmp_path / "first.yaml").read_text(encoding="utf-8"))["study"] == "first"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("there.yaml", "there.yaml: is there already, and may have your corrections; name another, or remove it"),
        ("folder/x.yaml", "there is no folder .*folder; write to config/studies, for example"),
        ("a b.yaml", "is no name of a study; take 2 to 64 letters, digits, underscores or hyphens, and .yaml behind"),
        ("mine", "mine: is no name of a study"),
    ],
)
def test_a_draft_is_not_written_over_a_file_or_where_no_run_would_find_it(tmp_path, name, sentence):
    (tmp_path / "there.yaml").write_text("study: corrected", encoding="utf-8")
    in_text(tmp_path / "a.csv", dimuons(50, 125, 1))
    with pytest.raises(SystemExit, match=sentence):
        inspect_ntuple.main([str(tmp_path / "a.csv"), "--draft", str(tmp_path / name)])
    assert (tmp_path / "there.yaml").read_text(encoding="utf-8") == "study: corrected"


def test_a_pattern_that_fits_no_file_is_one_sentence(tmp_path):
    with pytest.raises(SystemExit, match=r"FILE: no file .*x\*.root; correct FILE"):
        inspect_ntuple.main([f"{tmp_path}/x*.root"])


def test_a_table_of_hdf5_has_a_draft_that_names_it(tmp_path, capsys):
    columns = {f"ph{i}_{name}": np.linspace(1, 40, 50) for i in (1, 2) for name in ("pt", "eta", "phi")}
    paths = tmp_path / "signal.h5", tmp_path / "background.h5"
    for path in paths:
        with h5py.File(path, "w") as file:
            for name, values in columns.items():
                file[f"nominal/{name}"] = values
            file["about/cuts"] = np.zeros(3)
    study, said = drafted(tmp_path, capsys, *paths)
    form = study["formats"]["mine"]
    assert form["tree"] == "nominal" and form["collections"]["photon"]["numbered"] == ["ph1_*", "ph2_*"]
    assert "HDF5 file" in said and "tree about: 3 entries" in said
