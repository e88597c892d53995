"""One log for each job: a file and the terminal, level, uncaught errors, and what it warned of; stdlib only."""

import logging
import os
import sys
from contextlib import contextmanager
from pathlib import Path

from unsculpt import memory
from unsculpt.errors import InputError, of_machine

TALKATIVE = {"pyhf": "WARNING", "fontTools": "ERROR"}  # a line for each modifier, or glyph table; dates of fonts
_heard = []  # sentences


def run(main, snakemake):
    """Run the `main` of a script for Snakemake: everything into the rule's log file, warnings to the terminal too.

    A user's mistake (`InputError`) and what the machine refuses (a full disk, say) end the job with one sentence;
    anything else with a traceback.
    """
    try:
        memory.keep()
        start(snakemake.log[0] if snakemake.log else None)
        with listening():
            main(snakemake)
    except InputError as error:
        logging.error("%s", error)
        sys.exit(1)
    except Exception as error:
        if sentence := of_machine(error, snakemake.output[0], snakemake.resources.get("mem_mb")):
            logging.error("%s", sentence)
        else:
            logging.exception("this is a mistake of unsculpt, not yours; please report it with this log")
        sys.exit(1)


class _LogFile(logging.FileHandler):
    """A log on a full disk loses lines; the terminal has what matters, without a traceback for each of them."""

    def handleError(self, record):
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)


def start(path=None):
    """Log to `path`, warnings also to the standard error stream; without a path everything goes there."""
    terminal = logging.StreamHandler(sys.stderr)
    handlers = [terminal]
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(_LogFile(path, mode="w", encoding="utf-8", errors="backslashreplace"))
        terminal.setLevel(logging.WARNING)
        os.dup2(handlers[-1].stream.fileno(), 1)  # banners that libraries print would tear the progress bars
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", handlers=handlers, force=True
    )
    for name, level in TALKATIVE.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)


class _Listener(logging.Handler):
    """Keeps each warning of ours once; libraries have loggers of their own."""

    def emit(self, record):
        if record.name == "root" and (sentence := record.getMessage()) not in _heard:
            _heard.append(sentence)


@contextmanager
def listening():
    """Remember what is warned of in this block, for `warnings`."""
    root, listener = logging.getLogger(), _Listener(logging.WARNING)
    root.addHandler(listener)
    try:
        yield
    finally:
        root.removeHandler(listener)
        _heard.clear()


def warnings():
    """The sentences of which this job has warned so far, in order; its products keep them (`files.provenance`)."""
    return list(_heard)
