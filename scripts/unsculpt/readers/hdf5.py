"""Tables of events in HDF5: datasets of records, datasets side by side in a group, and frames that pandas wrote."""

import functools
import io
import pickle
from collections import Counter
from dataclasses import dataclass

import awkward as ak
import h5py
import numpy as np

from unsculpt.errors import InputError
from unsculpt.readers import arrow
from unsculpt.readers.table import TableFile

_INDEX = "_i_"  # groups in which PyTables has the order of columns


class HDF5File(TableFile):
    """An HDF5 file, opened (see `readers`); if it has one table alone, that is a tree of every name."""

    KIND, FAULTS = "an HDF5 file", (OSError, RuntimeError, KeyError, ValueError)

    def __init__(self, path, source, stack):
        super().__init__(path, source, stack)
        file = self.read(lambda: stack.enter_context(h5py.File(source, "r")))
        found = self.read(lambda: _tables(file))
        self._tables = {name: columns for name, columns in found.items() if len(_lengths(columns)) == 1}
        if not self._tables:
            told = next((f"; in {name} are {_in_words(columns)}" for name, columns in found.items()), "")
            raise InputError(
                f"{path}: is an HDF5 file without a table of events, which is a dataset of records, or a group with "
                f"datasets of one length{told}; write one"
            )

    def trees(self):
        return list(self._tables)

    def tree(self, name):
        """A table, or None."""
        alone = [*self._tables.values()] if len(self._tables) == 1 else [None]
        columns = self._tables.get(name, alone[0])
        return columns and _Table(self.path, columns, self.read)

    def remedy(self, words):
        if "plugin" in words or "filter" in words:
            return (
                "its columns are compressed in a way of which the library is not here; write it with gzip, or without"
            )
        return self.REMEDY


@dataclass(frozen=True)
class _Column:
    """A column: a dataset, a field of its records, or one of the columns that stand side by side in either."""

    data: h5py.Dataset
    field: str | None = None
    place: int | None = None

    @property
    def is_numeric(self):
        kind = self.data.dtype if self.field is None else self.data.dtype[self.field]
        return kind.base.kind in "biuf"

    def of(self, part):
        """Its values, from a part of the dataset."""
        values = part if self.field is None else part[self.field]
        values = values if self.place is None else values[:, self.place]
        return np.ascontiguousarray(values, values.dtype.newbyteorder("="))


class _Table:
    def __init__(self, path, columns, read):
        self._path, self._columns, self._read = path, columns, read
        self.names, (self.entries,) = {*columns}, _lengths(columns)

    def numeric(self):
        return {name for name, column in self._columns.items() if column.is_numeric}

    def steps(self, names, start, stop, step_size):
        wanted = {name: self._columns[name] for name in names}
        if texts := [name for name, column in wanted.items() if not column.is_numeric]:
            raise InputError(f"{self._path}: column {texts[0]!r} holds no numbers; name another in the format")
        fields = {}  # of each dataset, which is read once
        for column in wanted.values():
            fields.setdefault(column.data, []).append(column.field)
        rows = arrow.rows_of(step_size, sum(map(_bytes_of_row, fields, fields.values())))
        for first in range(start, stop, rows) or [start]:  # of no rows the types
            last = min(first + rows, stop)
            parts = self._read(functools.partial(_parts, fields, first, last))
            yield last - first, {name: ak.Array(column.of(parts[column.data])) for name, column in wanted.items()}


def _parts(fields, start, stop):
    """Rows of each dataset, of the fields of it that are wanted."""
    return {
        data: (data if None in of else data.fields([*dict.fromkeys(of)]))[start:stop] for data, of in fields.items()
    }


def _bytes_of_row(data, fields):
    kinds = [data.dtype if field is None else data.dtype[field] for field in {*fields}]
    return sum(kind.itemsize for kind in kinds) * int(np.prod(data.shape[1:]))


def _tables(group, name="/"):
    """The columns of each table in a group and below, by the name of the table."""
    if "pandas_type" in group.attrs:
        return {name: _frame(group)}
    found, columns = {}, {}
    for key, part in group.items():
        below = f"{name}/{key}".lstrip("/")
        if isinstance(part, h5py.Group):
            found |= {} if key.startswith(_INDEX) else _tables(part, below)
        elif isinstance(part, h5py.Dataset) and part.shape:
            if part.dtype.names:
                found[below] = {field: _Column(part, field) for field in part.dtype.names}
            else:
                columns[key] = _Column(part)
    return found | ({name: columns} if columns else {})


def _frame(group):
    """The columns of a frame that pandas wrote, by either of its formats, which put columns of one kind together."""
    columns = {}
    if "table" in group:
        data = group["table"]
        for field in data.dtype.names:
            if field.startswith("values_block_"):
                names = _Names(io.BytesIO(data.attrs[f"{field}_kind"])).load()
                columns |= {name: _Column(data, field, place) for place, name in enumerate(names)}
            else:
                columns[field] = _Column(data, field)
        return columns
    for i in range(int(group.attrs["nblocks"])):
        data, names = group[f"block{i}_values"], group[f"block{i}_items"].asstr()[:]
        columns |= {name: _Column(data, None, place) for place, name in enumerate(names)} if data.ndim == 2 else {}
    return columns


class _Names(pickle.Unpickler):
    """Reads a list of names, which pandas pickles, and nothing that would be run."""

    def find_class(self, module, name):
        raise ValueError(f"names of columns are given as {module}.{name}")


def _lengths(columns):
    return {len(column.data) for column in columns.values()}


def _in_words(columns):
    """Names and lengths of columns, those first of whose length there are fewest."""
    counts = Counter(len(column.data) for column in columns.values())
    columns = dict(sorted(columns.items(), key=lambda item: counts[len(item[1].data)]))
    return ", ".join(f"{name} ({len(column.data)})" for name, column in list(columns.items())[:4])
