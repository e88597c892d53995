"""Markers of the generated parts of a page, and how these are filled.

    <!-- docs/numbers/STUDY.json: PART [BACKGROUND] -->
    what `make docs` writes
    <!-- end -->

Figures of a run are copied where its numbers are kept:

    <!-- results/STUDY/figures/FIGURE.png -->
    ![What it shows](figures/NAME.png)
"""

import re

from unsculpt.errors import InputError

_BEGIN = re.compile(r"<!-- docs/numbers/(?P<study>\w+)\.json: (?P<name>\w+)(?: (?P<background>\w+))? -->")
_END = "<!-- end -->"
_FIGURE = re.compile(r"<!-- results/(?P<study>\w+)/(?P<file>figures/\S+) -->\n!\[[^\]]*\]\((?P<copy>[^)\s]+)\)")


def figures(text, study):
    """The figures of a study on a page: (file in the folder of the run, its copy as the page names it)."""
    return [(found["file"], found["copy"]) for found in _FIGURE.finditer(text) if found["study"] == study]


def fill(text, page, make):
    """The text of a page with its generated parts written anew.

    Parameters
    ----------
    text : str
    page : str
        Its name, for the sentences.
    make : callable
        Of study, name of the part and background or None; returns Markdown.

    Raises
    ------
    InputError
        If a marker is not closed, closes nothing, or is spelt wrongly; the line is named.
    """
    lines, open_at = [], None
    for number, line in enumerate(text.splitlines(), 1):
        begin = _BEGIN.fullmatch(line.strip())
        if (begin and open_at) or (line.strip() == _END and not open_at):
            raise InputError(f"{page}, line {number}: a marker inside another, or an end without beginning: {line}")
        if line.strip().startswith("<!-- docs/numbers/") and not begin:
            raise InputError(
                f"{page}, line {number}: no marker of a generated part: {line}; docs/design.md has its form"
            )
        if begin:
            open_at = number
            try:
                lines += [line, "", make(**begin.groupdict()), ""]
            except InputError as error:
                raise InputError(f"{page}, line {number}: {error}") from error
        elif line.strip() == _END:
            open_at = None
        if not open_at:
            lines.append(line)
    if open_at:
        raise InputError(f"{page}, line {open_at}: the marker is not closed by {_END}")
    return "\n".join(lines) + "\n"
