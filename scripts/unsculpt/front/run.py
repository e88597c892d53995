"""One run of Snakemake in a folder: locked, ended by Ctrl-C as a whole, and told of at the end."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import psutil

from unsculpt import files
from unsculpt.errors import InputError
from unsculpt.front import outcome

BUSY = 75  # exit code of a run that another one keeps out
HEADLINE, REPORT = "results/{}/headline.txt", "results/{}/report.html"

# Snakemake without the traceback of a KeyboardInterrupt, which it only catches once jobs run.
SNAKEMAKE = """
import sys
show = sys.excepthook
sys.excepthook = lambda kind, *rest: None if kind is KeyboardInterrupt else show(kind, *rest)
from snakemake.cli import main
from unsculpt.front import wakening
wakening.by_one_timer()
main()
"""


class Busy(Exception):
    """Another run is at work in the folder."""


def run(request, scripts):
    """Run Snakemake as a `Request` says, with the folder `scripts` on its path; gives the exit code.

    It is that of Snakemake, or as a shell counts 128 more than the signal that ended the run.
    """
    command = [sys.executable, "-c", SNAKEMAKE, *request.options]
    state = request.folder.absolute() / ".snakemake"
    left = state / "outcome.json"
    path = os.pathsep.join(filter(None, [str(scripts), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": path, outcome.VARIABLE: str(left)}
    environment["PYTHONWARNINGS"] = "ignore::UserWarning:htcondor2"  # without a pool it complains at each start
    files.check_place(state)
    with locked(state) as lock:
        if lock is not None and any(state.glob("locks/*")):  # a killed Snakemake left them: nobody else is at work
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run([*command, "--unlock"], env=environment, check=False, **quiet)
        outcome.take(left)
        inherited = [] if lock is None else [lock]  # it lasts as long as Snakemake, even if this process is killed
        code, interrupted = attended(command, env=environment, pass_fds=inherited)
        if (state / "htcondor/snakemake-rules.log").exists():
            removal = [sys.executable, str(scripts / "remove_held_jobs.py")]
            subprocess.run(removal, cwd=request.folder, env=environment, check=False)
    return tell(request, code, interrupted, outcome.take(left))


@contextmanager
def locked(state):
    """Hold the lock of a folder; gives its file descriptor, or None on a file system that has no locks."""
    path = state / "unsculpt.lock"
    try:
        state.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}); run in a folder that you may write to"
        ) from error
    with file:
        descriptor = file.fileno()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            message = f"Another run ({holder}) is at work in this folder; wait for it, or stop it first."
            raise Busy(message) from error
        except OSError as error:
            message = (
                f"The file system cannot lock {path} ({error.strerror}): take care that only one run is at work here."
            )
            print(message, file=sys.stderr)
            descriptor = None
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()
        yield descriptor


def attended(command, **options):
    """Run a command, and end its jobs with it on SIGINT or SIGTERM; gives its exit code and the signal, or 0."""
    received = []
    process = None

    def interrupt(number, _frame):
        received.append(number)
        if process is None:
            return
        if number == signal.SIGTERM:  # Ctrl-C reaches Snakemake by itself
            process.send_signal(signal.SIGINT)
        time.sleep(0.5)  # it shall know before its jobs end
        end_jobs(process.pid)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        process = subprocess.Popen(command, **options)
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code, received[0] if received else 0


def end_jobs(pid):
    """End the scripts that Snakemake runs, which do not hear Ctrl-C (rules/common.smk), and what they started."""
    jobs = []
    with suppress(psutil.NoSuchProcess):
        jobs = psutil.Process(pid).children()
    for child in jobs:
        with suppress(psutil.NoSuchProcess):  # gone by itself, while the others still run
            if ".snakemake/scripts/" in " ".join(child.cmdline()):
                for process in (*child.children(recursive=True), child):
                    with suppress(psutil.NoSuchProcess):
                        process.terminate()


def tell(request, code, interrupted, left):
    """Print the last words of a run; gives its exit code."""
    if code == 0:
        if {"-n", "--dry-run", "--dryrun"} & {*request.options}:
            return 0
        for line in request.products:
            print(line)
        headline = request.folder / HEADLINE.format(request.study)
        if left["complete"] and headline.is_file():
            sys.stdout.reconfigure(errors="replace")  # a Latin-1 terminal has no Greek
            print(headline.read_text(encoding="utf-8"), end="")
            print(f"Report: {request.folder / REPORT.format(request.study)}")
        return 0
    if interrupted:
        print("Interrupted; run the same command again to go on.", file=sys.stderr)
        return 128 + interrupted
    if code < 0:
        print(f"Snakemake {outcome.reason([], -code)}; run the same command again to go on.", file=sys.stderr)
        return 128 - code
    print(outcome.last_words(left["failures"]), file=sys.stderr)
    return code
