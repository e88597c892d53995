"""What `make run`, smoke, tune, export and apply call: one run of Snakemake, as the variables of make say."""

import os
import signal
import sys
from pathlib import Path

SCRIPTS = Path(__file__).absolute().parent


def main(command="run", *words):
    from unsculpt.errors import InputError, of_machine  # here, for a Ctrl-C while they load
    from unsculpt.front import request, run

    try:
        return run.run(request.ask(command, os.environ, words, root=SCRIPTS.parent), SCRIPTS)
    except (InputError, run.Busy) as error:
        print(error, file=sys.stderr)
        return run.BUSY if isinstance(error, run.Busy) else 2
    except OSError as error:
        print(of_machine(error, ".snakemake") or error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        print("Interrupted before anything ran.", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
