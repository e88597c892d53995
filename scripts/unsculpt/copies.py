"""Copies of the events with other scales of objects beside the events, for trainings that protect these scales.

An event and its copies are one event, in several versions: they share its weight, its fold and its number. A column by
the name of each protected variation says which version a row is: 0 as it is, 1 with the scale up, 2 down.
"""

from dataclasses import replace

import numpy as np

from unsculpt.events import concatenate, load_metadata
from unsculpt.events import load as load_events
from unsculpt.variations import SIDES

VERSIONS = 1 + len(SIDES)  # of an event under one variation: as it is, up, down


def load(paths, columns):
    """Tables of copies by the names of these, with these features and arrays."""
    return {load_metadata(path)["copy"]: load_events(path, columns=columns) for path in paths}


def joined(events, copies):
    """Events and their copies as one table.

    Parameters
    ----------
    events : events.Events
    copies : dict
        By name of the copy, `{variation}_up` or `{variation}_down`, a table with the same features and arrays; both
        sides of each variation.

    Returns
    -------
    events.Events
        Each row has its weight divided by the number of versions, so that the sum of weights is the mean of those of
        all versions, whatever a scale brings into the selection or takes out of it. `metadata["variations"]` names the
        columns that are added to the features. Without copies the events themselves.
    """
    if not copies:
        return events
    names = list(dict.fromkeys(name.rpartition("_")[0] for name in copies))
    versions = {f"{name}_{side}": number for name in names for number, side in enumerate(SIDES, start=1)}
    tables = []
    for copy, table in {None: events, **copies}.items():
        column = np.zeros((len(table), len(names)), np.float32)
        if copy is not None:
            column[:, names.index(copy.rpartition("_")[0])] = versions[copy]
        features = np.concatenate([table.features, column], 1)
        tables.append(replace(table, features=features, feature_names=(*table.feature_names, *names)))
    whole = concatenate(tables, events.metadata | {"variations": names})
    return replace(whole, weight=whole.weight / len(tables))


def variations_in(events):
    """Names of the variations of whose copies rows of the table are."""
    return tuple(events.metadata.get("variations", ()))


def nominal(events):
    """Mask of the rows that are events as they are, (n,) bool; all of them in a table without copies."""
    mask = np.ones(len(events), bool)
    for name in variations_in(events):
        mask &= events.column(name) == 0
    return mask


def numbers(events):
    """A number for each event, the same for its copies, (n,) int, from 0."""
    identity = np.stack([events.sample.code.astype(np.int64), events.run, events.event], 1)
    return np.unique(identity, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
