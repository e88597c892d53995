"""Files with events of whatever kind behind one interface: `open_file` looks at the first bytes, not at the name.

A file has `path`, `trees()` (names), `tree(name)` (a tree, or None), `text(name)` (a text beside the trees, or None),
`histogram(name)` (contents with those below and above the range, or None) and `close()`. A tree has `names` (a set),
`entries`, `numeric()` (those of the names that may be numbers or lists of them), and `steps(names, start, stop,
step_size)`, which gives number of entries and arrays (awkward) by name.
A file of one table has one tree, which is found under every name.
"""

import contextlib
from pathlib import Path

from unsculpt import remotefiles
from unsculpt.errors import InputError
from unsculpt.readers.hdf5 import HDF5File
from unsculpt.readers.parquet import ParquetFile
from unsculpt.readers.text import TextFile
from unsculpt.rootfiles import RootFile

_HDF5, _HDF5_AT = b"\x89HDF\r\n\x1a\n", (0, 512, 1024, 2048)  # behind a block of the user's, if there is one

_FOREIGN = {  # what a file begins with, what it is, and what to do
    b"PK\x03\x04": ("a ZIP archive (of numpy arrays?)", "unpack it, and write ROOT, Parquet or CSV"),
    b"\x93NUMPY": ("a numpy array", "write ROOT, Parquet or CSV, in which columns have names"),
    b"ARROW1": ("an Arrow file (Feather)", "write it as Parquet"),
    b"\x1f\x8b": ("compressed by gzip", "unpack it"),
    b"<!DO": ("a web page", "the address may ask for a login; fetch the file itself"),
    b"<htm": ("a web page", "the address may ask for a login; fetch the file itself"),
    b"version https://git-lfs": ("a pointer of Git LFS", "fetch the file itself with git lfs pull"),
}


def open_file(path):
    """Open a file, or what is behind an address.

    Raises
    ------
    InputError
        For what is no file, cannot be read, or is of a kind that is not known.
    """
    stack = contextlib.ExitStack()  # which the file closes
    try:
        return (_open_remote if remotefiles.is_remote(path) else _open_here)(path, stack)
    except BaseException:
        stack.close()
        raise


def _open_here(path, stack):
    if Path(path).is_dir():
        raise InputError(f"{path}: is a folder; name its files, for example {path}/*.root")
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file; check samples.*.files of the study, or DATA")
    with Path(path).open("rb") as file:
        first = file.read(remotefiles.FIRST)
    return _kind(path, first)(path, path, stack)


def _open_remote(path, stack):
    """Text is copied, of other kinds only ranges of bytes are asked for where the server has them."""
    try:
        remote = stack.enter_context(remotefiles.opened(path))
        kind = _kind(path, remote.first)
        source = remote.name
        if kind is not RootFile and remotefiles.is_remote(source):
            is_text = kind is TextFile
            source = remotefiles.copied(path, stack) if is_text else remotefiles.Ranges(path, remote.size)
    except InputError:
        raise
    except Exception as error:  # a server may do anything
        raise InputError(
            f"{path}: cannot be opened ({remotefiles.reason(error)}); {remotefiles.advice(error)}"
        ) from error
    return kind(path, source, stack)


def _kind(path, first):
    """The class of a file that begins so."""
    if first.startswith(b"PAR1"):
        return ParquetFile
    if any(first[place:].startswith(_HDF5) for place in _HDF5_AT):
        return HDF5File
    for sign, (kind, way) in _FOREIGN.items():
        if first.startswith(sign):
            raise InputError(f"{path}: is {kind}, which is not read; {way}")
    if not first:
        raise InputError(f"{path}: is empty, it has zero bytes; copy or make it again")
    if first.startswith(b"root") or not _is_text(first):
        return RootFile
    if not _is_utf8(first):
        raise InputError(f"{path}: is text, and not in UTF-8; write it anew in UTF-8 (iconv -f LATIN1 -t UTF-8)")
    return TextFile


def _is_text(first):
    """Whether the beginning of a file is lines of text, in whatever alphabet."""
    return b"\n" in first and not any(byte < 32 and byte not in b"\t\n\r\f" for byte in first)


def _is_utf8(first):
    try:
        first[: first.rindex(b"\n")].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
