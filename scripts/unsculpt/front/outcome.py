"""How a run of Snakemake ended: the jobs that failed and why, in sentences; stdlib only."""

import json
import re
import signal
from pathlib import Path

VARIABLE = "UNSCULPT_OUTCOME"  # of the environment: the file in which Snakemake's side leaves it for the front
SHOWN = 10  # failed jobs at the end; the others are in Snakemake's log
KILLED = re.compile(r"died with <Signals\.\w+: (?P<signal>\d+)>|non-zero exit status (?P<status>\d+)")
ERROR = re.compile(r"^\S+ \S+ ERROR (.*)$", re.MULTILINE)


def describe(rule, wildcards):
    """A job in words.

    Examples
    --------
    >>> describe("select_events", {"sample": "sig", "part": "0"})
    'select_events (sample=sig, part=0)'
    """
    values = ", ".join(f"{name}={value}" for name, value in wildcards.items())
    return f"{rule} ({values})" if values else rule


def killed_by(text):
    """The signal that ended the shell command of which Python or a shell tells, None if it was none.

    Examples
    --------
    >>> killed_by("Command 'python x.py' died with <Signals.SIGKILL: 9>.")
    9
    >>> killed_by("Command 'python x.py' returned non-zero exit status 137.")
    9
    >>> killed_by("Command 'python x.py' returned non-zero exit status 1.")
    """
    match = KILLED.search(text)
    number = int(match["signal"] or int(match["status"]) - 128) if match else 0
    return number if 0 < number < signal.NSIG else None


def reason(logs, killed=None):
    """Why a job failed, in one sentence: the signal that killed it, or the last error, else line, of its logs."""
    if killed == signal.SIGKILL:
        return "was killed (signal 9): probably out of memory; give it more, or run fewer jobs at a time (CORES=1)"
    if killed:
        return f"was ended by signal {killed} ({signal.strsignal(killed)})"
    texts = [Path(log).read_text(encoding="utf-8", errors="replace") for log in written(logs)]
    for text in texts:
        if errors := ERROR.findall(text):
            return errors[-1]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else "ended without a word"


def written(logs):
    """The logs in which something stands: a job that was killed may not have come to it."""
    return [log for log in logs if Path(log).is_file() and Path(log).stat().st_size]


def failure(job, sentence, logs):
    """The lines that tell of a failed job."""
    return "\n".join([f"  {job}: {sentence}", *(f"      log: {log}" for log in written(logs))])


def save(path, outcome):
    """Leave an outcome for the front: `complete` (whether all of a study is there) and `failures` (lines a job)."""
    Path(path).write_text(json.dumps(outcome), encoding="utf-8")


def take(path):
    """The outcome that was left, and nothing is left any more; without one, that of a run that never began."""
    path = Path(path)
    outcome = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.unlink(missing_ok=True)
    return {"complete": False, "failures": []} | outcome


def last_words(failures):
    """The lines with which a failed run ends."""
    if not failures:
        return "The run failed; the reason stands above."
    number = "One job" if len(failures) == 1 else f"{len(failures)} jobs"
    more = [f"  and {len(failures) - SHOWN} more; Snakemake's log in .snakemake/log has them all"]
    shown = [*failures[:SHOWN], *(more if len(failures) > SHOWN else [])]
    return "\n".join([f"{number} failed:", *shown, "Once that is mended, run the same command again to go on."])
