"""The event table: one row an event, as Parquet; weights and folds. Knows no ROOT."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from unsculpt.errors import InputError
from unsculpt.files import written

SIGNAL, BACKGROUND, DATA = 1, 0, -1
LABELS = {"signal": SIGNAL, "background": BACKGROUND, "data": DATA}  # the one table of them, by role
CATEGORIES = ("channel", "region")  # columns that have no order
_TEXT = ("sample", *CATEGORIES)
_COLUMNS = ("run", "event", *_TEXT, "label", "fold", "mass", "weight")


@dataclass(frozen=True)
class Events:
    """Events as columns of equal length n, and what is known of the whole.

    run, event : int64, identifiers.
    sample, channel, region : str.
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

    def column(self, name):
        """A column, (n,), by its name: "mass", "channel", "region" or a feature."""
        return getattr(self, name) if name in _COLUMNS else self.features[:, self.feature_names.index(name)]

    def matrix(self, names):
        """These features in this order, float32 of shape (n, len(names))."""
        lacking = [name for name in names if name not in self.feature_names]
        if lacking:
            raise InputError(f"the events lack the feature {lacking[0]!r}; add it to features and select them again")
        if tuple(names) == self.feature_names:
            return self.features
        return np.ascontiguousarray(self.features[:, [self.feature_names.index(name) for name in names]])

    def inputs(self, names):
        """The inputs of a network: float32 of shape (n, D), and the shape of one event, () for features."""
        return self.matrix(names), ()

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


def build(rows, columns, matrix, feature_names, *, sample, role, folds):
    """The table of the selected rows of one sample.

    `rows` and `columns` are what `selection.select` gives, `matrix` the features of the rows.
    """
    run, event = (np.asarray(rows[name]).astype(np.int64) for name in ("run", "event"))
    return Events(
        run=run,
        event=event,
        sample=np.full(len(rows), sample),
        channel=columns["channel"].astype(str),
        region=columns["region"].astype(str),
        label=np.full(len(rows), LABELS[role], np.int8),
        fold=fold(run, event, folds),
        mass=np.asarray(columns["mass"], float),
        weight=rows["weight"],
        features=matrix,
        feature_names=tuple(feature_names),
    )


def load_metadata(path):
    """The metadata of a table without its rows."""
    try:
        return json.loads(pq.read_schema(path).metadata[b"unsculpt"])
    except (OSError, KeyError, TypeError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not an event table of unsculpt ({error}); delete it and run again") from error


def fold(run, event, folds):
    """The fold of each event: a hash of its identifiers, so that it depends neither on order nor on chunks.

    The hash is splitmix64 (Steele, Lea and Flood, OOPSLA 2014, doi:10.1145/2660193.2660195) of the event number mixed
    with that of the run; its upper 32 bits times `folds`, over 2^32, are the fold.

    Parameters
    ----------
    run, event : int64 array, shape (n,)
    folds : int

    Returns
    -------
    int8 array, shape (n,), from 0 to folds - 1
    """
    return ((_mixed(run, event) >> np.uint64(32)) * np.uint64(folds) >> np.uint64(32)).astype(np.int8)


def half(run, event):
    """Whether an event is in the first of two halves: the last bit of the hash of `fold`, independent of the folds.

    Parameters
    ----------
    run, event : int64 array, shape (n,)

    Returns
    -------
    bool array, shape (n,)
    """
    return (_mixed(run, event) & np.uint64(1)) == 0


def subfold(run, event, number):
    """A part of each event within its fold: the lower 32 bits of the hash of `fold`, independent of the upper ones.

    Parameters
    ----------
    run, event : int64 array, shape (n,)
    number : int
        Of parts, up to 127.

    Returns
    -------
    int8 array, shape (n,), from 0 to number - 1
    """
    return ((_mixed(run, event) & np.uint64(0xFFFFFFFF)) * np.uint64(number) >> np.uint64(32)).astype(np.int8)


def _mixed(run, event):
    return _splitmix64(np.asarray(event).astype(np.uint64) ^ _splitmix64(np.asarray(run).astype(np.uint64)))


def _splitmix64(x):
    x = np.atleast_1d(x) + np.uint64(0x9E3779B97F4A7C15)  # arrays wrap around silently, scalars would warn
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
