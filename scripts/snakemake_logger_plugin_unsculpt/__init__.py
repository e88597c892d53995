"""Snakemake's log as unsculpt shows it: bars on a terminal, else a line for each job that starts; and what came of it.

`snakemake --logger unsculpt` finds it by the name of this folder on the PYTHONPATH. The whole log is in .snakemake/log.
"""

import copy
import logging
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_logger_plugin_rich.handler import RichLogHandler

from unsculpt.front import outcome

LINES = 100  # about so many lines tell of a run, and one a minute
NOISE = (
    "Assuming unrestricted",
    "Building DAG",
    "Using shell",
    "Provided ",
    "Rules claiming",
    "Conda env",
    "Singularity",
)
NEWS = ("Trying to restart", "Terminating", "Will exit", "Shutting down")  # once jobs run; all else is the jobs' own
SAID = ("CalledProcessError", "At least one job did not", "Exiting because a job")  # the job's own sentence says it
TAIL = 20  # lines of the log of a batch job that ended without a sentence


class LogHandler(LogHandlerBase):
    """Shows what a user needs of a run, and leaves for the front which jobs failed and whether all is there."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = False
    has_formatter = False
    needs_rulegraph = False

    def __post_init__(self):
        self.bars = RichLogHandler(settings=self.common_settings) if sys.stderr.isatty() else None
        self.jobs, self.failures, self.killed = {}, {}, {}
        self.done, self.total, self.complete, self.interrupted = 0, None, False, False
        self.told = self.told_done = -LINES
        self.start = time.monotonic()

    def emit(self, record):
        try:
            self.note(record)
            shown = self.readable(record)
            if shown is not None:
                self.bars.emit(shown) if self.bars else self.show(shown)
        except Exception:
            self.handleError(record)

    def close(self):
        if self.bars:
            self.bars.close()
        if path := os.environ.get(outcome.VARIABLE):
            with suppress(OSError):  # on a full disk the front has to do without
                outcome.save(path, {"complete": self.complete, "failures": list(self.failures.values())})
        super().close()

    def note(self, record):
        """Keep what the end of the run needs."""
        event, text = getattr(record, "event", None), record.getMessage()
        if event == LogEvent.JOB_INFO:
            self.jobs[record.jobid] = record.rule_name, dict(record.wildcards)
        elif event == LogEvent.ERROR and (number := outcome.killed_by(text)):
            self.killed[record.thread] = number  # the same thread then names the job
        elif event == LogEvent.JOB_ERROR:
            killed = self.killed.pop(record.thread, None)
            sentence = outcome.reason(record.log, killed)
            self.failures[record.jobid] = outcome.failure(self.job(record), sentence, record.log)
        elif event == LogEvent.JOB_FINISHED:
            self.failures.pop(record.job_id, None)
            self.complete |= self.jobs.get(record.job_id, ("",))[0] == "all"
        elif event == LogEvent.RUN_INFO:
            self.total = record.stats["total"]
        elif event == LogEvent.PROGRESS:
            self.done = record.done
            self.total = self.total or record.total  # which counts the jobs that --until leaves out, too
        elif text.startswith("Terminating processes"):
            self.interrupted = True
        elif text == NOTHING_TO_BE_DONE_MSG:
            self.complete = not self.common_settings.dryrun and asks_for_all(sys.argv[1:])

    def job(self, record):
        """The job of a record in words."""
        return outcome.describe(*self.jobs.get(record.jobid, (record.rule_name, {})))

    def readable(self, record):
        """The record as it shall be shown; None for one that says nothing new."""
        event, text = getattr(record, "event", None), record.getMessage()
        if self.common_settings.dryrun:
            return record
        if record.levelno >= logging.ERROR and (self.interrupted or any(words in text for words in SAID)):
            return None
        if event == LogEvent.JOB_ERROR:
            record = copy.copy(record)
            record.log = outcome.written(record.log)
        return record

    def show(self, record):
        """Print a record without a terminal."""
        event, text = getattr(record, "event", None), record.getMessage()
        if self.common_settings.dryrun:
            print(self.format(record), flush=True)
        elif event == LogEvent.RUN_INFO:
            self.say(f"jobs to run: {self.total}")
        elif event == LogEvent.JOB_INFO:
            rare = self.done - self.told_done < self.total / LINES and time.monotonic() - self.told < 60
            if not rare and record.rule_name != "all":
                self.told, self.told_done = time.monotonic(), self.done
                what = record.rule_msg or self.job(record)
                self.say(f"{self.done:>{len(str(self.total))}} of {self.total} done  {what}")
        elif event == LogEvent.JOB_ERROR:
            self.say(f"FAILED  {self.job(record)}")
            if record.aux.get("external_jobid"):  # what it printed is not on this screen
                self.say("\n".join([record.rule_msg or "", *tail(record.log[:1])]))
        elif event == LogEvent.PROGRESS and self.done == self.total:
            self.say(f"{self.done} of {self.total} done in {time.monotonic() - self.start:.0f} s")
        elif record.levelno >= logging.WARNING or (event is None and self.is_news(text)):
            self.say(text)

    def is_news(self, text):
        """Whether a line of Snakemake itself says something that its user should know."""
        return text.startswith(NEWS) if self.total is not None else not text.startswith(NOISE)

    def say(self, text):
        print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def asks_for_all(words):
    """Whether options of Snakemake ask for the whole study, and not for some of its files."""
    from snakemake.cli import get_argument_parser  # which imports this package

    options = get_argument_parser().parse_args(words)
    return not (options.targets or options.until or options.omit_from)


def tail(logs):
    """The last lines of logs."""
    return [
        line for log in logs for line in Path(log).read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
    ]
