"""What a feature is worth to a classifier: the area under the ROC curve that is lost when it is shuffled."""

from dataclasses import dataclass

import numpy as np

from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, DATA, SIGNAL
from unsculpt.weighted import check


@dataclass(frozen=True)
class Importance:
    """Loss of area under the ROC curve without a feature, and its standard error."""

    feature: str
    drop_auc: float
    error: float


def permutation_importance(predict, features, names, *, label, weights, groups, repetitions, rng):
    """Permutation importance of each feature (Breiman, Machine Learning 45 (2001) 5).

    Parameters
    ----------
    predict : callable
        Gives scores (n,), high for signal, of such features; out of fold if the caller wants it so.
    features : float array, shape (n, D) or (n, D, ...)
        Numbers, or arrays, each of which is shuffled as a whole.
    names : sequence of D names
    label : int array, shape (n,)
        1 signal, 0 background; give no data.
    weights : float array, shape (n,)
    groups : int array, shape (n,)
        A feature is shuffled among the events of a group, its fold. Both classes must be shuffled together: within
        a class, a feature would keep the separation that it has alone, and lose its correlations only.
    repetitions : int
        Shuffles of each feature, at least 3.
    rng : numpy.random.Generator

    Returns
    -------
    list of Importance
        The largest loss first. The error holds the spread of the mean over the repetitions and the finite number of
        events; the latter is that of the difference of two areas on the same events (DeLong et al., Biometrics 44
        (1988) 837, with weights), to which a stratified bootstrap converges.
    """
    if repetitions < 3:
        raise InputError(f"permutation_importance: {repetitions} repetitions give no spread; use at least 3")
    if features.shape[:2] != (len(label), len(names)):
        raise InputError(
            f"permutation_importance: {len(names)} names for {features.shape} features of {len(label)} events"
        )
    signal = np.asarray(label) == SIGNAL
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    whole = _placements(predict(features), signal, weights)
    results = []
    for i, name in enumerate(names):
        losses = []
        for _ in range(repetitions):
            shuffled = features.copy()
            for rows in members:
                shuffled[rows, i] = features[rng.permutation(rows), i]
            losses.append(whole - _placements(predict(shuffled), signal, weights))
        results.append(_summary(name, np.array(losses), signal, weights))
    return sorted(results, key=lambda result: -result.drop_auc)


def sidebands(label, mass, *, axis, rng):
    """Events for a ranking outside the signal window, with simulated background and with data in its place.

    The data of the sidebands are nearly all background: the control sample of a ranking in simulation, on events that
    nobody simulated. As many signal events are drawn as there are others, because both are shuffled together: among
    many signal events, those of a small class would all get values of signal.

    Parameters
    ----------
    label : int array, shape (n,)
        1 signal, 0 background, -1 data.
    mass : float array, shape (n,)
    axis : axes.Axis
        Of the mass; without a window all events are outside.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        By "simulation" and "data" the indices of the events, ascending; empty without data in the sidebands.
    """
    outside = ~axis.inside(mass)
    signal = np.flatnonzero(label == SIGNAL)
    others = {
        name: np.flatnonzero((label == of) & outside) for name, of in (("simulation", BACKGROUND), ("data", DATA))
    }
    if not all(map(len, others.values())):
        return {}
    return {
        name: np.sort(np.append(rows, rng.choice(signal, min(len(rows), len(signal)), replace=False)))
        for name, rows in others.items()
    }


def _placements(score, signal, weights):
    """Weighted share of the other class on the wrong side of each event, ties half; their class means are the AUC.

    For a signal event the share of background below it, for background the share of signal above it; shape (n,).
    """
    score, weights = check("permutation_importance", score, weights)
    result = np.empty(len(score))
    for mine, sign in ((signal, 1), (~signal, -1)):
        other, weight = check("permutation_importance", sign * score[~mine], weights[~mine])
        order = np.argsort(other)
        total = np.concatenate([[0], np.cumsum(weight[order])])
        ends = [np.searchsorted(other[order], sign * score[mine], side=side) for side in ("left", "right")]
        result[mine] = (total[ends[0]] + total[ends[1]]) / (2 * total[-1])
    return result


def _summary(name, losses, signal, weights):
    """Importance from the loss in placement of each event in each repetition; shape (repetitions, n)."""
    shares = weights[signal] / weights[signal].sum()
    drops = losses[:, signal] @ shares
    mean = losses.mean(axis=0)
    variance = drops.var(ddof=1) / len(drops)
    for part in (signal, ~signal):
        shares = weights[part] / weights[part].sum()
        variance += np.sum((shares * (mean[part] - shares @ mean[part])) ** 2)
    return Importance(name, float(drops.mean()), float(np.sqrt(variance)))
