"""Snakemake's scheduler, woken by one timer and not by one for each finished job."""

import threading


def by_one_timer():
    """Let a scheduler have one timer at a time.

    Because of its rate limit the scheduler asks, each time that it looks for jobs, to be woken once more; finished jobs
    wake it, too. So while jobs wait it looks as often in a second as jobs have finished, which after 200 jobs took a
    third of a core (snakemake 9.27).
    """
    from snakemake.scheduling.job_scheduler import JobScheduler  # here: it loads plugins, of which one complains

    JobScheduler._schedule_reevalutation = _once


def _once(self, delay):
    if getattr(self, "_timer_runs", False):
        return
    self._timer_runs = True

    def wake():
        self._timer_runs = False  # before the scheduler looks, and asks again
        self._open_jobs.release()

    threading.Timer(delay, wake).start()
