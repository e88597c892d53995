"""Tables of events in Parquet, numbers and lists of numbers in columns."""

import pyarrow as pa
import pyarrow.parquet as pq

from unsculpt.errors import InputError
from unsculpt.readers import arrow
from unsculpt.readers.table import TableFile


class ParquetFile(TableFile):
    """A Parquet file, opened; its one table is a tree of every name (see `readers`)."""

    KIND, FAULTS = "a Parquet file", (OSError, pa.ArrowException)

    def __init__(self, path, source, stack):
        super().__init__(path, source, stack)
        options = {"page_checksum_verification": True}  # of pages that have checksums
        self._file = self.read(lambda: stack.enter_context(pq.ParquetFile(source, **options)))
        columns = self._file.schema_arrow.names
        if twice := next((name for name in columns if columns.count(name) > 1), None):
            raise InputError(f"{path}: two columns have the name {twice!r}; rename one")

    def tree(self, _name):
        return _Table(self.path, self._file, self.read)


class _Table:
    def __init__(self, path, file, read):
        self._path, self._file, self._read = path, file, read
        self.names, self.entries = arrow.names(file.schema_arrow), file.metadata.num_rows

    def numeric(self):
        return arrow.numeric(self._file.schema_arrow)

    def steps(self, names, start, stop, step_size):
        schema = self._file.schema_arrow
        columns = arrow.columns(schema, names)
        if start == stop or not columns:
            table = pa.schema([schema.field(name) for name in columns]).empty_table()
            yield stop - start, arrow.arrays(self._path, table, names)
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
            yield len(batch), arrow.arrays(self._path, batch, names)

    def _batches(self, batches):
        while (batch := self._read(lambda: next(batches, None))) is not None:
            yield batch
