"""The commands of the Makefile as a user types them, in a checkout whose path holds a blank."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest
import yaml
from workflow.running import ROOT

from unsculpt.front.request import VARIABLES

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(300)]

LEFT_OUT = {*VARIABLES, "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHONPATH"}  # pytest itself may come from make
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in LEFT_OUT}
NTUPLE, OTHER = (f"results/tiny/ntuples/{name}/0.root" for name in ("tth", "ntni"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the repository, which borrows the environment of this one."""
    folder = tmp_path_factory.mktemp("front") / "with space" / "unsculpt"
    leave = shutil.ignore_patterns(".git", ".venv", "results", ".snakemake", "tools", "site.yaml")
    shutil.copytree(ROOT, folder, ignore=leave)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


STARTED = []


@pytest.fixture(autouse=True)
def nothing_is_left_running():
    """A test that fails half-way must not hold the folder's lock while the next ones run."""
    yield
    while STARTED:
        process = STARTED.pop()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def start(checkout, *words):
    """Start make in a process group of its own, as a terminal does."""
    process = subprocess.Popen(
        ["make", "-o", ".venv/.ready", "CORES=1", *words],
        cwd=checkout,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        encoding="utf-8",
    )
    STARTED.append(process)
    return process


def make(checkout, *words, expect=0):
    process = start(checkout, *words)
    output = process.communicate()[0]
    assert process.returncode == expect, output[-6000:]
    return output


def job_of(process):
    """The process of the script that a run is at."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):  # one that ended, a zombie too, while we looked
            for child in psutil.Process(process.pid).children(recursive=True):
                command = child.cmdline()
                if command and command[0].endswith("python") and ".snakemake/scripts/" in command[-1]:
                    return child
        time.sleep(0.1)
    pytest.fail(f"no job ran: {process.communicate()[0]}")


def test_data_with_blanks_and_nested_values_arrive_in_one_configuration(checkout):
    data = checkout / "my $data.root"
    data.touch()
    arguments = "--config seed=2 training.epochs=3 title='a: b' -n"
    output = make(checkout, "run", f"DATA={data.name}", f"ARGS={arguments}")
    assert "Selecting events of data" in output and "Drawing pseudo-data" not in output
    (path,) = checkout.glob(".snakemake/studies/*.yaml")
    study = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert study["data_files"] == [data.name]
    assert (study["seed"], study["training"]["epochs"], study["title"]) == (2, 3, "a: b")


@pytest.mark.parametrize("command", ["smoke", "export"])
def test_every_command_honours_data(command, checkout):
    (checkout / "data.root").touch()
    output = make(checkout, command, "DATA=data.root", "ARGS=-n")
    assert "Selecting events of data" in output and "Drawing pseudo-data" not in output


@pytest.mark.parametrize(
    "words, sentence",
    [
        (
            ["run", "STUDY=hyi"],
            "STUDY=hyi: there is no config/studies/hyi.yaml; did you mean hyy? Studies here: avo",
        ),
        (["smoke", "STUDY=hyy"], "make smoke runs the study smoke, but STUDY=hyy was given; use make run"),
        (["run", "PROFILE=slurn"], "PROFILE=slurn: there is no profiles/slurn; use one of default, htcondor, slurm"),
        (["run", "PROFILE=slurm"], "whose name holds a blank"),
        (["run", "STUDY=hyy", "DATA=no.root"], "samples.data.files: no file no.root"),
    ],
)
def test_what_is_not_understood_is_refused_in_one_sentence(words, sentence, checkout):
    first, last = make(checkout, *words, expect=2).splitlines()
    assert sentence in first
    assert last.startswith("make: ***")


def test_a_killed_job_is_told_of_and_made_by_the_next_run(checkout):
    """The target in ARGS follows the study file; without a terminal a run prints a line a job."""
    words = ["run", f"ARGS=--configfile tests/cluster/tiny.yaml {NTUPLE}"]
    process = start(checkout, *words)
    job_of(process).kill()
    output = process.communicate()[0]
    assert process.returncode == 2, "of make, when a command failed"
    assert "CalledProcessError" not in output and "Traceback" not in output
    assert "One job failed:\n  simulate_ntuples (sample=tth, part=0): was killed (signal 9): probably out" in output
    log = checkout / "results/tiny/logs/simulate_ntuples/tth/0.log"
    assert (f"log: {log.relative_to(checkout)}" in output) == bool(log.stat().st_size)
    output = make(checkout, *words)
    assert "1 of 1 done" in output and len(output) < 600
    assert (checkout / NTUPLE).exists()


def test_an_interrupted_run_says_so_in_one_sentence_and_leaves_no_process(checkout):
    process = start(checkout, "run", f"ARGS=--configfile tests/cluster/tiny.yaml {OTHER}")
    job = job_of(process)
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
    output = process.communicate(timeout=60)[0]
    assert process.returncode != 0
    assert "Interrupted; run the same command again to go on." in output
    assert "Traceback" not in output and "failed" not in output
    assert not job.is_running()


def test_two_runs_at_a_time_are_one_too_many(checkout):
    words = ["run", f"ARGS=--configfile tests/cluster/tiny.yaml {OTHER}"]
    process = start(checkout, *words)
    job_of(process)
    assert "is at work in this folder" in make(checkout, *words, expect=2)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert "1 of 1 done" in make(checkout, *words), "the lock of a killed run is gone, and so is that of its Snakemake"
