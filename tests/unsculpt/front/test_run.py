"""One run in a folder: locks, signals and the last words, with commands in place of Snakemake where it takes none."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from unsculpt.errors import InputError
from unsculpt.front.request import Request
from unsculpt.front.run import Busy, attended, end_jobs, locked, tell

SCRIPTS = Path(__file__).parents[3] / "scripts"


def test_a_folder_is_locked_for_others_and_free_afterwards(tmp_path):
    with locked(tmp_path):
        with pytest.raises(Busy, match=rf"Another run \(process {os.getpid()} on .*\) is at work in this folder"):
            with locked(tmp_path):
                pass
    with locked(tmp_path) as lock:
        assert lock is not None


def test_the_lock_lasts_as_long_as_the_command_that_inherits_it(tmp_path):
    with locked(tmp_path) as lock:
        command = subprocess.Popen(["sleep", "60"], pass_fds=[lock])
    with pytest.raises(Busy):
        with locked(tmp_path):
            pass
    command.kill()
    command.wait()
    with locked(tmp_path):
        pass


def test_a_file_system_without_locks_is_told_of_and_used(tmp_path, monkeypatch, capsys):
    def refuse(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)  # no such file system can be had here
    with locked(tmp_path) as lock:
        assert lock is None
    assert "cannot lock" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_refused_in_one_sentence(tmp_path):
    (tmp_path / ".snakemake").touch()
    with pytest.raises(InputError, match="cannot be written"):
        with locked(tmp_path / ".snakemake"):
            pass


def test_a_termination_interrupts_snakemake_and_ends_its_jobs(tmp_path):
    """The job ignores Ctrl-C as those of the workflow do, and would otherwise last a minute."""
    script = tmp_path / ".snakemake/scripts/job.py"
    script.parent.mkdir(parents=True)
    script.write_text(
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('x', flush=True)\ntime.sleep(60)",
        encoding="utf-8",
    )
    parent = f"""
import subprocess, sys
job = subprocess.Popen([sys.executable, {str(script)!r}], stdout=subprocess.PIPE)
job.stdout.readline()
open({str(tmp_path / "ready")!r}, "w").close()
try:
    job.wait()
except KeyboardInterrupt:
    sys.exit(10 + abs(job.wait()))
"""

    def terminate():
        while not (tmp_path / "ready").exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=terminate).start()
    before = signal.getsignal(signal.SIGTERM)
    code, interrupted = attended([sys.executable, "-c", parent])
    assert (code, interrupted) == (10 + signal.SIGTERM, signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_only_scripts_of_snakemake_are_ended():
    other = subprocess.Popen(["sleep", "60"])  # as `scancel` may be
    end_jobs(os.getpid())
    assert other.poll() is None
    other.kill()
    other.wait()


@pytest.fixture
def request_of_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    headline = Path("results/mine/headline.txt")
    headline.parent.mkdir(parents=True)
    headline.write_text("Selection without sculpting: τ\n", encoding="utf-8")
    return Request([], "mine", Path())


def test_a_complete_run_ends_with_its_headline_and_a_part_of_it_does_not(request_of_study, capsys):
    assert tell(request_of_study, 0, 0, {"complete": True, "failures": []}) == 0
    assert capsys.readouterr().out == "Selection without sculpting: τ\nReport: results/mine/report.html\n"
    assert tell(request_of_study, 0, 0, {"complete": False, "failures": []}) == 0
    assert capsys.readouterr().out == ""


def test_a_terminal_without_greek_shows_the_headline_all_the_same(request_of_study):
    show = """
from pathlib import Path
from unsculpt.front.request import Request
from unsculpt.front.run import tell
tell(Request([], "mine", Path()), 0, 0, {"complete": True})
"""
    environment = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(SCRIPTS)}
    done = subprocess.run([sys.executable, "-c", show], env=environment, capture_output=True)
    assert done.stdout.startswith(b"Selection without sculpting: ?\n"), done.stderr


@pytest.mark.parametrize(
    "code, interrupted, returned, words",
    [
        (1, signal.SIGINT, 130, "Interrupted; run the same command again to go on."),
        (1, signal.SIGTERM, 143, "Interrupted; run the same command again to go on."),
        (-9, 0, 137, "Snakemake was killed (signal 9): probably out of memory"),
        (1, 0, 1, "One job failed:"),
    ],
)
def test_exit_codes_and_last_words_say_how_a_run_ended(code, interrupted, returned, words, request_of_study, capsys):
    assert tell(request_of_study, code, interrupted, {"complete": False, "failures": ["  x: y"]}) == returned
    assert capsys.readouterr().err.startswith(words)
