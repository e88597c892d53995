"""The event table: one row an event, as Parquet; weights, folds and normalisation. Knows no ROOT."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from unsculpt.errors import InputError
from unsculpt.files import written

SIGNAL, BACKGROUND, DATA = 1, 0, -1
LABELS = {"signal": SIGNAL, "background": BACKGROUND, "data": DATA}
_TEXT = ("sample", "channel", "region")
_COLUMNS = ("run", "event", *_TEXT, "label", "fold", "mass", "weight")


@dataclass(frozen=True)
class Events:
    """Events as columns of equal length n, and what is known of the whole.

    run, event : int64, identifiers.
    sample, channel, region : str; region is "ti" or "ntni".
    label : int8; 1 signal, 0 background, -1 data.
    fold : int8; the event is scored by the model that did not train on this fold.
    mass : float64, the protected variable in GeV.
    weight : float64; expected events at the luminosity once merged, 1 for data.
    features : float32, shape (n, number of features); feature_names their names.
    metadata : JSON-like; of a chunk: sample, cutflow, sum_weights, cross_section_pb, generator.
    """

    run: np.ndarray
    event: np.ndarray
    sample: np.ndarray
    channel: np.ndarray
    region: np.ndarray
    label: np.ndarray
    fold: np.ndarray
    mass: np.ndarray
    weight: np.ndarray
    features: np.ndarray
    feature_names: tuple
    metadata: dict = field(default_factory=dict)

    def __len__(self):
        return len(self.mass)

    def __getitem__(self, index):
        """The events of a boolean mask or an index array."""
        columns = {name: getattr(self, name)[index] for name in _COLUMNS}
        return replace(self, features=self.features[index], **columns)

    def where(self, label=None, channel=None):
        """Mask of the events with this label and in this channel (None or "all": any)."""
        mask = np.ones(len(self), bool)
        if label is not None:
            mask &= self.label == label
        if channel not in (None, "all"):
            mask &= self.channel == channel
        return mask


def concatenate(tables, metadata=None):
    """The rows of several tables with the same features, in order."""
    names = {table.feature_names for table in tables}
    if len(names) != 1:
        raise ValueError(f"concatenate: the tables hold different features: {sorted(names)}")
    columns = {name: np.concatenate([getattr(t, name) for t in tables]) for name in (*_COLUMNS, "features")}
    return Events(**columns, feature_names=tables[0].feature_names, metadata=metadata or {})


def save(events, path):
    """Write a table as Parquet; the metadata travel in the schema."""
    arrays = {name: getattr(events, name) for name in _COLUMNS}
    columns = {name: pa.array(a).dictionary_encode() if name in _TEXT else pa.array(a) for name, a in arrays.items()}
    columns |= {name: pa.array(events.features[:, i]) for i, name in enumerate(events.feature_names)}
    metadata = {"unsculpt": json.dumps({"features": events.feature_names, **events.metadata})}
    with written(path) as part:
        pq.write_table(pa.table(columns).replace_schema_metadata(metadata), part, compression="zstd")


def load(path, features=True):
    """Read a table; `features=False` leaves the feature columns out (shape (n, 0))."""
    try:
        metadata = json.loads(pq.read_schema(path).metadata[b"unsculpt"])
        names = tuple(metadata.pop("features")) if features else ()
        table = pq.read_table(path, columns=[*_COLUMNS, *names])
    except (OSError, KeyError, TypeError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not an event table of unsculpt ({error}); delete it and run again") from error
    columns = {name: table[name].to_numpy() for name in _COLUMNS}
    columns |= {name: np.asarray(columns[name], dtype=object).astype(str) for name in _TEXT}
    matrix = np.empty((table.num_rows, len(names)), np.float32)
    for i, name in enumerate(names):
        matrix[:, i] = table[name].to_numpy()
    return Events(**columns, features=matrix, feature_names=names, metadata=metadata)
