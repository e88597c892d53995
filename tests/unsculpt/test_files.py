"""Files are complete or absent, and a place that takes none is one sentence."""

import logging
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from places import FULL, READ_ONLY, inside

from unsculpt import files, logs
from unsculpt.errors import InputError


def test_an_interrupted_writer_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    files.save_json({"x": 1}, path)
    with pytest.raises(KeyboardInterrupt), files.written(path) as part:
        part.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert files.load_json(path) == {"x": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_number_that_is_not_finite_becomes_null_with_a_warning_that_names_its_key(tmp_path, caplog):
    content = {"a": {"x": float("nan"), "y": [1.5, np.float64("inf")]}, "b": np.array([[1.0, np.nan]]), "c": {2, 1}}
    files.save_json(content, tmp_path / "a.json")
    assert files.load_json(tmp_path / "a.json") == {"a": {"x": None, "y": [1.5, None]}, "b": [[1.0, None]], "c": [1, 2]}
    assert caplog.messages == [f"{tmp_path / 'a.json'}: no number for a.x, a.y, b; null in its place"]
    files.save_json({"x": float("nan"), "provenance": files.provenance({})}, tmp_path / "a.json")
    assert files.warnings(files.load_json(tmp_path / "a.json")) == ["no number for x; null in its place"]


def test_what_has_no_json_form_is_a_mistake_of_ours_and_leaves_no_file(tmp_path):
    with pytest.raises(TypeError, match="object has no JSON form"):
        files.save_json({"x": object()}, tmp_path / "a.json")
    assert not (tmp_path / "a.json").exists()


def test_a_broken_file_is_one_sentence(tmp_path):
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.json: cannot be read as JSON"):
        files.load_json(tmp_path / "a.json")


def test_the_digest_knows_values_and_not_the_order_of_keys():
    assert files.digest({"a": 1, "b": 2}) == files.digest({"b": 2, "a": 1}) != files.digest({"a": 1, "b": 3})


def test_the_provenance_has_the_warnings_of_the_job_and_of_those_behind_it_once():
    assert "warnings" not in files.provenance({"a": 1})
    with logs.listening():
        logging.warning("ours")
        made = {"provenance": files.provenance({"a": 1}, inherited=["theirs", "ours"])}
    assert files.warnings(made, {}, {"provenance": {}}, made) == 2 * ["theirs", "ours"]


WRITERS = """
import os, sys
from pathlib import Path
import matplotlib.figure, numpy as np, torch, uproot
from unsculpt import errors, events, files, models, scores
from unsculpt.plots import output
from unsculpt.tuning import search
import conftest
def figure(path):
    with output.sheet("styles/unsculpt.mplstyle"):
        figure = matplotlib.figure.Figure()
        figure.subplots().plot(np.random.default_rng(1).random(3000))
        output.save(figure, [path], {})
def ntuple(path):
    with files.written(path) as part, part.open("wb+") as stream, uproot.recreate(stream) as root:
        root.mktree("mini", {"x": "f8"}).extend({"x": np.random.default_rng(1).random(30_000)})
writers = {
    "a.json": lambda path: files.save_json("x" * 10**6, path),
    "events.parquet": lambda path: events.save(conftest.make_toy_events(3000), path),
    "scores.parquet": lambda path: scores.save({"1": np.random.default_rng(1).random(30_000)}, path, {}),
    "models.pt": lambda path: models.save({"weights": torch.rand(30_000)}, path),
    "ntuple.root": ntuple,
    "trials.journal": lambda path: [search.open_journal(path, f"{i}" * 100) for i in range(100)],
    **{f"figure.{suffix}": figure for suffix in ("pdf", "png", "svg", "json")},
}
for name, write in writers.items():
    path = Path(sys.argv[1], name)
    try:
        write(path)
    except Exception as error:
        print(errors.of_machine(error, "elsewhere") or repr(error))
    else:
        print(name, "was written")
    path.unlink(missing_ok=True)
print(os.listdir(sys.argv[1]))
"""


def test_every_writer_on_a_full_disk_says_so_names_its_file_and_leaves_nothing(tmp_path):
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": f"{root / 'scripts'}:{root / 'tests'}"}
    done = inside(FULL, tmp_path, [sys.executable, "-c", WRITERS, tmp_path], env=environment, cwd=root)
    *said, left = done.stdout.splitlines()
    assert len(said) == 10, done.stderr
    assert all("No space left on device; make room on that disk" in sentence for sentence in said), said
    unnamed = [sentence for sentence in said if not sentence.startswith(str(tmp_path))]
    assert len(unnamed) == 1, "only the journal of optuna is not ours: the job's output stands for it"
    assert left == "[]"


def test_a_place_that_takes_files_is_left_as_it_was(tmp_path):
    files.check_place(tmp_path / "results" / "study")
    assert not list(tmp_path.iterdir())


def test_a_place_that_is_no_folder_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "link"):
        with pytest.raises(InputError, match=f"{name}: is a {name}.*; move it out of the way"):
            files.check_place(tmp_path / name / "study")


@pytest.mark.parametrize(("place", "reason"), [(FULL, "No space left on device"), (READ_ONLY, "Read-only file system")])
def test_a_place_that_takes_nothing_is_one_sentence(tmp_path, place, reason):
    program = "import sys; from unsculpt import files; files.check_place(sys.argv[1])"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "scripts")}
    done = inside(place, tmp_path, [sys.executable, "-c", program, tmp_path / "results"], env=environment)
    assert f"InputError: {tmp_path}: {reason}; " in done.stderr
