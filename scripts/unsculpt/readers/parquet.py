"""Tables of events in Parquet, numbers and lists of numbers in columns."""

import pyarrow as pa
import pyarrow.parquet as pq

from unsculpt.errors import InputError
from unsculpt.readers import arrow


class ParquetFile:
    """A Parquet file, opened; its one table is a tree of every name (see `readers`)."""

    def __init__(self, path):
        self.path = path
        self._file = self._read(lambda: pq.ParquetFile(path))

    def close(self):
        self._file.close()

    def trees(self):
        return []

    def tree(self, _name):
        return _Table(self._file, self._read)

    def text(self, _name):
        return None

    histogram = text

    def _read(self, action):
        try:
            return action()
        except (OSError, pa.ArrowException) as error:
            words = str(error).splitlines()[0]
            raise InputError(f"{self.path}: is a Parquet file that cannot be read ({words}); make it again") from error


class _Table:
    def __init__(self, file, read):
        self._file, self._read = file, read
        self.names, self.entries = arrow.names(file.schema_arrow), file.metadata.num_rows

    def numeric(self):
        return self.names

    def steps(self, names, start, stop, step_size):
        schema = self._file.schema_arrow
        columns = arrow.columns(schema, names)
        if start == stop or not columns:
            table = pa.schema([schema.field(name) for name in columns]).empty_table()
            yield stop - start, arrow.arrays(table, names)
            return
        groups = [self._file.metadata.row_group(i) for i in range(self._file.metadata.num_row_groups)]
        stored = sum(
            group.column(i).total_uncompressed_size
            for group in groups
            for i in range(group.num_columns)
            if group.column(i).path_in_schema.split(".")[0] in {name.split(".")[0] for name in columns}
        )
        rows = arrow.rows_of(step_size, stored / max(self.entries, 1))
        batches = self._read(lambda: self._file.iter_batches(rows, columns=columns, use_threads=False))
        for batch in arrow.counted(self._batches(batches), start, stop):
            yield len(batch), arrow.arrays(batch, names)

    def _batches(self, batches):
        while (batch := self._read(lambda: next(batches, None))) is not None:
            yield batch
