"""The event table: one row an event, as Parquet; weights, folds and normalisation. Knows no ROOT."""

import json
import logging
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from unsculpt import crosssections
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


def build(selected, matrix, feature_names, *, sample, role, folds):
    """The table of `selection.Selected` events of one sample; `matrix` are their features."""
    n = len(selected)
    return Events(
        run=selected.run,
        event=selected.event,
        sample=np.full(n, sample),
        channel=selected.channel.astype(str),
        region=selected.region.astype(str),
        label=np.full(n, LABELS[role], np.int8),
        fold=fold(selected.run, selected.event, folds),
        mass=selected.mass,
        weight=selected.weight,
        features=matrix,
        feature_names=tuple(feature_names),
    )


def add_cutflows(flows):
    """The cut flow, rows [name, events, sum of weights], of several parts together."""
    return [[r[0][0], sum(x[1] for x in r), float(sum(x[2] for x in r))] for r in zip(*flows, strict=True)]


def about_chunk(header, flows, path):
    """What is known of a chunk, from the header of its ntuple and the cut flows of its steps, as `add_chunks` takes it.

    The number of events is that of the cut flow, not of the file: the difference would tell what blinding removed.
    """
    cutflow = add_cutflows(flows)
    return {
        "file": str(path),
        "events_read": cutflow[0][1],
        "sum_weights": header.sum_weights,
        "unknown": header.unknown,
        "cross_section_pb": header.cross_section_pb,
        "generator": header.generator,
        "cutflow": cutflow,
    }


def add_chunks(chunks):
    """What several chunks of a sample say together.

    `chunks` are dicts with events_read, sum_weights, unknown, cross_section_pb, generator and cutflow; the result is
    one more. One chunk without a sum of weights leaves the whole without (None), and `unknown` says why; the same holds
    for the cross-section, of chunks with events; `crosssections.check` says whether it may be averaged.
    """
    sums = [chunk["sum_weights"] for chunk in chunks]
    read = [chunk for chunk in chunks if chunk["events_read"]]
    sigmas, numbers = ([chunk[key] for chunk in read] for key in ("cross_section_pb", "events_read"))
    return {
        "events_read": sum(numbers),
        "sum_weights": None if None in sums else float(sum(sums)),
        "unknown": next((chunk["unknown"] for chunk in chunks if chunk["unknown"]), ""),
        "cutflow": add_cutflows([chunk["cutflow"] for chunk in chunks]),
        "generator": "; ".join(dict.fromkeys(filter(None, (chunk["generator"] for chunk in chunks)))),
        "cross_section_pb": None if None in sigmas or not read else float(np.average(sigmas, weights=numbers)),
    }


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


def merge(chunks, samples, *, luminosity_fb, axis):
    """One table of all samples, normalised to expected events at the luminosity.

    Parameters
    ----------
    chunks : list of Events
        Selected events; those of a sample in the order of its chunks.
    samples : dict
        Configuration of the samples by name (role, sum_weights, cross_section_pb, branching_ratio, normalisation),
        in the order of their rows. The backgrounds are one mixture, of which at most one is normalised to sidebands: it
        takes what the others leave there.
    luminosity_fb : float
        Integrated luminosity in inverse femtobarns.
    axis : axes.Axis
        Of the mass.

    Returns
    -------
    Events
        `metadata["samples"]` has, by name, role, events_read, events_selected, sum_weights, scale, cutflow (events and
        unscaled sum of weights), generator, the cross_section_pb and branching_ratio to which it is normalised (None
        where it is normalised to something else), and of a background its share of the sum of weights of all.
    """
    chunks = {name: [c for c in chunks if c.metadata["sample"] == name] for name in samples}
    tables = {name: concatenate(parts, _summary(name, parts, samples[name])) for name, parts in chunks.items()}
    for name, table in tables.items():
        _check(name, samples[name]["role"], table)
    scales = _scales(tables, samples, luminosity_fb, axis)
    tables = {name: replace(table, weight=table.weight * scales[name]) for name, table in tables.items()}
    shares = _shares({name: table for name, table in tables.items() if samples[name]["role"] == "background"})
    about = {
        name: {"role": samples[name]["role"]}
        | table.metadata
        | {"scale": scales[name], "share": shares.get(name)}
        | _cross_section(samples[name], table)
        for name, table in tables.items()
    }
    return concatenate(list(tables.values()), {"samples": about})


def _shares(backgrounds):
    """The share of each background in the sum of weights of all of them."""
    yields = {name: float(table.weight.sum()) for name, table in backgrounds.items()}
    total = sum(yields.values())
    return {name: share / total if total > 0 else None for name, share in yields.items()}


def _to_sidebands(sample):
    return (sample.get("normalisation") or {}).get("to") == "sidebands"


def _cross_section(sample, table):
    """The cross-section and branching ratio that normalise a sample, None for data and for a count in the sidebands."""
    if sample["role"] == "data" or _to_sidebands(sample):
        return {"cross_section_pb": None, "branching_ratio": None}
    sigma = sample.get("cross_section_pb", table.metadata["cross_section_pb"])
    return {"cross_section_pb": sigma, "branching_ratio": sample.get("branching_ratio", 1.0)}


