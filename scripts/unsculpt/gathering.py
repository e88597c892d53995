"""The files of a study by what they say of themselves: of which background, method and strength they are."""

from unsculpt import events, files, scores
from unsculpt.errors import InputError

NAMES = {  # by kind of file, what names one beside its background
    "events": (),
    "features": (),
    "importance": (),
    "histories": ("method", "part"),
    "scores": ("method",),
    "metrics": ("method",),
    "independence": ("method",),
    "exact": ("method",),
    "hunts": ("method",),
    "probes": ("method",),
    "learning": ("method",),
    "comparison": (),
    "working_point": (),
    "threshold": (),
    "variations": ("method",),
    "initial": (),
    "fits": ("method", "tag"),
    "categories": (),
    "combined": (),
}
ASKED = (  # kinds that a study has only if it asks
    *("independence", "exact", "learning", "threshold", "variations", "hunts", "probes"),
)
_TABLES = {"events": events.load_metadata, "scores": scores.load_metadata}


def load(paths):
    """Read the files of a study; their order does not matter.

    Parameters
    ----------
    paths : dict
        Lists of paths by kind, a key of `NAMES`.

    Returns
    -------
    dict
        By background hypothesis, then by kind the contents, of tables only what they say of themselves: one content,
        or, where a background has several, a dict of them by method, (method, part) or (method, tag).

    Raises
    ------
    InputError
        If a file does not say what it is of, or two say the same.
    """
    found, seen = {}, {}
    several = [kind for kind in paths if NAMES[kind]]
    for kind, given in paths.items():
        for path in given:
            content = _TABLES.get(kind, files.load_json)(path)
            names = _names(content, kind, path)
            other = seen.setdefault((kind, *names), path)
            if other is not path:
                raise InputError(
                    f"{path} and {other} say that they are of the same {_words(kind, names)}; delete both and run again"
                )
            background, *others = names
            of_background = found.setdefault(background, {kind: {} for kind in several})
            if others:
                key = others[0] if len(others) == 1 else tuple(others)
                of_background[kind][key] = content
            else:
                of_background[kind] = content
    return found


def _names(content, kind, path):
    """What a file says of itself: its background and what else names it."""
    keys = ("background", *NAMES[kind])
    missing = [key for key in keys if content.get(key) is None]
    if missing:
        raise InputError(f"{path}: does not say of which {' and '.join(missing)} it is; delete it and run again")
    return tuple(content[key] for key in keys)


def _words(kind, names):
    """The names in words.

    Examples
    --------
    >>> _words("fits", ("fakes", "ann", "30"))
    'background fakes, method ann, tag 30'
    """
    return ", ".join(f"{key} {name}" for key, name in zip(("background", *NAMES[kind]), names, strict=True))
