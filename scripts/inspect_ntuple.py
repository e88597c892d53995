"""Say what is in a file of events, and draft a study for it: `make inspect FILE=file.root`; no rule calls this."""

import argparse
import os
import shlex
import sys
from pathlib import Path

import yaml

from unsculpt import errors, inspection
from unsculpt.errors import InputError

ROOT = Path(__file__).parents[1]


def main(given=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "files", nargs="+", help="the file; for the draft, one of a background and one of data may follow"
    )
    parser.add_argument("--tree", help="the tree to look at; the largest by default")
    parser.add_argument("--draft", type=Path, help="write the draft of a study to this file instead of the terminal")
    options = parser.parse_args(given)
    try:
        found = inspection.look(options.files[0], options.tree)
        house = inspection.house(ROOT)
        print(inspection.report(found, house))
        text = yaml.safe_dump(inspection.draft(found, house, options.files[1:]), sort_keys=False, width=120)
        if options.draft:
            options.draft.write_text(text, encoding="utf-8")
    except (InputError, OSError) as error:
        sys.exit(str(error) if isinstance(error, InputError) else errors.of_machine(error, options.files[0]))
    if not options.draft:
        print(f"\nA study to begin with (config/studies/mine.yaml); correct what was guessed\n\n{text}", end="")


if __name__ == "__main__":
    main([*shlex.split(os.environ.get("FILE", "")), *sys.argv[1:]])  # FILE as it was given to make
