"""Snakemake's scheduler, which looks for jobs that may start, woken by one timer instead of one for each finished job."""

import threading

from snakemake.scheduling.job_scheduler import JobScheduler


def by_one_timer():
    """Let a scheduler have one timer at a time.

    Because of its rate limit the scheduler asks, each time that it looks, to be woken once more; jobs that finish wake
    it, too. So by itself it looks as often in a second as jobs have finished: after some hundred jobs that takes a third
    of a core, and after a thousand all of one (snakemake 9.27).
    """
    JobScheduler._schedule_reevalutation = _once


def _once(self, delay):
    if getattr(self, "_timer_runs", False):
        return
    self._timer_runs = True

    def wake():
        self._timer_runs = False  # before the scheduler looks, and asks again
        self._open_jobs.release()

    threading.Timer(delay, wake).start()
