"""The columns of an event table."""

from dataclasses import dataclass, field, replace

import numpy as np

from unsculpt.errors import InputError
from unsculpt.events.coded import Coded
from unsculpt.events.folds import fold

SIGNAL, BACKGROUND, DATA = 1, 0, -1
LABELS = {"signal": SIGNAL, "background": BACKGROUND, "data": DATA}  # the one table of them, by role
CATEGORIES = ("channel", "region")  # columns that have no order
CODED = ("sample", *CATEGORIES)
COLUMNS = ("run", "event", "file", "entry", *CODED, "label", "fold", "mass", "weight")


@dataclass(frozen=True)
class Events:
    """Events as columns of equal length n, and what is known of the whole.

    run, event : int64, identifiers.
    file : int32, number of the file, or of the chunk of simulation, in `metadata["files"]`; entry : int64, its place
        there.
    sample, channel, region : Coded.
    label : int8; 1 signal, 0 background, -1 data.
    fold : int8; the event is scored by the model that did not train on this fold.
    mass : float64, the protected variable in GeV.
    weight : float64; expected events at the luminosity once merged, 1 for data.
    features : float32, shape (n, number of features); feature_names their names.
    arrays : float32 by name, each of shape (n, ...): an image, a list of constituents.
    metadata : JSON-like; of a chunk: sample, files, cutflow, sum_weights, cross_section_pb, generator.

    The columns but for arrays take 49 bytes a row and 4 for each feature.
    """

    run: np.ndarray
    event: np.ndarray
    sample: Coded
    channel: Coded
    region: Coded
    label: np.ndarray
    fold: np.ndarray
    mass: np.ndarray
    weight: np.ndarray
    features: np.ndarray
    feature_names: tuple
    file: np.ndarray | None = None
    entry: np.ndarray | None = None
    arrays: dict = field(default_factory=dict)
    metadata: dict = field(default_factory=dict)

    def __post_init__(self):
        for name in CODED:
            object.__setattr__(self, name, Coded.of(getattr(self, name)))
        if self.entry is None:
            object.__setattr__(self, "file", np.zeros(len(self), np.int32))
            object.__setattr__(self, "entry", np.arange(len(self)))

    def __len__(self):
        return len(self.mass)

    def __getitem__(self, index):
        """The events of a boolean mask or an index array."""
        columns = {name: getattr(self, name)[index] for name in (*COLUMNS, "features")}
        return replace(self, **columns, arrays={name: values[index] for name, values in self.arrays.items()})

    def column(self, name):
        """A column, (n,), by its name: "mass", "channel", "region" or a feature."""
        return getattr(self, name) if name in COLUMNS else self.features[:, self.feature_names.index(name)]

    def matrix(self, names):
        """These features in this order, float32 of shape (n, len(names))."""
        lacking = [name for name in names if name not in self.feature_names]
        if lacking:
            raise InputError(f"the events lack the feature {lacking[0]!r}; add it to features and select them again")
        if tuple(names) == self.feature_names:
            return self.features
        return np.ascontiguousarray(self.features[:, [self.feature_names.index(name) for name in names]])

    def inputs(self, names):
        """The inputs of a network: float32 of shape (n, D), and their shape in a row.

        Features by name, whose shape is (); or one array, flattened, D the product of its shape.
        """
        if len(names) == 1 and names[0] in self.arrays:
            values = self.arrays[names[0]]
            return values.reshape(len(values), -1), values.shape[1:]
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
    """The rows of several tables with the same features and arrays, in order; their file numbers stay as they are."""
    if len(names := {(table.feature_names, *table.arrays) for table in tables}) != 1:
        raise ValueError(f"concatenate: the tables hold different features: {sorted(names)}")
    columns = {
        name: np.concatenate([getattr(t, name) for t in tables]) for name in (*COLUMNS, "features") if name not in CODED
    }
    columns |= {name: Coded.concatenated([getattr(t, name) for t in tables]) for name in CODED}
    arrays = {name: np.concatenate([t.arrays[name] for t in tables]) for name in tables[0].arrays}
    return Events(**columns, feature_names=tables[0].feature_names, arrays=arrays, metadata=metadata or {})


def names(tables):
    """The texts in the coded columns of several tables, by column."""
    return {name: sorted({text for table in tables for text in getattr(table, name).names}) for name in CODED}


def build(rows, columns, matrix, feature_names, *, sample, role, folds, file=0, first=0, arrays=None):
    """The table of the selected rows of one file of a sample.

    `rows` and `columns` are what `selection.select` gives, `matrix` the features of the rows, `file` the
    number of the file and `first` its first entry.
    """
    run, event = (np.asarray(rows[name]).astype(np.int64) for name in ("run", "event"))
    return Events(
        run=run,
        event=event,
        file=np.full(len(rows), file, np.int32),
        entry=np.asarray(rows["entry"]).astype(np.int64) - first,
        sample=Coded(np.zeros(len(rows)), [sample]),
        channel=columns["channel"],
        region=columns["region"],
        label=np.full(len(rows), LABELS[role], np.int8),
        fold=fold(run, event, folds),
        mass=np.asarray(columns["mass"], float),
        weight=rows["weight"],
        features=matrix,
        feature_names=tuple(feature_names),
        arrays=arrays or {},
    )
