"""Tables of events as text, a line an event: the first line has the names, between commas, semicolons or tabs."""

import logging
import os
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from unsculpt.errors import InputError
from unsculpt.readers import arrow
from unsculpt.readers.table import TableFile

_NUMBER = r"[-+]?([0-9.]+([eE][-+]?[0-9]+)?|nan|inf)"
_BLOCK = 1 << 22  # bytes of text that are read at a time
_LENGTH = re.compile(r"Row #(?P<line>\d+): Expected (?P<names>\d+) columns, got (?P<values>\d+)(?:: (?P<text>.*))?")
_VALUE = re.compile(r"column #(?P<column>\d+): Row #(?P<line>\d+): CSV conversion error to \w+: .*?'(?P<value>.*)'")


class TextFile(TableFile):
    """A table in a text file (CSV), opened; it is a tree of every name (see `readers`)."""

    KIND, FAULTS, REMEDY = "a table of text", (OSError, pa.ArrowInvalid), "correct it"

    def __init__(self, path, source, stack):
        super().__init__(path, source, stack)
        with Path(source).open(encoding="utf-8-sig") as file:
            first = file.readline().rstrip("\r\n")
        self._sign = max(",;\t", key=first.count)
        names = [name.strip().strip('"') for name in first.lstrip("# ").split(self._sign)]
        if len(names) < 2 or any(re.fullmatch(_NUMBER, name) for name in names) or not all(names):
            raise InputError(
                f"{path}: is text whose first line, {first[:60]!r}, is no list of names of columns; write the names "
                "there, between commas, semicolons or tabs (or is it not meant to be a file of events?)"
            )
        if len({*names}) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"{path}: two columns have the name {twice!r}; rename one")
        self._names, self._types, self._entries = names, {}, None
        if not _ends_with_a_line(source):
            logging.warning("%s: its last line has no end; the file may have been cut off there, check it", path)

    def tree(self, _name):
        return self

    @property
    def names(self):
        return {*self._names}

    def numeric(self):
        """The columns that hold numbers in the first block of text."""
        return {field.name for field in self._schema(self._names, _BLOCK) if _is_number(field.type)}

    def sentence(self, words):
        """The line and what is wrong in it."""
        if found := _LENGTH.search(words):
            return (
                f"line {found['line']} has other than the {found['names']} values of the first line, "
                f"{found['values']}: {(found['text'] or '')[:60]!r}; correct the line (or was the file cut off there?)"
            )
        if found := _VALUE.search(words):
            comma = " (a number has a point, no comma)" if re.fullmatch(r"[-+]?\d*,\d*", found["value"]) else ""
            return (
                f"column {self._names[int(found['column'])]!r} holds {found['value'][:60]!r} in line {found['line']}, "
                f"which is no number{comma}; correct it, or name another column in the format"
            )
        return super().sentence(words)

    def _schema(self, names, block):
        return self.read(lambda: self._reader(names, block).schema)

    @property
    def entries(self):
        """Rows, which are counted when they are first asked for."""
        if self._entries is None:
            first = self._names[:1]
            self._entries = sum(len(batch) for batch in self._batches(first, _BLOCK, {first[0]: pa.string()}))
        return self._entries

    def steps(self, names, start, stop, step_size):
        names = list(names)
        if start == stop or not names:
            yield (
                stop - start,
                arrow.arrays(self.path, pa.table({name: pa.array([], pa.float64()) for name in names}), names),
            )
            return
        bytes_a_step = min(arrow.size(step_size), _BLOCK)
        self._find_types(names, bytes_a_step)
        for batch in arrow.counted(self._batches(names, bytes_a_step), start, stop):
            yield len(batch), arrow.arrays(self.path, batch, names)

    def _find_types(self, names, block):
        """Whole numbers are whole only if all are: columns of which one is not are read in double precision.

        So are those in which text was found, where the number of the line is told.
        """
        texts = [field.name for field in self._schema(names, block) if not _is_number(field.type)]
        self._types |= dict.fromkeys(texts, pa.float64())
        while (name := self._misfit(names, block)) is not None:
            self._types[name] = pa.float64()

    def _misfit(self, names, block):
        """A column that looked whole in the first block of bytes and is not, or None."""
        try:
            for _ in self._open(names, block):
                pass
        except pa.ArrowInvalid as error:
            column = re.search(r"In CSV column #(\d+):.* conversion error to int64", str(error))
            name = column and self._names[int(column[1])]
            if name in names and name not in self._types:
                return name
        return None

    def _batches(self, names, size, types=None):
        batches = self.read(lambda: self._open(names, size, types))
        while (batch := self.read(lambda: next(batches, None))) is not None:
            yield batch

    def _open(self, names, size, types=None):
        return iter(self._reader(names, size, types))

    def _reader(self, names, size, types=None):
        return pyarrow.csv.open_csv(
            self.source,
            read_options=pyarrow.csv.ReadOptions(
                column_names=self._names, skip_rows=1, block_size=max(size, 1 << 12), use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=self._sign),
            convert_options=pyarrow.csv.ConvertOptions(include_columns=list(names), column_types=types or self._types),
        )


def _is_number(kind):
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)


def _ends_with_a_line(source):
    with Path(source).open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) in b"\r\n"
