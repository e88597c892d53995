"""A job's log tells the user's mistake in one sentence, ours with a traceback; what it warned of is in its products."""

import json
import logging
import subprocess
import sys
from pathlib import Path

from unsculpt import logs

SCRIPTS = Path(__file__).parents[2] / "scripts"
JOB = """
import logging, os
from types import SimpleNamespace
from unsculpt import logs
from unsculpt.errors import InputError
def main(snakemake):
    os.write(1, b"banner of a library\\n")
    logging.info("read 3 events")
    {body}
logs.run(main, SimpleNamespace(log=["deep/job.log"]))
"""


def job(tmp_path, body):
    done = subprocess.run(
        [sys.executable, "-c", JOB.format(body=body)], cwd=tmp_path, env={"PYTHONPATH": str(SCRIPTS)},
        capture_output=True, text=True,
    )  # fmt: skip
    return done, (tmp_path / "deep/job.log").read_text()


def test_a_mistake_of_the_user_is_one_sentence(tmp_path):
    done, log = job(tmp_path, "raise InputError('a.root: no tree mini; name another')")
    assert done.returncode == 1
    assert "a.root: no tree mini; name another" in done.stderr and "a.root" in log
    assert "Traceback" not in done.stderr + log


def test_a_mistake_of_ours_keeps_its_traceback(tmp_path):
    done, log = job(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert "ZeroDivisionError" in log


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
    assert json.loads((tmp_path / "a.json").read_text())["provenance"]["warnings"] == ["50 % of the events of data"]
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
