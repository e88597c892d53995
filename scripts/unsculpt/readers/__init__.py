"""Files with events of whatever kind behind one interface: `open_file` looks at the first bytes, not at the name.

A file has `path`, `trees()` (names), `tree(name)` (a tree, or None), `text(name)` (a text beside the trees, or None),
`histogram(name)` (contents with those below and above the range, or None) and `close()`. A tree has `names` (a set),
`entries`, `numeric()` (those of the names that may be numbers or lists of them), and `steps(names, start, stop,
step_size)`, which gives number of entries and arrays (awkward) by name.
A file of one table has one tree, which is found under every name.
"""

from pathlib import Path

from unsculpt.errors import InputError
from unsculpt.readers.parquet import ParquetFile
from unsculpt.readers.text import TextFile
from unsculpt.rootfiles import RootFile

_FOREIGN = {  # what a file begins with, what it is, and what to do
    b"\x89HDF\r\n\x1a\n": (
        "an HDF5 file",
        "write it as Parquet, for example with pandas: read_hdf(...).to_parquet(...)",
    ),
    b"PK\x03\x04": ("a ZIP archive (of numpy arrays?)", "unpack it, and write ROOT, Parquet or CSV"),
    b"\x93NUMPY": ("a numpy array", "write ROOT, Parquet or CSV, in which columns have names"),
    b"ARROW1": ("an Arrow file (Feather)", "write it as Parquet"),
    b"\x1f\x8b": ("compressed by gzip", "unpack it"),
    b"<!DO": ("a web page", "the address may ask for a login; fetch the file itself"),
    b"<htm": ("a web page", "the address may ask for a login; fetch the file itself"),
    b"version https://git-lfs": ("a pointer of Git LFS", "fetch the file itself with git lfs pull"),
}


def open_file(path):
    """Open a file, or a URL, which is one of ROOT.

    Raises
    ------
    InputError
        For what is no file, cannot be read, or is of a kind that is not known.
    """
    if "://" in path or not Path(path).is_file():
        return RootFile(path)
    with Path(path).open("rb") as file:
        first = file.read(4096)
    if first.startswith(b"PAR1"):
        return ParquetFile(path)
    for sign, (kind, way) in _FOREIGN.items():
        if first.startswith(sign):
            raise InputError(f"{path}: is {kind}, which is not read; {way}")
    if not first:
        raise InputError(f"{path}: is empty, it has zero bytes; copy or make it again")
    if not first.startswith(b"root") and _is_text(first):
        return TextFile(path)
    return RootFile(path)


def _is_text(first):
    """Whether the beginning of a file is lines of text."""
    if b"\0" in first or b"\n" not in first:
        return False
    try:
        first[: first.rindex(b"\n")].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
