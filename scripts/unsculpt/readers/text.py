"""Tables of events as text, a line an event: the first line has the names, between commas, semicolons or tabs."""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from unsculpt.errors import InputError
from unsculpt.readers import arrow
from unsculpt.readers.table import TableFile

_NUMBER = r"[-+]?([0-9.]+([eE][-+]?[0-9]+)?|nan|inf)"
_BLOCK = 1 << 22  # bytes of text that are read at a time


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

    def tree(self, _name):
        return self

    @property
    def names(self):
        return {*self._names}

    def numeric(self):
        return self.names

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
            yield stop - start, arrow.arrays(pa.table({name: pa.array([], pa.float64()) for name in names}), names)
            return
        bytes_a_step = min(arrow.size(step_size), _BLOCK)
        self._find_types(names, bytes_a_step)
        for batch in arrow.counted(self._batches(names, bytes_a_step), start, stop):
            yield len(batch), arrow.arrays(batch, names)

    def _find_types(self, names, block):
        """Whole numbers are whole only if all are: columns of which one is not are read in double precision."""
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
        found = pyarrow.csv.open_csv(
            self.source,
            read_options=pyarrow.csv.ReadOptions(
                column_names=self._names, skip_rows=1, block_size=max(size, 1 << 12), use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=self._sign),
            convert_options=pyarrow.csv.ConvertOptions(include_columns=list(names), column_types=types or self._types),
        )
        return iter(found)
