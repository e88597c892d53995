"""Networks beside the exact classifiers of a toy whose densities are known (`simulation.toys`), on the same new events.

Every model of a method is judged by itself, on events that no model has seen: they are as many trainings. A transform
maps the scores of each model by the map of that model's fold.
"""

from dataclasses import dataclass

import numpy as np

from unsculpt.metrics.independence import cross_entropy, divergence, kolmogorov_smirnov, mean_loss, mutual_information
from unsculpt.simulation import toys

PANEL = {"x1": (-1.0, 2.0, 61), "x2": (-1.0, 3.0, 81)}  # of the decision surface: from, to, points
BINS = 50  # of the score
EXACT = {"posterior": toys.posterior, "pivotal": toys.pivotal}


@dataclass(frozen=True)
class Check:
    """New events, the same for everything that is compared.

    x : by name the events, (n, 2) float32: "mixed", z drawn at random, and of each value of z one.
    z : the same, (n,).
    label : of the mixed events, (n,).
    """

    x: dict
    z: dict
    label: np.ndarray

    @property
    def values(self):
        """The values of z."""
        return [name for name in self.x if name != "mixed"]


def draw(settings, rng):
    """The events to check with, half of each class.

    Parameters
    ----------
    settings : dict
        The key `exact` of the configuration.
    rng : numpy.random.Generator

    Returns
    -------
    Check
    """
    x, z, label = {}, {}, None
    wanted = [("mixed", None, settings["check_events"]), *((v, v, settings["events"]) for v in settings["values"])]
    for name, value, number in wanted:
        halves = [toys.draw(signal, number // 2, rng, value) for signal in (False, True)]
        x[name] = np.concatenate([np.stack([half[c] for c in toys.NAMES], 1) for half in halves]).astype(np.float32)
        z[name] = np.concatenate([half["z"] for half in halves])
        if name == "mixed":
            label = np.repeat([0, 1], number // 2)
    return Check(x, z, label)


def judge(score, check, rng, *, probability=True):
    """What is to be said of one classifier.

    Parameters
    ----------
    score : function of x, (n, 2), and z, (n,)
        To (n,), from 0 to 1. A classifier ignores z, a map that takes z out of scores does not.
    check : Check
    rng : numpy.random.Generator
        Of the bootstrap.
    probability : bool
        Whether the score is meant as the probability of signal.

    Returns
    -------
    dict
        cross_entropy, of the score as it is, None where it is no probability; recalibrated, of the best function of it;
        ks, jsd, between the first and the last value of z; information, with z; vertical, the share of the variance of
        the decision surface that x1 explains, None where it depends on z.
    """
    mixed = score(check.x["mixed"], check.z["mixed"])
    ends = [score(check.x[value], check.z[value]) for value in (check.values[0], check.values[-1])]
    return {
        "cross_entropy": mean_loss(mixed, check.label, np.ones(len(mixed))) if probability else None,
        "recalibrated": cross_entropy(mixed, check.label, bins=BINS),
        "ks": kolmogorov_smirnov(*ends),
        "jsd": divergence(*ends, bins=BINS, rng=rng),
        "information": mutual_information(mixed, check.z["mixed"], score_bins=BINS),
        "vertical": vertical(surface(score)) if probability else None,
    }


def panel():
    """The points of the decision surface, (points, 2)."""
    axes = [np.linspace(*PANEL[name]) for name in toys.NAMES]
    return np.stack([values.ravel() for values in np.meshgrid(*axes, indexing="ij")], 1).astype(np.float32)


def surface(score):
    """A classifier on the panel, x1 along the first axis."""
    points = panel()
    return score(points, np.zeros(len(points))).reshape([PANEL[name][2] for name in toys.NAMES])


def vertical(values):
    """Share of the variance of a surface that its first coordinate explains; 1 of a constant one.

    Examples
    --------
    >>> vertical(np.array([[0.0, 0.0], [1.0, 1.0]])), vertical(np.array([[0.0, 1.0], [0.0, 1.0]]))
    (1.0, 0.0)
    """
    variance = values.var()
    return float(values.mean(axis=1).var() / variance) if variance > 0 else 1.0


def shown(score, check):
    """What figures show of a classifier: its distribution at each value of z, and its surface."""
    edges = np.linspace(0, 1, BINS + 1)
    spectra = [np.histogram(score(check.x[value], check.z[value]), edges, density=True)[0] for value in check.values]
    return {"edges": edges, "values": list(check.values), "densities": spectra, "surface": surface(score)}


def of_function(function):
    """An exact classifier as a function of x and z."""
    return lambda x, z: function(x[:, 0].astype(float), x[:, 1].astype(float))


def of_network(network, features):
    """A network of some coordinates of the toy, in its own order, as a function of x and z."""
    places = [toys.NAMES.index(name) for name in features]
    return lambda x, z: network(np.ascontiguousarray(x[:, places]))


def medians(rows):
    """Over the trainings of a point the median, least and largest of each number."""

    def over(values):
        values = [value for value in values if value is not None]
        if not values:
            return None
        return {"value": float(np.median(values)), "low": float(min(values)), "high": float(max(values))}

    return {
        "cross_entropy": over([row["cross_entropy"] and row["cross_entropy"].value for row in rows]),
        "recalibrated": over([row["recalibrated"].value for row in rows]),
        "ks_over_floor": over([row["ks"].over_floor for row in rows]),
        "jsd_over_floor": over([row["jsd"].over_floor for row in rows]),
        "information": over([row["information"].value for row in rows]),
        "vertical": over([row["vertical"] for row in rows]),
    }


def mapped(score, maps, fold):
    """The score of a model through the map of its fold, which sees z; as it is where there is nothing to map.

    Parameters
    ----------
    score : function of x and z
    maps : decorrelation.transforms.Maps
        Of the protected variable alone.
    fold : int
    """
    learnt = maps.of_fold(fold)
    return score if learnt is None else lambda x, z: learnt(np.asarray(score(x, z), float), [z])


def classifiers(check, rng):
    """The exact classifiers on the same events, and the anchors: what losses tend to for ever more events."""
    judged = {name: judge(of_function(function), check, rng) for name, function in EXACT.items()}
    shift = toys.MEANS["signal"]
    means = {"background": [toys.MEANS["background"]], "signal": [(shift[0], shift[1] + z) for z in check.values]}
    drawn = {"panel": PANEL, "means": means, "pivotal": shown(of_function(toys.pivotal), check)}
    return {"anchors": toys.anchors(), "judged": judged, "shown": drawn}
