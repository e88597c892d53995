"""A run in a bad place works, or is one sentence that names the place."""

import os
import subprocess
import sys

import pytest
from places import FULL, READ_ONLY, inside
from workflow.running import ENVIRONMENT, ROOT, command, snakemake

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]

TINY = ROOT / "tests/cluster/tiny.yaml"


def options(folder):
    """Make what needs next to no time: a table of two chunks, or a configuration."""
    return "--configfile", TINY, "--directory", folder, "results/tiny/config.yaml"


@pytest.mark.parametrize("home", ["absent", "no folder", "read-only"])
def test_a_run_needs_no_home(home, tmp_path):
    """Neither Snakemake nor a job that draws with matplotlib writes into it or complains."""
    work, house = tmp_path / "work", tmp_path / "house"
    house.mkdir()
    environment = {key: value for key, value in ENVIRONMENT.items() if key not in ("HOME", "MPLCONFIGDIR")}
    environment |= {"no folder": {"HOME": "/proc/nowhere"}, "read-only": {"HOME": str(house)}}.get(home, {})
    environment = {key: value for key, value in environment.items() if not key.startswith("XDG_")}
    command_line = command("--configfile", TINY, "--directory", work, "results/tiny/figures/workflow.svg")
    if home == "read-only":
        done = inside(READ_ONLY, house, command_line, env=environment)
    else:
        done = subprocess.run(command_line, env=environment, capture_output=True, encoding="utf-8")
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-6000:]
    assert (work / "results/tiny/figures/workflow.svg").exists()
    assert "atplotlib created a temporary" not in output and "mkdir -p failed" not in output


@pytest.mark.parametrize("shape", ["file", "link to nowhere"])
def test_results_that_are_no_folder_stop_the_run_with_one_sentence(shape, tmp_path):
    results = tmp_path / "results"
    results.symlink_to("nowhere") if shape == "link to nowhere" else results.write_text("mine", encoding="utf-8")
    output = snakemake(*options(tmp_path), expect=1)
    assert f"results: is a {shape.split()[0]}" in output
    assert "Traceback" not in output
    assert os.path.lexists(results) and not results.is_dir()


@pytest.mark.parametrize(("place", "reason"), [(FULL, "No space left on device"), (READ_ONLY, "Read-only file system")])
def test_results_that_take_nothing_stop_the_run_with_one_sentence(place, reason, tmp_path):
    (tmp_path / "results").mkdir()
    done = inside(place, tmp_path / "results", command(*options(tmp_path)), env=ENVIRONMENT)
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert f"results: {reason}; " in output and "Traceback" not in output and "mistake" not in output
    dry = inside(place, tmp_path / "results", command(*options(tmp_path), "--dry-run"), env=ENVIRONMENT)
    assert dry.returncode == 0, "a plan writes nothing there"


@pytest.fixture(scope="module")
def latin1(tmp_path_factory):
    """The environment of a terminal in Latin-1."""
    folder = tmp_path_factory.mktemp("locale")
    made = subprocess.run(["localedef", "-i", "en_US", "-f", "ISO-8859-1", folder / "en_US.ISO-8859-1"], check=False)
    probe = [sys.executable, "-c", "import locale; print(locale.getencoding())"]
    environment = ENVIRONMENT | {"LOCPATH": str(folder), "LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "0"}
    found = subprocess.run(probe, env=environment, capture_output=True, encoding="utf-8").stdout.strip()
    if found != "ISO-8859-1":
        pytest.skip(f"the locale en_US.ISO-8859-1 cannot be had here (localedef: {made.returncode}, Python: {found})")
    return environment


def test_a_study_in_greek_is_made_in_latin1_and_its_files_are_utf8(latin1, tmp_path):
    study = tmp_path / "study.yaml"
    study.write_text(f"base: {TINY}\nstudy: greek\ntitle: H → γγ, at λ\n", encoding="utf-8")
    target = "results/greek/config.yaml"
    line = command("--configfile", study, "--directory", tmp_path, target)
    done = subprocess.run(line, env=latin1, capture_output=True)
    assert done.returncode == 0, done.stderr[-6000:]
    assert "title: H → γγ, at λ\n" in (tmp_path / target).read_text(encoding="utf-8")
