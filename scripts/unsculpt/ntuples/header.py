"""What a file says of the whole sample of which its events are: sum of weights, cross-section, generator."""

import json
import logging
from dataclasses import dataclass

import numpy as np

from unsculpt import formats
from unsculpt.branches import cleaned, not_numbers, number
from unsculpt.errors import InputError
from unsculpt.ntuples.fields import Expression


@dataclass(frozen=True)
class Header:
    """What a file says of its whole sample, or of one of the chunks of simulation in it.

    entries : events in the tree, or of the chunk.
    sum_weights : sum of generator weights of all generated events; of those in the file when it has no branch of it,
        and their number for data; None when the branch does not tell.
    cross_section_pb : None when the file does not say.
    generator : text, empty when the file does not say.
    unknown : why there is no sum of weights, in words.
    """

    entries: int
    sum_weights: float | None
    cross_section_pb: float | None
    generator: str
    unknown: str = ""


def read(file, tree, about, *, step_size, simulated, skip=False):
    """The header of a file, and those of its chunks, which unsculpt's own simulation wrote; most files are one chunk.

    Parameters
    ----------
    file, tree
        As `readers` describes them.
    about : dict
        Its format.
    step_size : str
        Memory of one step.
    simulated : bool
        Whether events carry weights.
    skip : bool
        Whether events whose weight is no number are left out of the sum of those in the file.
    """
    reader = _Reader(file, tree, about, step_size, simulated, skip)
    sum_weights, unknown = reader.sum_of_weights()
    header = Header(
        entries=tree.entries,
        sum_weights=sum_weights,
        cross_section_pb=reader.cross_section(),
        generator=file.text("generator") or "",
        unknown=unknown,
    )
    text = file.text("unsculpt_chunks") or "[]"
    chunks = [Header(**chunk, generator=header.generator) for chunk in json.loads(text)]
    return header, chunks if sum(chunk.entries for chunk in chunks) == header.entries and chunks else [header]


class _Reader:
    def __init__(self, file, tree, about, step_size, simulated, skip):
        self._file, self._tree, self._about = file, tree, about
        self._step_size, self._simulated, self._skip = step_size, simulated, skip

    def cross_section(self):
        name = self._about["weights"]["cross_section_pb"]
        values = self._values(name)
        if values is None or not len(values):
            return None
        if not _constant(values):
            raise InputError(
                f"{self._file.path}: branch {name!r} {_span(values)}; list files of different samples apart, or set "
                "weights.cross_section_pb of the format to null and cross_section_pb of the sample"
            )
        return float(values[0])

    def sum_of_weights(self):
        """Sum of the generator weights of all generated events, and why there is none."""
        text, path = self._about["weights"]["sum"] or "", self._file.path
        if histogram := formats.HISTOGRAM.fullmatch(text):
            return self._in_histogram(histogram["name"], histogram["bin"]), ""
        tree, _, name = text.rpartition("/")
        values = self._values(name, tree)
        if values is None:
            return self._in_file(), ""
        if tree:  # an entry for each file that was put into this one, say, as in `Runs` of NanoAOD
            return float(values.sum()), ""
        if not len(values):
            return None, (
                f"{path} has zero events and so does not tell for how many generated ones it stands ({name}), "
                "without which the yield would be too large by its share"
            )
        if not _constant(values):
            return None, (
                f"branch {name!r} of {path} {_span(values)} (files that were put together by hadd repeat the sum of "
                "each)"
            )
        return float(values[0]), ""

    def _in_histogram(self, name, place):
        """The content of a bin, or of all of them, of a histogram; of the events in the file without it."""
        contents = self._file.histogram(name) if self._simulated else None
        if contents is None:
            return self._in_file()
        if place is not None and int(place) >= len(contents):
            raise InputError(
                f"{self._file.path}: histogram {name!r} has {len(contents) - 2} bins, and weights.sum of the format "
                f"asks for bin {place}; bins count from 1"
            )
        return float(contents[1:-1].sum() if place is None else contents[int(place)])

    def _in_file(self):
        """Sum of the generator weights in the file, which is that of all generated events if none was dropped."""
        values = self._values(self._about["weights"]["generator"], skip=self._skip)
        if values is None:
            return float(self._tree.entries)
        logging.info("%s: no sum of weights: the events in the file are taken for all generated ones", self._file.path)
        return float(values.sum())

    def _values(self, text, tree="", skip=False):
        """One number an entry of the tree, of a simulated file; None where a branch of them is not there."""
        if not self._simulated or not text:
            return None
        if tree and tree not in self._file.trees():
            return None
        tree, expression = self._file.tree(tree) if tree else self._tree, Expression(text, self._about)
        if not {*expression.branches} <= tree.names:
            return None
        found, start = [], 0
        for n, step in tree.steps(expression.branches, 0, tree.entries, self._step_size):
            found.append(self._of_step(text, expression, step, start, n, skip))
            start += n
        return np.concatenate(found) if found else np.zeros(0)

    def _of_step(self, text, expression, step, start, n, skip):
        path, read = self._file.path, {formats.ENTRY: np.arange(start, start + n, dtype=np.int64)}
        for branch, array in step.items():
            read[branch] = cleaned(path, branch, array)
            bad = not_numbers(read[branch])
            if bad.any() and not skip:
                raise InputError(
                    f"{path}: branch {branch!r} is not a number (or infinite) in entry {start + int(bad.argmax())}; "
                    "mend the file, name another branch in the format, or leave such events out and count them with "
                    "bad_events: skip"
                )
        values = number(path, text, expression.value(read, path, "weights"), n).astype(float)
        return np.where(np.isfinite(values), values, 0.0) if skip else values


def _constant(values):
    """Whether all values are one number other than zero."""
    low, high = values.min(), values.max()
    return high - low <= 1e-6 * abs(high) and high != 0


def _span(values):
    return f"runs from {values.min():g} to {values.max():g} but must be one number other than zero"
