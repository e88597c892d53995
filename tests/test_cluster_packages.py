"""Installing the schedulers waits for whoever installs, and says why it cannot; with a real apt-get of its own."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "cluster/packages.sh"
NEEDED = ("bash", "apt-get", "chmod", "flock", "grep", "id", "rm", "sleep", "tail", "timeout")
APT = """
Dir::State "{0}/state"; Dir::Cache "{0}/cache";
Dir::Etc::SourceList "{0}/sources.list"; Dir::Etc::SourceParts "{0}/none";
Dir::State::status "{0}/status"; APT::Sandbox::User "root"; Acquire::Retries "0";
"""


@pytest.fixture
def installation(tmp_path):
    """Start packages.sh where no scheduler is installed, with sources of its own; gives a function of their text."""
    if os.getuid() or not shutil.which("apt-get"):
        pytest.skip("packages.sh needs root and apt-get")
    if missing := [name for name in NEEDED if not shutil.which(name)]:
        pytest.skip(f"packages.sh needs {', '.join(missing)}")
    programs = tmp_path / "bin"
    for folder in (programs, tmp_path / "state/lists/partial", tmp_path / "cache/archives/partial", tmp_path / "none"):
        folder.mkdir(parents=True)
    for name in NEEDED:
        (programs / name).symlink_to(shutil.which(name))
    (tmp_path / "status").touch()
    (tmp_path / "apt.conf").write_text(APT.format(tmp_path), encoding="utf-8")
    script = SCRIPT.read_text(encoding="utf-8").replace("$PATH:/usr/sbin:/sbin", "$PATH")
    (tmp_path / "packages.sh").write_text(script, encoding="utf-8")

    def start(sources="", wait=20):
        (tmp_path / "sources.list").write_text(sources, encoding="utf-8")
        environment = {"PATH": str(programs), "APT_CONFIG": str(tmp_path / "apt.conf"), "TMPDIR": str(tmp_path)}
        return subprocess.Popen(
            ["bash", tmp_path / "packages.sh"], env=environment | {"WAIT": str(wait)}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip

    return start


def reason(process):
    said, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (75, "")
    assert said.startswith("SKIP: ") and len(said.splitlines()) == 1
    return said


def test_sources_that_do_not_answer_and_packages_that_are_not_there_are_told_apart(installation):
    silent = installation("deb [trusted=yes] http://127.0.0.1:9/debian bookworm main\n")
    assert "127.0.0.1" in reason(silent)
    assert "Unable to locate package" in reason(installation())


def test_it_waits_for_another_apt_and_says_which_lock_was_not_free(installation, tmp_path):
    with (tmp_path / "state/lists/lock").open("w", encoding="utf-8") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        assert "Could not get lock" in reason(installation(wait=1))
        waiting = installation()
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(4)
    assert "Unable to locate package" in reason(waiting), "it went on when the lock was free"


def test_two_at_once_install_one_after_the_other(installation, tmp_path):
    with (tmp_path / "unsculpt-packages.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another packages.sh" in reason(installation(wait=1))
        pair = [installation(), installation()]
    assert all("Unable to locate package" in reason(process) for process in pair)
