"""What the tables of Arrow have in common: names of columns, those of records too, and steps of bounded memory."""

import awkward as ak
import numpy as np
import pyarrow as pa

from unsculpt.errors import InputError

_UNITS = {"B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
_UNITS |= {"kiB": 2**10, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def size(text):
    """Bytes that a text such as `50 MB` means.

    Examples
    --------
    >>> size("50 MB"), size("1.5 kB")
    (50000000, 1500)
    """
    unit = text.lstrip("0123456789. ")
    return int(float(text.removesuffix(unit)) * _UNITS[unit])


def names(schema):
    """The names of the columns of a schema; those of the fields of records, `jet.pt`, beside the record."""
    return {name for name, _ in _kinds(schema)}


def numeric(schema):
    """Those of the names that are numbers, or lists of them."""
    return {name for name, kind in _kinds(schema) if _is_number(kind)}


def _kinds(schema):
    """Names, those of the fields of records too, and the types of their values, those in lists."""

    def of(name, kind):
        while pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
            kind = kind.value_type
        yield name, kind
        if pa.types.is_struct(kind):
            for field in kind:
                yield from of(f"{name}.{field.name}", field.type)

    return [pair for field in schema for pair in of(field.name, field.type)]


def _is_number(kind):
    tests = pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal
    return any(test(kind) for test in tests)


def columns(schema, wanted):
    """The columns of a schema in which names are found, those of records in their record."""
    return [name for name in schema.names if any(one == name or one.startswith(f"{name}.") for one in wanted)]


def arrays(path, table, wanted):
    """Awkward arrays by name from a batch or table of Arrow; `path` is the file, for sentences."""
    whole = {name: _array(path, name, table.column(name)) for name in table.schema.names}

    def of(name):
        if name in whole:
            return whole[name]
        column = max((c for c in whole if name.startswith(f"{c}.")), key=len)
        array = whole[column]
        for field in name[len(column) + 1 :].split("."):
            array = array[field]
        return array

    return {name: _filled(of(name)) for name in wanted}


def _array(path, name, column):
    """A column; decimal numbers in double precision."""
    try:
        return ak.from_arrow(column.cast(pa.float64()) if pa.types.is_decimal(column.type) else column)
    except (ValueError, TypeError, NotImplementedError, pa.ArrowException) as error:
        raise InputError(
            f"{path}: column {name!r} is of the type {column.type}, in which no numbers are read; write it in double "
            "precision, or name another in the format"
        ) from error


def _filled(array):
    """NaN for values that a table has as null; lists that are null are lists of nothing."""
    if ak.fields(array) or not ("?" in (words := str(array.type)) or "option" in words):
        return array
    array = ak.fill_none(array, [], axis=0) if array.ndim > 1 else array
    if ak.any(ak.is_none(array, axis=-1)):
        return ak.fill_none(array, np.nan, axis=-1)
    return ak.drop_none(array, axis=-1)  # whole numbers stay whole


def rows_of(step_size, bytes_of_row):
    """Rows of a step of so much memory."""
    return max(int(size(step_size) / max(bytes_of_row, 1)), 1)


def counted(batches, start, stop):
    """The parts of batches between two rows."""
    place = 0
    for batch in batches:
        first, last = (int(np.clip(edge - place, 0, len(batch))) for edge in (start, stop))
        if last > first:
            yield batch.slice(first, last - first)
        place += len(batch)
        if place >= stop:
            return
