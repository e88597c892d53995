"""Markers of the generated parts of a page, and how these are filled.

<!-- docs/numbers/STUDY.json: PART [BACKGROUND] -->
what `make docs` writes
<!-- end -->
"""

import re

from unsculpt.errors import InputError

_BEGIN = re.compile(r"<!-- docs/numbers/(?P<study>\w+)\.json: (?P<name>\w+)(?: (?P<background>\w+))? -->")
_END = "<!-- end -->"


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
        if "<!-- docs/numbers/" in line and not begin:
            raise InputError(f"{page}, line {number}: no marker of a generated part: {line}; write {_BEGIN.pattern}")
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
