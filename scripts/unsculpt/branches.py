"""What stands in branches: numbers or lists of numbers, in double precision or whole; entries that hold no numbers."""

import awkward as ak
import numpy as np

from unsculpt.errors import InputError


def cleaned(path, name, array):
    """One number an entry (numpy) or a list (awkward), in double precision or whole.

    Raises
    ------
    InputError
        For records, texts and lists of lists.
    """
    array = ak.from_regular(array, axis=None)
    flat = None if ak.fields(array) else np.asarray(ak.flatten(array, axis=None))
    if array.ndim > 2 or flat is None or flat.dtype.kind not in "biuf":
        inside = f"; it has the fields {', '.join(ak.fields(array)[:8])}" if ak.fields(array) else ""
        raise InputError(
            f"{path}: branch {name!r} holds {_kind(array)}, but one number or a list of numbers an "
            f"event is expected{inside}; name another branch in the format"
        )
    if flat.dtype.kind != "b":  # differences of unsigned integers would not be negative
        array = ak.values_astype(array, np.float64 if flat.dtype.kind == "f" else np.int64)
    return ak.to_numpy(array) if array.ndim == 1 else array


def number(path, key, values, n):
    """One number of each of n entries, from an array or a constant; `key` is what it is, for sentences."""
    if isinstance(values, ak.Array):
        raise InputError(
            f"{path}: {key} holds {values.type.content}, but one number an event is expected; name another "
            "branch in the format, or one number of the list, as in weights[0]"
        )
    return np.broadcast_to(values, n)


def not_numbers(values):
    """Mask of the entries with a value that is not a number or infinite."""
    if isinstance(values, ak.Array):
        held = stored(values)
        if held.dtype.kind != "f" or np.isfinite(held).all():
            return np.zeros(len(values), bool)
        return ak.to_numpy(ak.any(~np.isfinite(values), axis=1))
    return ~np.isfinite(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)


def stored(values):
    """The numbers behind a list in each entry, in a line, without a copy if it can be; some may be in no list."""
    content = values.layout.content
    return content.data if isinstance(content, ak.contents.NumpyArray) else np.asarray(ak.flatten(values))


def _kind(array):
    """The type of an entry in words."""
    words = str(array.type.content)
    return words if len(words) <= 80 else f"{words[:77]}..."


class Faults:
    """What is wrong in the entries of a step, and where; entries are those of the file.

    Parameters
    ----------
    path : str
    start : int
        The entry of the file with which the step begins.
    n : int
        Entries of the step.
    """

    SHOWN = 5

    def __init__(self, path, start, n):
        self.path, self.entries = path, np.arange(start, start + n)
        self.bad = np.zeros(n, bool)
        self.said = {}

    def add(self, mask, words, at=None):
        """Note that the entries of a mask are bad; `at` are their places in the step, all of them by default."""
        places = np.flatnonzero(mask) if at is None else at[mask]
        if len(places):
            self.bad[places] = True
            first, number = self.said.get(words, (int(self.entries[places[0]]), 0))
            self.said[words] = first, number + len(places)

    def sentences(self):
        """What is wrong, each with its first entry and how many more there are."""
        found = [
            f"{words} in entry {first}{f' (and {number - 1} more)' if number > 1 else ''}"
            for words, (first, number) in self.said.items()
        ]
        more = len(found) - self.SHOWN
        return "; ".join(found[: self.SHOWN]) + (f"; and {more} more faults" if more > 0 else "")
