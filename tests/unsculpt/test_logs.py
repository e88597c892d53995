"""A job's log tells the user's mistake, and what the machine refuses, in one sentence, and ours with a traceback;
what a job warned of is in its products.
"""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from places import FULL, READ_ONLY, inside

from unsculpt import logs

SCRIPTS = Path(__file__).parents[2] / "scripts"
JOB = """
import logging, os
from pathlib import Path
from types import SimpleNamespace
from unsculpt import files, logs
from unsculpt.errors import InputError
def main(snakemake):
    os.write(1, b"banner of a library\\n")
    logging.info("read 3 events")
    {body}
logs.run(main, SimpleNamespace(log=["deep/job.log"], output=["made.json"], resources=dict(mem_mb=700)))
"""


def command(body):
    return [sys.executable, "-c", JOB.format(body=body)]


def job(tmp_path, body, **environment):
    done = subprocess.run(
        command(body), cwd=tmp_path, env={"PYTHONPATH": str(SCRIPTS), **environment},
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    return done, (tmp_path / "deep/job.log").read_text(encoding="utf-8")


def test_a_mistake_of_the_user_is_one_sentence(tmp_path):
    done, log = job(tmp_path, "raise InputError('a.root: no tree mini; name another')")
    assert done.returncode == 1
    assert "a.root: no tree mini; name another" in done.stderr and "a.root" in log
    assert "Traceback" not in done.stderr + log


@pytest.mark.parametrize("body", ["1 / 0", "main(snakemake)"])
def test_a_mistake_of_ours_keeps_its_traceback(tmp_path, body):
    done, log = job(tmp_path, body)
    assert done.returncode == 1
    assert "mistake of unsculpt" in log and ("ZeroDivisionError" in log or "RecursionError" in log)


def test_the_terminal_stays_quiet_and_the_log_has_everything(tmp_path):
    done, log = job(tmp_path, "pass")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "read 3 events" in log and "banner of a library" in log


def test_what_a_job_writes_says_of_what_it_warned_and_not_of_what_libraries_did(tmp_path):
    lines = (
        'logging.warning("%s of %s", "50 % of the events", "data")',
        'logging.warning("%s", "50 % of the events of data")',
        'logging.getLogger("pyhf").warning("something of a library")',
        'import warnings; warnings.warn("something deprecated")',
        'from unsculpt import files; files.save_json({"provenance": files.provenance({})}, "a.json")',
    )
    done, log = job(tmp_path, "\n    ".join(lines))
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["provenance"]["warnings"] == [
        "50 % of the events of data"
    ]
    assert "something of a library" in log and "something deprecated" in log and "50 % of the events" in done.stderr


def test_one_job_knows_nothing_of_the_warnings_of_another():
    with logs.listening():
        logging.warning("first")
        assert logs.warnings() == ["first"]
    with logs.listening():
        logging.warning("second")
        assert logs.warnings() == ["second"]
    logging.warning("third")
    assert logs.warnings() == []


def test_memory_that_the_machine_has_not_is_one_sentence(tmp_path):
    done, log = job(tmp_path, "bytearray(10**17)")
    assert done.returncode == 1 and "Traceback" not in done.stderr + log
    assert "made.json: not enough memory" in log and "asks for 700 MB" in log


def test_the_log_is_utf8_whatever_the_locale_and_a_name_that_is_not_does_no_harm(tmp_path):
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done, log = job(tmp_path, "logging.warning('\\u03bb of m\\udcfcnchen.root')", **ascii_only)
    assert done.returncode == 0 and "Logging error" not in done.stderr
    assert "λ of m\\udcfcnchen.root" in log


@pytest.mark.parametrize(("place", "reason"), [(FULL, "No space left on device"), (READ_ONLY, "Read-only file system")])
def test_a_disk_that_takes_nothing_ends_a_job_with_one_sentence_that_names_the_place(tmp_path, place, reason):
    body = "files.save_json('x' * 10**6, 'made.json')"
    done = inside(place, tmp_path, ["env", "-C", tmp_path, *command(body)], env={"PYTHONPATH": str(SCRIPTS)})
    assert done.returncode == 1
    assert reason in done.stderr and ("made.json: " in done.stderr or "deep: " in done.stderr)
    assert "Traceback" not in done.stderr and "mistake" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
