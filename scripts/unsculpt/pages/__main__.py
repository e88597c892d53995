"""What `make docs`, `make docs-numbers` and `make docs-compare` call: python -m unsculpt.pages."""

import argparse
import sys
from pathlib import Path

import yaml

from unsculpt import files
from unsculpt.errors import InputError
from unsculpt.pages import comparison, numbers, parts


def main(words=None):
    """Keep the numbers of a run and write the pages, compare a run with the kept one, or write the pages alone."""
    options = argparse.ArgumentParser(prog="python -m unsculpt.pages", description=main.__doc__)
    options.add_argument("--keep", metavar="RUN", help="the folder of a finished run, results/<study>")
    options.add_argument("--commit", help="with --keep: the commit that it ran at, where git cannot tell")
    options.add_argument("--compare", metavar="SUMMARY", type=Path, help="summary.json of another run")
    options.add_argument("--root", type=Path, default=Path(), help="the checkout whose pages are meant")
    given = options.parse_args(words)
    try:
        if given.compare:
            return _compare(given.compare, given.root)
        if given.keep:
            content = numbers.keep(given.keep, given.commit)
            figures = parts.figures(given.root, content["summary"]["study"])
            content["figures"] = numbers.copy_figures(given.keep, figures)
            print(numbers.save(content, given.root))
        for path, text in parts.pages(given.root).items():
            if path.read_text(encoding="utf-8") != text:
                with files.written(path) as part:
                    part.write_text(text, encoding="utf-8")
                print(path)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _compare(path, root):
    summary, settings = files.load_json(path), path.with_name("config.yaml")
    methods = yaml.safe_load(settings.read_text(encoding="utf-8"))["methods"] if settings.is_file() else None
    kept = numbers.load(summary.get("study"), root)
    found = comparison.compare(kept, summary, methods)
    print(comparison.in_words(found, kept))
    return 0 if found.agrees else 1


if __name__ == "__main__":
    sys.exit(main())
