"""The input features before any training: their histograms and what they know of the mass."""

from dataclasses import dataclass

import numpy as np

from unsculpt.errors import InputError
from unsculpt.events import LABELS
from unsculpt.metrics.composition import samples_of
from unsculpt.metrics.dependence import Dependence, distance_correlation
from unsculpt.weighted import Measured, attempt, check, correlation, histogram, weighted_quantile

BINS = 40
TAILS = 0.005  # of the background on either side of the range of a histogram


@dataclass(frozen=True)
class FeatureDescription:
    """A feature and the mass.

    correlation, distance : linear (`Measured`) and distance correlation (`Dependence`) with the mass, of signal and
        background; without numbers where negative weights leave none.
    sidebands : linear correlation outside the signal window of background and data (None where there are none): in
        a blinded study the data have no other, and only this one of the simulation can be compared with it.
    histogram : of the classes, over edges, and of the `samples` by name of a background of two or more.
    """

    name: str
    correlation: dict
    distance: dict
    sidebands: dict
    histogram: dict


def describe_features(features, names, *, label, mass, weights, axis, sample=None):
    """Describe every feature, and the mass.

    Parameters
    ----------
    features : float array, shape (n, D)
    names : sequence of D names
    label : int array, shape (n,)
        1 signal, 0 background, -1 data (which may be absent).
    mass, weights : float arrays, shape (n,)
    axis : axes.Axis
        Of the mass; without a window all events are outside.
    sample : str array, shape (n,), optional
        The sample of each event.

    Returns
    -------
    tuple
        List of `FeatureDescription`, and the histogram of the mass as a dictionary like theirs.
    """
    classes = {name: np.asarray(label) == number for name, number in LABELS.items()}
    own = {} if sample is None else {name: classes["background"] & (sample == name) for name in _names(sample, classes)}
    simulated = ("signal", "background")
    for name in simulated:
        check(f"the {name}", mass[classes[name]], weights[classes[name]])
    outside = ~axis.inside(mass)
    sidebands = {name: classes[name] & outside for name in ("background", "data")}
    descriptions = []
    for i, name in enumerate(names):
        values = features[:, i].astype(float)
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise InputError(f"feature {name} of event {row} is {values[row]}; every feature must be a finite number")
        background = classes["background"]
        columns = values, mass, weights
        shown = feature_edges(values[background], weights=weights[background])
        descriptions.append(
            FeatureDescription(
                name,
                {of: _linear(f"feature {name}, {of}", *columns, classes[of]) for of in simulated},
                {of: _distance(f"feature {name}, {of}", *columns, classes[of]) for of in simulated},
                {
                    of: _linear(f"feature {name}, {of} in the sidebands", *columns, chosen) if chosen.any() else None
                    for of, chosen in sidebands.items()
                },
                _histograms(np.clip(values, shown[0], shown[-1]), classes, own, weights, shown),
            )
        )
    return descriptions, _histograms(mass, classes, own, weights, axis.edges)


def _names(sample, classes):
    """The samples of a background that has two or more."""
    return samples_of(sample[classes["background"]])[0]


def _linear(name, values, mass, weights, chosen):
    """Linear correlation of the chosen events with the mass."""
    columns, nothing = (values[chosen], mass[chosen]), Measured(None, None)
    name = f"{name}: correlation with the mass"
    return attempt(name, correlation, *columns, weights=weights[chosen], otherwise=nothing)


def _distance(name, values, mass, weights, chosen):
    """Distance correlation of the chosen events with the mass."""
    columns, nothing = (values[chosen], mass[chosen]), Dependence(None, None, None, None)
    name = f"{name}: distance correlation with the mass"
    return attempt(name, distance_correlation, *columns, weights=weights[chosen], otherwise=nothing)


def feature_edges(values, *, weights):
    """Bin edges that show the bulk of a feature: 40 bins without the outermost 0.5 % on either side.

    A feature of few whole numbers (a count) gets one bin for each.

    Examples
    --------
    >>> feature_edges(np.array([2.0, 3.0, 3.0, 5.0]), weights=np.ones(4))
    array([1.5, 2.5, 3.5, 4.5, 5.5])
    """
    low, high = weighted_quantile(values, [TAILS, 1 - TAILS], weights=weights)
    if high - low < BINS and np.all(values == np.round(values)):
        return np.arange(low - 0.5, high + 1)
    return np.linspace(low, high, BINS + 1) if high > low else np.linspace(low - 0.5, low + 0.5, BINS + 1)


def _histograms(values, classes, samples, weights, edges):
    """Histogram of each class, None for data that are not there, and of each of the samples of the background."""

    def filled(masks):
        return {
            name: histogram(values[chosen], weights=weights[chosen], edges=edges) if chosen.any() else None
            for name, chosen in masks.items()
        }

    return {"edges": edges} | filled(classes) | {"samples": filled(samples)}
