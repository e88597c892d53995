"""The file of an event table: Parquet, written part by part and read column by column."""

import json
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from unsculpt.errors import InputError
from unsculpt.events.coded import Coded
from unsculpt.events.table import CODED, COLUMNS, Events
from unsculpt.files import written

VERSION = 3
GROUP = 1 << 17  # rows that are written, and compressed, together, however they come


def save(events, path):
    """Write a table as Parquet; the metadata travel in the schema."""
    with writing(path, events.metadata) as write:
        write(events)


@contextmanager
def writing(path, metadata):
    """Write a table part by part: gives a function that takes the parts, all with the same features and arrays.

    The texts of all parts have the same names in `metadata["names"]`, or there is one part. The same rows give the same
    bytes, whatever the parts.
    """
    with written(path) as beside:
        file, waiting = None, []

        def write(events):
            nonlocal file
            waiting.append(_table(events, metadata))
            file = file or _writer(beside, waiting[0].schema)
            while sum(map(len, waiting)) > GROUP:
                whole = pa.concat_tables(waiting).combine_chunks()
                file.write_table(whole.slice(0, GROUP))
                waiting[:] = [whole.slice(GROUP)]

        try:
            yield write
            if file:
                file.write_table(pa.concat_tables(waiting).combine_chunks())
        finally:
            if file:
                file.close()


def _writer(path, schema):
    """A writer that looks for repeated values where there may be some."""
    repeated = [field.name for field in schema if not pa.types.is_fixed_size_binary(field.type)]
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeated)


def _table(events, metadata):
    """The rows as a table of Arrow, with the metadata in its schema."""
    names = metadata.get("names", {name: getattr(events, name).names for name in CODED})
    columns = {name: _arrow(getattr(events, name), names.get(name)) for name in COLUMNS}
    columns |= {name: pa.array(events.features[:, i]) for i, name in enumerate(events.feature_names)}
    columns |= {name: _fixed(values) for name, values in events.arrays.items()}
    about = {"version": VERSION, "features": events.feature_names} | metadata
    about["arrays"] = {name: values.shape[1:] for name, values in events.arrays.items()}
    return pa.table(columns).replace_schema_metadata({"unsculpt": json.dumps(about)})


def _arrow(values, names):
    """A column as Parquet has it; texts as a dictionary with these names."""
    if not isinstance(values, Coded):
        return pa.array(values)
    place = np.array([names.index(name) for name in values.names], np.int16)
    return pa.DictionaryArray.from_arrays(
        pa.array(place[values.code] if len(place) else values.code.astype(np.int16)), list(names)
    )


def _fixed(values):
    """An array of a fixed shape in each row as the bytes of its numbers: as a list each would have to be unpacked."""
    values = np.ascontiguousarray(values, np.float32)
    row = pa.binary(values.itemsize * int(np.prod(values.shape[1:])))
    return pa.FixedSizeBinaryArray.from_buffers(row, len(values), [None, pa.py_buffer(values)])


def load(path, columns=None):
    """Read a table.

    Parameters
    ----------
    path : path
    columns : sequence of str, optional
        The features and arrays to read; all by default. What identifies and weighs an event is always there.
    """
    metadata = load_metadata(path)
    shapes = {name: shape for name, shape in metadata.pop("arrays").items() if columns is None or name in columns}
    names = tuple(name for name in metadata.pop("features") if columns is None or name in columns)
    try:
        with pq.ParquetFile(path) as file:
            found = {name: _read(file, name) for name in COLUMNS}
            n = len(found["mass"])
            matrix = np.empty((n, len(names)), np.float32)
            for i, name in enumerate(names):  # one by one: a table of all of them would take as much again
                matrix[:, i] = _read(file, name)
            arrays = {name: _read(file, name).reshape(n, *shape) for name, shape in shapes.items()}
    except (OSError, KeyError, TypeError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not an event table of unsculpt ({error}); delete it and run again") from error
    return Events(**found, features=matrix, feature_names=names, arrays=arrays, metadata=metadata)


def _read(file, name):
    column = file.read(columns=[name]).column(0)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries().combine_chunks()
        return Coded(column.indices.to_numpy(), column.dictionary.to_pylist())
    if pa.types.is_fixed_size_binary(column.type):
        return np.frombuffer(column.combine_chunks().buffers()[1] or b"", np.float32)
    return column.to_numpy()


def load_metadata(path):
    """The metadata of a table without its rows."""
    try:
        metadata = json.loads(pq.read_schema(path).metadata[b"unsculpt"])
    except (OSError, KeyError, TypeError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not an event table of unsculpt ({error}); delete it and run again") from error
    if metadata.pop("version", 1) != VERSION:
        raise InputError(f"{path}: an event table of another version of unsculpt; delete it and run again")
    return metadata
