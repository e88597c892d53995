"""The scripts of a search from its trials to its figure; a job that is killed goes on when it starts again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import choose_settings
import plot_tuning
import pytest
import tune_trials
import yaml

from unsculpt import config, events, files
from unsculpt.tuning import search, tasks

ROOT = Path(__file__).parents[1]
TRIALS = 3


@pytest.fixture
def table(tmp_path, toy_events):
    events.save(toy_events(1500), tmp_path / "ttyy.parquet")
    return tmp_path / "ttyy.parquet"


def job(folder, table, *, name="a", worker=0, kind="classifier", earlier=(), **tuning):
    """What Snakemake gives the scripts; the outputs of all three are in the folder of this name."""
    study = config.load(ROOT / "config/smoke.yaml", ROOT)
    study["training"] |= {"device": "cpu", "hidden_layers": [4], "epochs": 2}
    study["tuning"] |= {"folds": 2, "epochs": None, "trials": TRIALS} | tuning
    here = folder / name
    return SimpleNamespace(
        input=SimpleNamespace(events=table, earlier=list(earlier), workers=[here / f"worker_{worker}.json"]),
        output=SimpleNamespace(
            done=here / f"worker_{worker}.json", result=here / "result.json", study=here / "best.yaml"
        ),
        wildcards=SimpleNamespace(bkg="ttyy", search=kind, worker=str(worker)),
        params=SimpleNamespace(
            **{key: study[key] for key in tasks.KEYS}, study="smoke", journal=here / "trials.journal", code="-"
        ),
        threads=1,
        log=[],
    )


def result(here):
    """The result of a search but for its provenance, which names the folder."""
    return {key: value for key, value in files.load_json(here / "result.json").items() if key != "provenance"}


def test_a_search_is_the_same_in_every_run_and_the_next_one_starts_from_it(tmp_path, table):
    for name in "ab":
        tune_trials.main(job(tmp_path, table, name=name))
        choose_settings.main(job(tmp_path, table, name=name))
    assert (tmp_path / "a/best.yaml").read_bytes() == (tmp_path / "b/best.yaml").read_bytes()
    assert result(tmp_path / "a") == result(tmp_path / "b")
    combined = {"name": "c", "kind": "combined", "earlier": [tmp_path / "a/result.json"]}
    for script in (tune_trials, choose_settings):
        script.main(job(tmp_path, table, **combined))
    content = result(tmp_path / "c")
    assert content["criterion"] == "constrained" and len(content["trials"]) == TRIALS
    if content["choice"]["chosen"] == "best":
        found = yaml.safe_load((tmp_path / "a/best.yaml").read_text(encoding="utf-8"))["training"]
        assert (
            yaml.safe_load((tmp_path / "c/best.yaml").read_text(encoding="utf-8"))["training"].items()
            >= {key: value for key, value in found.items() if key not in ("adversary", "learning_rate")}.items()
        )


def test_workers_share_the_trials_of_a_search(tmp_path, table):
    for worker in (0, 1):
        tune_trials.main(job(tmp_path, table, worker=worker, workers=2))
    choose_settings.main(job(tmp_path, table, worker=1, workers=2))
    assert len(result(tmp_path / "a")["trials"]) == TRIALS


PROGRAM = "import sys; sys.path[:0] = sys.argv[3:]; import test_tune_trials as t; from pathlib import Path; " \
    "t.tune_trials.main(t.job(Path(sys.argv[1]), sys.argv[2], name='cut', trials=200))"  # fmt: skip


def test_a_worker_that_is_killed_leaves_nothing_behind_and_repeats_nothing(tmp_path, table, monkeypatch):
    """Kill a job of 200 trials after its first, and finish it as a job of some more trials than it had made."""
    monkeypatch.setattr(search, "GRACE_SECONDS", 3)  # the lock may be held when the signal comes
    journal = tmp_path / "cut/trials.journal"
    program = [sys.executable, "-c", PROGRAM, tmp_path, table, ROOT / "scripts", ROOT / "tests"]
    run = subprocess.Popen(program, env=os.environ | {"OMP_NUM_THREADS": "1"}, start_new_session=True)
    deadline = time.monotonic() + 120
    while run.poll() is None and time.monotonic() < deadline:
        if journal.exists() and journal.read_text(encoding="utf-8").count('"epochs"') >= 2:
            break
        time.sleep(0.01)
    assert run.poll() is None, "the job ended before it could be killed"
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    wanted = journal.read_text(encoding="utf-8").count('"epochs"') + 1
    for name in ("cut", "whole"):
        for script in (tune_trials, choose_settings):
            script.main(job(tmp_path, table, name=name, trials=wanted))
    assert result(tmp_path / "cut") == result(tmp_path / "whole")


def test_the_figure_of_a_search_shows_its_trials(tmp_path, table):
    for script in (tune_trials, choose_settings):
        script.main(job(tmp_path, table))
    paths = [tmp_path / f"tuning.{suffix}" for suffix in ("pdf", "png", "svg", "json")]
    study = config.load(ROOT / "config/smoke.yaml", ROOT)
    keys = ("luminosity_fb", "blind", "mass", "methods", "samples")
    plot_tuning.main(
        SimpleNamespace(
            input=SimpleNamespace(result=tmp_path / "a/result.json", style=ROOT / "styles/unsculpt.mplstyle"),
            output=SimpleNamespace(tuning=paths),
            wildcards=SimpleNamespace(bkg="ttyy", search="classifier"),
            params=SimpleNamespace(study={"label": "Simulation"} | {key: study[key] for key in keys}, code="-"),
        )
    )
    assert all(path.stat().st_size for path in paths)
    trials = result(tmp_path / "a")["trials"]
    drawn = next(a for a in files.load_json(paths[-1])["panels"][0]["drawn"] if a.get("points") == "Trial")
    assert drawn["x"] == [trial["number"] for trial in trials if trial["state"] == "complete"]
