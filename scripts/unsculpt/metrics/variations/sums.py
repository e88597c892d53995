"""Sums of weights by cluster: of a class, with one scale of objects."""

from dataclasses import dataclass

import numpy as np

from unsculpt.events import BACKGROUND, SIGNAL, cluster
from unsculpt.metrics.efficiencies import cut_at_efficiency
from unsculpt.scores import columns_of
from unsculpt.weighted import effective_number, weighted_quantile

CLUSTERS = 200
BINS = 20  # of the score, of equal content
CLASSES = {"signal": SIGNAL, "background": BACKGROUND}


@dataclass(frozen=True)
class Cut:
    """What passes, and in which bins the score is looked at.

    threshold : events at or above it pass.
    axis : axes.Axis
        Of the mass, perhaps with a window.
    channels : names.
    edges : by class the inner edges of the bins of the score, rising.
    """

    threshold: float
    axis: object
    channels: tuple
    edges: dict


@dataclass(frozen=True)
class Sums:
    """Sums of weights of one class by cluster, (G,), of the events with one scale.

    selected : all; mass : times the mass in GeV; passing : above the threshold; window : of these inside the window,
    None without one; channels : by name selected and passing; scores : (G, BINS) or fewer bins.
    """

    selected: np.ndarray
    mass: np.ndarray
    passing: np.ndarray
    window: np.ndarray | None
    channels: dict
    scores: np.ndarray


def cut(table, score, threshold, axis, channels):
    """The `Cut` of a point, whose bins have equal contents of the events as they are."""
    edges = {}
    for name, label in CLASSES.items():
        rows = table.where(label) & (table.weight > 0)
        inner = weighted_quantile(score[rows], np.linspace(0, 1, BINS + 1)[1:-1], weights=table.weight[rows])
        edges[name] = np.unique(inner)
    return Cut(threshold, axis, tuple(channels), edges)


def cuts(table, scores, points, signal_efficiency, axis, channels):
    """The `Cut` of every training of the points of a method, by column of the scores, point by point.

    Parameters
    ----------
    table : events.Events
    scores : dict
        Columns of scores of these events, (n,) each.
    points : list of dict
        Of metrics/{bkg}/{method}.json; the first seed has their `threshold`.
    signal_efficiency : float
        Of the cuts of the further seeds.
    axis, channels
        As of `cut`.

    Returns
    -------
    dict
        By tag of the point a dict by column.
    """
    signal, found = table.where(SIGNAL), {}
    for point in points:
        own = found[point["tag"]] = {}
        for column in columns_of(point["tag"], scores):
            at = point["threshold"]
            if column != point["tag"]:
                at = cut_at_efficiency(scores[column][signal], signal_efficiency, weights=table.weight[signal])
            own[column] = cut(table, scores[column], at, axis, channels)
    return found


def summed(table, score, cut):
    """The `Sums` of signal and background of a table by class."""
    number, passed = cluster(table.run, table.event, CLUSTERS).astype(int), score >= cut.threshold
    inside = None if cut.axis.window is None else cut.axis.inside(table.mass)

    def of(rows, weight=table.weight):
        return np.bincount(number[rows], weight[rows], minlength=CLUSTERS)

    found = {}
    for name, label in CLASSES.items():
        rows, bins = table.where(label), len(cut.edges[name]) + 1
        place = np.searchsorted(cut.edges[name], score, side="right") + bins * number
        scores = np.bincount(place[rows], table.weight[rows], minlength=CLUSTERS * bins)
        channels = {channel: rows & (table.channel == channel) for channel in cut.channels}
        found[name] = Sums(
            selected=of(rows),
            mass=of(rows, table.weight * table.mass),
            passing=of(rows & passed),
            window=None if inside is None else of(rows & passed & inside),
            channels={channel: (of(own), of(own & passed)) for channel, own in channels.items()},
            scores=scores.reshape(CLUSTERS, bins),
        )
    return found


def events(table):
    """Number and effective number of events of each class; copies are none."""
    parts = {name: table.weight[table.where(label)] for name, label in CLASSES.items()}
    return {name: {"number": len(w), "effective": float(effective_number(w))} for name, w in parts.items()}
