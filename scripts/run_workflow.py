"""What `make run`, smoke, tune and export call: one run of Snakemake, as the variables of make and its options say."""

import os
import signal
import sys
from pathlib import Path

from unsculpt.errors import InputError
from unsculpt.front import request, run

SCRIPTS = Path(__file__).absolute().parent


def main(command="run", *words):
    try:
        return run.run(request.ask(command, os.environ, words, root=SCRIPTS.parent), SCRIPTS)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except run.Busy as error:
        print(error, file=sys.stderr)
        return run.BUSY
    except KeyboardInterrupt:
        print("Interrupted before anything ran.", file=sys.stderr)
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
