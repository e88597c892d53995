"""Say what is in a file of events, and draft a study for it: `make inspect FILE=file.root`; no rule calls this."""

import argparse
import os
import shlex
import sys
from pathlib import Path

from unsculpt import errors, inspection, sources
from unsculpt.errors import InputError

ROOT = Path(__file__).parents[1]


def main(given=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "files",
        nargs="+",
        help="files of signal, in the draft followed by those of background and of data; or patterns",
    )
    parser.add_argument("--tree", help="the tree to look at; the largest by default")
    parser.add_argument("--draft", type=Path, help="write the draft of a study to this file instead of the terminal")
    options = parser.parse_args(given)
    try:
        name = inspection.name_of(options.draft)
        found = inspection.look(sources.first(options.files[0], "FILE", "correct FILE"), options.tree)
        house = inspection.house(ROOT)
        print(inspection.report(found, house))
        study, remarks = inspection.placed(inspection.draft(found, house, options.files, name), found.path, ROOT)
        print(inspection.written(study, options.draft, remarks), end="")
    except (InputError, OSError) as error:
        sys.exit(str(error) if isinstance(error, InputError) else errors.of_machine(error, options.files[0]))


if __name__ == "__main__":
    main([*shlex.split(os.environ.get("FILE", "")), *sys.argv[1:]])  # FILE as it was given to make
