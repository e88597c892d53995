"""Files that are complete or absent, and that say what made them; stdlib only."""

import hashlib
import json
import logging
import math
import os
import platform
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace

from unsculpt import logs
from unsculpt.errors import InputError, of_machine
from unsculpt.version import VERSION

LEAST_ROOM = 1_000_000  # bytes that must be free where a run begins


@contextmanager
def written(path):
    """Give a path beside `path` to write to, and rename it to `path` when the block ends without an error.

    An `OSError` of the block that names no other file (a full disk never does) names `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".part-{os.getpid()}-{path.name}")  # keeps the suffix: writers choose the format by it
    try:
        yield part
        part.replace(path)
    except OSError as error:
        if error.filename in (None, str(part)):
            error.filename = str(path)
        raise
    finally:
        with suppress(OSError):  # it must not hide the error that ended the block
            part.unlink(missing_ok=True)


def existing_folder(folder):
    """The folder, or the nearest one above it that exists; `InputError` if that is a file or a link to nowhere."""
    there = Path(folder)
    while not os.path.lexists(there):
        there = there.parent
    if not there.is_dir():
        kind = "a link that leads nowhere" if there.is_symlink() else "a file"
        raise InputError(f"{there}: is {kind}, where a folder should be; move it out of the way")
    return there


def check_place(folder):
    """Refuse a folder in which a run could not write, before anything runs.

    A megabyte is written to it, or to the nearest folder above it that exists, and removed.

    Raises
    ------
    InputError
        With the reason of the system: a disk that is full or read-only, a quota.
    """
    there = existing_folder(folder)
    probe = there / f".part-{os.getpid()}-probe"
    try:
        probe.write_bytes(bytes(LEAST_ROOM))
    except OSError as error:
        error.filename = str(there)
        raise InputError(of_machine(error, str(there))) from error
    finally:
        with suppress(OSError):
            probe.unlink()


def save_json(content, path):
    """Write `content` as JSON; a number that is not finite becomes null, with a warning that names its keys."""
    options = {"indent": 1, "allow_nan": False, "ensure_ascii": False, "default": _plain}
    try:
        text = json.dumps(content, **options)
    except ValueError:
        lost = {}
        content = _with_nulls(content, "", lost)
        sentence = f"no number for {', '.join(lost)}; null in its place"
        logging.warning("%s: %s", path, sentence)
        if isinstance(content, dict) and "provenance" in content:  # made before this was known
            content["provenance"].setdefault("warnings", []).append(sentence)
        text = json.dumps(content, **options)
    save_text(text + "\n", path)


def save_text(text, path):
    """Write a text."""
    with written(path) as part:
        part.write_text(text, encoding="utf-8")


def _with_nulls(value, key, lost):
    """The content with null for what is not finite, whose keys are put into `lost`."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, dict):
        return {name: _with_nulls(entry, f"{key}.{name}" if key else str(name), lost) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_nulls(entry, key, lost) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        lost[key] = None
        return None
    return value


def load_json(path):
    """Read a JSON file."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error}); delete it and run again") from error


def digest(content):
    """Twelve hexadecimal digits that stand for `content` (anything JSON can hold)."""
    text = json.dumps(content, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def provenance(params, packages=(), inherited=(), without=()):
    """What made a file: the digest of the job's parameters, the version of unsculpt, Python and of `packages`.

    `params` is `snakemake.params`, or a mapping or namespace of the same content; those named by `without` are not in
    the digest. No date and no host: the same input gives the same bytes. If the job has warned of anything, or the jobs
    behind it of the `inherited` sentences, they are in it as `warnings`: call this when the results are there.
    """
    content = vars(params) if isinstance(params, SimpleNamespace) else dict(params.items())
    sentences = list(dict.fromkeys([*inherited, *logs.warnings()]))
    return {
        "unsculpt": VERSION,
        "params_digest": digest({key: value for key, value in content.items() if key not in without}),
        "python": platform.python_version(),
        **{package: _version(package) for package in packages},
        **({"warnings": sentences} if sentences else {}),
    }


def warnings(*contents):
    """The sentences of which the jobs warned that wrote these contents (each with a `provenance`)."""
    return [sentence for content in contents for sentence in content.get("provenance", {}).get("warnings", [])]


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _plain(value):
    """JSON form of numpy scalars and arrays, paths and tuples."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def finite(value):
    """The number, or None when it is not finite: JSON has no NaN, and a table shows a dash."""
    return None if value is None or not math.isfinite(value) else float(value)
