"""What `make apply` asks for, and what of it is refused."""

from pathlib import Path

import pytest
import yaml

from unsculpt import config, naming
from unsculpt.errors import InputError
from unsculpt.front.request import ask

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in which hyy was run with data of its own and another seed."""
    monkeypatch.chdir(tmp_path)
    for name in ("data.root", "new 1.root", "new_2.root"):
        (tmp_path / name).touch()
    study = config.inherited(ROOT / "config/studies/hyy.yaml", ROOT) | {"data_files": ["data.root"], "seed": 5}
    config.resolve_in_place(study, ROOT, files=["hyy"])
    results = tmp_path / "results/hyy"
    results.mkdir(parents=True)
    (results / "config.yaml").write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    (results / "summary.json").touch()
    return tmp_path


def asked(command="apply", *words, **variables):
    return ask(command, variables, words, root=ROOT)


def content(request):
    file = Path(request.options[request.options.index("--configfile") + 1])
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def test_a_study_is_applied_as_it_was_run_and_nothing_else_is_made(folder):
    request = asked(STUDY="hyy", FILES="'new 1.root' new_*.root http://a.org/b.root", METHODS="nn ann", SAMPLE="yy")
    found, before = content(request), yaml.safe_load((folder / "results/hyy/config.yaml").read_text(encoding="utf-8"))
    files = ["new 1.root", "new_*.root", "http://a.org/b.root"]
    assert found["apply"] == {"files": files, "sample": "yy", "methods": ["nn", "ann"], "finished": True}
    assert found | {"apply": None} == before | {"apply": None}
    assert found["seed"] == 5 and found["data_files"] == ["data.root"]
    assert request.options[:4] == ["apply", "--allowed-rules", "apply", "apply_models"]


def test_the_files_that_the_study_read_may_be_gone(folder):
    (folder / "data.root").unlink()
    assert content(asked(STUDY="hyy", FILES="new_2.root"))["samples"]["data"]["files"] == ["data.root"]


def test_new_files_may_be_worse_than_those_of_the_study(folder):
    request = asked("apply", "--config", "bad_events=skip", STUDY="hyy", FILES="new_2.root")
    assert content(request)["bad_events"] == "skip"


def test_the_products_are_named(folder):
    request = asked(STUDY="hyy", FILES="'new 1.root' new_2.root")
    names = [naming.file_stem(name) for name in ("new 1.root", "new_2.root")]
    assert names[0].startswith("new_1-") and names[1].startswith("new_2-")
    places = [f"results/hyy/apply/{name}.root" for name in names]
    assert request.products == (f"new 1.root -> {places[0]}", f"new_2.root -> {places[1]}")


def test_files_of_the_same_name_in_two_folders_have_two_places(folder):
    other = folder / "other"
    other.mkdir()
    assert naming.file_stem(other / "a.root") != naming.file_stem(folder / "a.root")
    assert naming.file_stem("a.root") == naming.file_stem(folder / "a.root")


@pytest.mark.parametrize(
    "variables, sentence",
    [
        ({"STUDY": "hyy"}, "FILES is missing, the ntuples that shall be scored"),
        ({"STUDY": "hyy", "FILES": "no.root"}, r"apply\.files: no file no\.root; correct FILES"),
        ({"STUDY": "hyy", "FILES": "data.root", "SAMPLE": "wz"}, r"apply\.sample 'wz' is no sample .* ggh, yy, data"),
        ({"STUDY": "hyy", "FILES": "data.root", "METHODS": "nn bdt"}, r"apply\.methods names 'bdt'; there are nn, ann"),
        ({"STUDY": "dimuon", "FILES": "data.root"}, "the study dimuon has not been run .*make run STUDY=dimuon$"),
        ({"FILES": "data.root"}, "the study tthyy has not been run to its end; run it first: make run$"),
        ({"STUDY": "hyy", "FILES": "data.root", "DATA": "data.root"}, "DATA=data.root is for make run"),
        (
            {"STUDY": "hyy", "FILES": "data.root", "ARGS": "--config seed=2"},
            "--config seed changes a study",
        ),
        ({"STUDY": "hyy", "FILES": "data.root data.root"}, "is the same file as"),
    ],
)
def test_what_cannot_be_applied_is_one_sentence(folder, variables, sentence):
    with pytest.raises(InputError, match=sentence):
        asked(**variables)


def test_a_study_that_stopped_half_way_is_not_applied(folder):
    (folder / "results/hyy/summary.json").unlink()
    with pytest.raises(InputError, match=r"results/hyy/summary\.json: is not there"):
        asked(STUDY="hyy", FILES="data.root")


@pytest.mark.parametrize("command", ["run", "export", "tune"])
def test_files_are_of_no_other_command(folder, command):
    with pytest.raises(InputError, match=r"FILES=data\.root is for make apply"):
        asked(command, FILES="data.root")
