"""The weights of a training beside those of all later numbers: spectra in the mass and in what is made flat."""

import numpy as np

from unsculpt import planing
from unsculpt.events import CATEGORIES
from unsculpt.examples import CLASSES, training_events
from unsculpt.weighted import counted, histogram

MOST_BINS = 60  # of a column


def spectra(table, settings, mass, *, edges):
    """Spectra of signal and background with both kinds of weights.

    Parameters
    ----------
    table : events.Events
    settings : dict
        Of the method: `flat_in` (that of the study if the method has none of its own), `planing`, `train_in`.
    mass : dict
        The configuration `mass`.
    edges : float array
        Of the mass bins, in GeV.

    Returns
    -------
    list of dict
        Of the mass, and of each column that is made flat: column, edges (of a category also `names`, one for each bin),
        and of background and signal `training` and `testing`, sums of weights and of squared weights.
    """
    learnt = training_events(table, settings, mass)
    learnt = learnt[learnt.weight > 0]
    weight = planing.flat_in(learnt, settings["flat_in"])
    columns = dict.fromkeys(["mass", *(entry["column"] for entry in settings["flat_in"].values())])
    bins = {entry["column"]: min(entry["bins"], MOST_BINS) for entry in settings["flat_in"].values()}
    return [
        _spectrum(name, table, learnt, weight, edges if name == "mass" else None, bins.get(name)) for name in columns
    ]


def _spectrum(name, table, learnt, weight, edges, bins):
    """The spectra in one column."""
    content = {"column": name}
    if name in CATEGORIES:
        content["names"] = np.unique(table.column(name)).tolist()
        edges = np.arange(len(content["names"]) + 1) - 0.5
    elif edges is None:
        values = table.column(name)[np.isin(table.label, list(CLASSES.values()))].astype(float)
        edges = np.linspace(values.min(), values.max(), bins + 1)
    content["edges"] = edges

    def filled(events, weights, label):
        rows = events.where(label)
        if name in CATEGORIES:
            number = np.searchsorted(content["names"], events.column(name)[rows])
            return vars(counted(number, weights[rows], len(content["names"])))
        return vars(histogram(events.column(name)[rows].astype(float), weights=weights[rows], edges=edges))

    for role, label in CLASSES.items():
        content[role] = {"training": filled(learnt, weight, label), "testing": filled(table, table.weight, label)}
    return content
