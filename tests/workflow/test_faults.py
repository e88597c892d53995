"""What happens when something is wrong: one sentence, and nothing is lost."""

import os
import signal
import subprocess
import time

import pytest
from workflow.running import ENVIRONMENT, command, snakemake

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]

TINY = "tests/cluster/tiny.yaml"
MISTAKES = {
    "an unknown key": ("training: {epoch: 3}", "epoch is not a key of training; did you mean epochs?"),
    "an inverted window": ("mass: {window_gev: [130, 120]}", "mass.window_gev [130, 120] is empty"),
    "a missing sample file": ("data_files: [nowhere.root]", "no file nowhere.root"),
    "two sections of one name": ("seed: 1\nseed: 2", "study.yaml: seed stands twice, in line 3 and in line 4"),
    "a key that is no text": ("on: 1", "study.yaml: YAML reads the key on in line 3 as bool True and not as text"),
    "a feature that does not exist": ("features: [photon1_p]", "photon1_p is unknown; did you mean photon1_pt"),
    "a field that no format has": ("cuts: {hard: 'photon[0].ptt > 50'}", "photon[0] has no ptt; did you mean pt"),
    "an expression that is none": ("cuts: {hard: 'photon[0].pt >'}", "cuts.hard: 'photon[0].pt >' is no expression"),
    "a quantity that means itself": (
        "quantities: {a: {expression: b}, b: {expression: a}}\nfeatures: [a]",
        "a -> b -> a",
    ),
    "a key of a former version": ("selection: {photon_pt_min_gev: 30}", "selection is no longer a key; write objects"),
}


def study_with(change, folder, base="config/smoke.yaml"):
    """A study like another but for one change."""
    path = folder / "study.yaml"
    path.write_text(f"base: {base}\nstudy: changed\n{change}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_stops_the_run_with_one_sentence_before_anything_runs(mistake, tmp_path):
    change, sentence = MISTAKES[mistake]
    output = snakemake("--directory", tmp_path, "--configfile", study_with(change, tmp_path), expect=1)
    assert sentence in output
    assert "Traceback" not in output
    assert not (tmp_path / "results").exists()


def test_a_sample_that_loses_all_its_events_ends_with_a_sentence(tmp_path):
    study = study_with("cuts: {hard: 'photon[0].pt > 5000'}", tmp_path, TINY)
    target = "results/changed/events/ntni.parquet"
    output = snakemake("--configfile", study, "--directory", tmp_path, target, expect=1)
    assert "Traceback" not in output
    assert "no event is left after the cut 'hard'" in output


def test_an_interrupted_run_goes_on_where_it_was(tmp_path):
    """Interrupt once the first ntuple is there (as Ctrl-C does); the next run keeps it and finishes the target."""
    target = "results/changed/events/ntni.parquet"
    options = ["--configfile", study_with("", tmp_path, TINY), "--directory", tmp_path, target]
    run = subprocess.Popen(
        command(*options), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 300
    while not (made := list((tmp_path / "results").rglob("ntuples/*/[!.]*.root"))) and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(3)  # the file is there a moment before Snakemake knows
    while run.poll() is None:  # Snakemake can miss one between two jobs; a user presses Ctrl-C again
        os.killpg(run.pid, signal.SIGINT)
        time.sleep(3)
    assert made, "no ntuple was made before the interruption"
    kept = {path: path.stat().st_mtime_ns for path in made}
    snakemake(*options)
    assert (tmp_path / target).exists()
    assert {path: path.stat().st_mtime_ns for path in made} == kept