def _scales(tables, samples, luminosity_fb, axis):
    """Expected events at the luminosity for each unit of weight, by sample; 1 for data (the rest is as in `merge`).

    The sample that is normalised to the sidebands comes last: it takes what the other backgrounds leave there.
    """
    scales, counted = {}, {}
    data = next((tables[name] for name, sample in samples.items() if sample["role"] == "data"), None)
    for name in sorted(samples, key=lambda name: _to_sidebands(samples[name])):
        table, sample = tables[name], samples[name]
        if sample["role"] == "data":
            scales[name] = 1.0
        elif _to_sidebands(sample):
            scales[name] = _sideband_scale(name, table, sample["normalisation"], data, counted, axis)
        else:
            scales[name] = _cross_section_scale(name, table, sample, luminosity_fb)
        if sample["role"] == "background":
            counted[name] = replace(table, weight=table.weight * scales[name])
    return scales


def _cross_section_scale(name, table, sample, luminosity_fb):
    """The scale of a sample that is normalised to its cross-section; `table` are all its selected events."""
    sigma, total = sample.get("cross_section_pb", table.metadata["cross_section_pb"]), table.metadata["sum_weights"]
    if sigma is None:
        raise InputError(f"samples.{name}: the ntuples lack a cross-section (branch XSection); set cross_section_pb")
    if total is None:
        raise InputError(
            f"samples.{name}: {table.metadata['unknown']}; set samples.{name}.sum_weights to the sum of the "
            "generator weights of all events that were generated for the sample, over all of its files"
        )
    if not total > 0:
        raise InputError(f"samples.{name}: the weights of the generated events sum to {total:g}; expected more than 0")
    return luminosity_fb * 1000 * sigma * sample.get("branching_ratio", 1) / total


def _sideband_scale(name, table, normalisation, data, others, axis):
    """The scale of a sample that fills the sidebands of a channel; `others` are the other backgrounds, normalised."""
    channel, wanted = normalisation.get("channel", "all"), normalisation.get("sideband_events")
    if wanted is None:
        wanted = 0.0 if data is None else sideband_sum(data, axis, channel)
        if not wanted > 0:
            raise InputError(
                f"samples.{name}.normalisation: the data have no events in the sidebands (channel {channel}) to "
                "normalise to; set sideband_events"
            )
    taken = {other: sideband_sum(events, axis, channel) for other, events in others.items()}
    remainder = wanted - sum(taken.values())
    if not remainder > 0:
        said = " and ".join(f"{other} has {number:.4g}" for other, number in taken.items())
        raise InputError(
            f"samples.{name}.normalisation: of {wanted:g} events in the sidebands (channel {channel}) {said}, which "
            f"leaves {remainder:.4g} for {name}; check sideband_events and the cross-sections, or take {name} out"
        )
    present = sideband_sum(table, axis, channel)
    if not present > 0:
        raise InputError(
            f"samples.{name}.normalisation: its weights in the sidebands (channel {channel}) sum to {present:g} and "
            "cannot be scaled; use more events or another channel"
        )
    return remainder / present


def sideband_sum(table, axis, channel="all"):
    """Sum of weights in the sidebands: the mass range without the signal window."""
    return float(table.weight[table.where(channel=channel) & ~axis.inside(table.mass)].sum())


def _summary(name, parts, sample):
    """What the tables of a sample say together; a table may hold several chunks, which are added one by one.

    So the sums, in floating point, do not depend on how the chunks were shared among the tables. The sum of weights is
    that of the configuration, if it has one.
    """
    if not parts:
        raise ValueError(f"merge: no table of sample {name}")
    chunks = [chunk for part in parts for chunk in part.metadata.get("chunks", [part.metadata])]
    total = add_chunks(chunks)
    if "cross_section_pb" in sample:
        logging.info("samples.%s: %s pb; in the files %s", name, sample["cross_section_pb"], total["cross_section_pb"])
    else:
        crosssections.check(name, chunks)
    if "sum_weights" in sample:
        logging.info(
            "samples.%s: sum of weights %s, in the files %s", name, sample["sum_weights"], total["sum_weights"]
        )
        total["sum_weights"] = sample["sum_weights"]
    return {"events_read": total.pop("events_read"), "events_selected": sum(len(part) for part in parts), **total}


def _check(name, role, table):
    """An empty simulated sample is a mistake, empty data may be true; events that are there twice are worth a word."""
    if len(table) == 0:
        flow = table.metadata["cutflow"]
        cut, before = next(((row[0], flow[i - 1][1]) for i, row in enumerate(flow) if row[1] == 0), ("all", 0))
        sentence = (
            f"samples.{name}: no event is left after the cut {cut!r}, which removed the last {before}; "
            "check the selection, the branches and the region of the sample"
        )
        if flow[0][1] == 0:
            sentence = f"samples.{name}: there is no event to select from in all of its files; check them"
        if role != "data":
            raise InputError(sentence)
        logging.warning("%s", sentence)
    order = np.lexsort((table.event, table.run))
    twice = int(np.sum((np.diff(table.run[order]) == 0) & (np.diff(table.event[order]) == 0)))
    if twice:
        logging.warning(
            "samples.%s: %d events have the run and event number of another; if they are the same events they count "
            "twice: list each event in one file",
            name,
            twice,
        )
