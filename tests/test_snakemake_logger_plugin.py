"""What Snakemake's log becomes without a terminal, fed with the records that Snakemake 9.27 makes."""

import logging
import threading

import pytest
from snakemake.settings.types import OutputSettings
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_logger_plugin_unsculpt import LogHandler, asks_for_all

from unsculpt.front import outcome

KILLED = (
    "RuleException:\nCalledProcessError in file \"events.smk\", line 4:\nCommand 'x' died with <Signals.SIGKILL: 9>."
)


@pytest.fixture
def left(tmp_path, monkeypatch):
    monkeypatch.setenv(outcome.VARIABLE, str(tmp_path / "outcome.json"))
    return tmp_path / "outcome.json"


class Log:
    """A handler, and the events of a run in short."""

    def __init__(self, jobs, **settings):
        self.handler = LogHandler(OutputSettings(**settings), None)
        self.tell("Job stats", event=LogEvent.RUN_INFO, stats={"total": jobs})
        self.jobs = jobs

    def tell(self, message, level=logging.INFO, **attributes):
        record = logging.makeLogRecord({"msg": message, "levelno": level, "thread": threading.get_ident()} | attributes)
        self.handler.emit(record)

    def begin(self, job, rule="select_events"):
        wildcards, text = {"part": str(job)}, f"Selecting part {job}"
        self.tell(None, event=LogEvent.JOB_INFO, jobid=job, rule_name=rule, rule_msg=text, wildcards=wildcards)

    def finish(self, job, done):
        self.tell(f"Finished jobid: {job}", event=LogEvent.JOB_FINISHED, job_id=job)
        self.tell(None, event=LogEvent.PROGRESS, done=done, total=self.jobs)

    def fail(self, job, log, **aux):
        details = {"jobid": job, "rule_name": "select_events", "rule_msg": aux.pop("message", None), "log": [str(log)]}
        self.tell("Error in rule", logging.ERROR, event=LogEvent.JOB_ERROR, aux=aux, **details)


def test_each_job_of_a_small_run_is_a_line_and_ten_thousand_are_a_hundred(left, capsys):
    for jobs, least, most in ((40, 42, 42), (10_000, 90, 120)):
        log = Log(jobs)
        for job in range(jobs):
            log.begin(job)
            log.tell("Select jobs to execute...")
            log.finish(job, job + 1)
        lines = capsys.readouterr().err.splitlines()
        assert least <= len(lines) <= most
        assert lines[0].endswith(f"jobs to run: {jobs}") and f"{jobs} of {jobs} done in " in lines[-1]
        assert lines[1].endswith(f"0 of {jobs} done  Selecting part 0")


def test_a_run_until_some_rule_counts_its_own_jobs(left, capsys):
    """Snakemake's progress counts all jobs of the study, also those that --until leaves out."""
    log = Log(2)
    log.jobs = 1234
    for job in range(2):
        log.begin(job)
        log.finish(job, job + 1)
    shown = capsys.readouterr().err
    assert "1 of 2 done  Selecting part 1" in shown and "2 of 2 done in " in shown and "1234" not in shown


def test_a_killed_job_is_named_and_its_exception_is_not_shown(left, capsys, tmp_path):
    log = Log(2)
    log.begin(0)
    log.tell(KILLED, logging.ERROR, event=LogEvent.ERROR, exception="RuleException")
    log.fail(0, tmp_path / "absent.log")
    log.tell("Exiting because a job execution failed. Look above for error messages", logging.ERROR)
    log.handler.close()
    shown = capsys.readouterr().err
    assert "FAILED  select_events (part=0)" in shown and "CalledProcessError" not in shown and "Exiting" not in shown
    (failure,) = outcome.take(left)["failures"]
    assert failure.startswith("  select_events (part=0): was killed (signal 9): probably out of memory")
    assert "absent.log" not in failure


def test_a_batch_job_shows_the_end_of_its_log_and_one_that_succeeds_again_has_not_failed(left, capsys, tmp_path):
    path = tmp_path / "job.log"
    path.write_text("early\n" * 30 + "this job was asked to fail\n", encoding="utf-8")
    log = Log(2)
    log.begin(0)
    log.fail(0, path, external_jobid="17", message="SLURM-job '17' failed, SLURM status is: 'FAILED'.")
    shown = capsys.readouterr().err
    assert "this job was asked to fail" in shown and "SLURM status is: 'FAILED'" in shown and shown.count("early") == 19
    log.tell("Trying to restart job 0.")
    log.begin(0)
    log.finish(0, 1)
    log.handler.close()
    assert outcome.take(left)["failures"] == []


def test_an_interruption_is_no_failure_of_jobs(left, capsys, tmp_path):
    log = Log(2)
    log.begin(0)
    log.tell("Terminating processes on user request, this might take some time.")
    log.fail(0, tmp_path / "absent.log")
    assert "FAILED" not in capsys.readouterr().err


@pytest.mark.parametrize("rule, complete", [("all", True), ("select_events", False)])
def test_a_run_is_complete_when_its_last_rule_is(rule, complete, left):
    log = Log(1)
    log.begin(0, rule)
    log.finish(0, 1)
    log.handler.close()
    assert outcome.take(left)["complete"] is complete


@pytest.mark.filterwarnings("ignore::UserWarning:htcondor2")  # there is no pool here
def test_targets_and_parts_of_a_run_are_not_all_of_it():
    options = ["--logger", "unsculpt", "--configfile", "a.yaml", "--cores", "2"]
    assert asks_for_all(options)
    for part in (["results/x.json"], ["--until", "select_events"], ["--omit-from", "x"]):
        assert not asks_for_all([*options, *part])
