"""One log for each job: a file and the terminal, level, uncaught errors; stdlib only."""

import logging
import sys
from pathlib import Path

from unsculpt.errors import InputError


def run(main, snakemake):
    """Run the `main` of a script for Snakemake: log to the rule's log file and to the terminal.

    A user's mistake (`InputError`) ends the job with its one sentence; anything else with a traceback.
    """
    start(snakemake.log[0] if snakemake.log else None)
    try:
        main(snakemake)
    except InputError as error:
        logging.error("%s", error)
        sys.exit(1)
    except Exception:
        logging.exception("this is a mistake of unsculpt, not yours; please report it with this log")
        sys.exit(1)


def start(path=None, level=logging.INFO):
    """Log to `path` (if given) and to the standard error stream."""
    handlers = [logging.StreamHandler(sys.stderr)]
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(path, mode="w"))
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s", handlers=handlers, force=True)
    for talkative in ("pyhf", "fontTools"):  # one line a modifier, or a glyph table
        logging.getLogger(talkative).setLevel(logging.WARNING)
    logging.captureWarnings(True)
