"""Fixed efficiency: the score relative to the cut that a fixed share of the background nearest in mass would pass.

As in ATL-PHYS-PUB-2018-014 for D2, where the cut is a k-nearest-neighbour regression of percentiles. Flat at one
operating point, the working point, and only there. The difference is taken between logits: where background has tiny
scores a difference of scores would pass or fail nearly all of them at once.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from unsculpt.decorrelation.samples import check, grid
from unsculpt.weighted import effective_number

PASSING = 100  # effective neighbours that pass: the local efficiency is known to a tenth
TINY = 1e-7  # the precision of scores in files
LARGEST_SHARE = 0.25  # of the background that may be neighbours


def learn(background, signal, settings):
    """Learn the cut that keeps the background efficiency of the working point at every mass.

    Parameters
    ----------
    background : samples.Sample
    signal : samples.Sample
        Says at which background efficiency the signal efficiency is that of the working point, and nothing else.
    settings : samples.MapSettings

    Returns
    -------
    function of (score, mass), float arrays of shape (n,)
        The sigmoid of logit(score) - logit(cut(mass)): above one half passes.
    """
    check("knn", background)
    check("knn", signal, of="signal")
    mass, order = grid(settings, parts=1), np.argsort(background.variable, kind="stable")
    neighbours = type(background)(*(column[order] for column in vars(background).values()))

    def cuts(at, efficiency):
        return np.interp(at, mass, bounded_logit(local_cut(neighbours, mass, efficiency)))

    working = working_cut(lambda efficiency: cuts(signal.variable, efficiency), background, signal, settings)
    cut = bounded_logit(local_cut(neighbours, mass, working))
    return lambda score, at: expit(bounded_logit(score) - np.interp(at, mass, cut))


def working_cut(cuts, background, signal, settings):
    """The background efficiency at which the signal efficiency is that of the working point.

    `cuts` is a function from a background efficiency to the logit of the cut at each signal event.
    """

    def excess(log_efficiency):
        passed = bounded_logit(signal.score) > cuts(np.exp(log_efficiency))
        return np.average(passed, weights=signal.weight) - settings.signal_efficiency

    lowest, highest = np.log(min(2 / effective_number(background.weight), 0.5)), np.log(0.9)
    inside = excess(lowest) < 0 < excess(highest)
    return np.exp(brentq(excess, lowest, highest, xtol=0.01) if inside else lowest)


def bounded_logit(score):
    """Finite also where a score is 0 or 1."""
    return logit(np.clip(score, TINY, 1 - TINY))


def local_cut(background, mass, efficiency):
    """Score that a share `efficiency` of the neighbours of each mass exceeds.

    Parameters
    ----------
    background : samples.Sample
        In the order of its variable.
    mass : float array, shape (b,)
        Values of the variable.
    efficiency : float
        The neighbours are those that are nearest in the cumulated weight, as many as are needed for `PASSING` of them
        to pass, or to fail.

    Returns
    -------
    float array, shape (b,)
    """
    total = np.cumsum(background.weight)
    rare = min(efficiency, 1 - efficiency)
    span = total[-1] * min(LARGEST_SHARE, PASSING / rare / effective_number(background.weight))
    found, place = np.unique(background.variable, return_inverse=True)
    here = np.interp(mass, found, np.bincount(place, total) / np.bincount(place))  # events that agree share a place
    first = np.clip(here - span / 2, 0, total[-1] - span)
    low, high = np.searchsorted(total, first), np.searchsorted(total, first + span) + 1
    parts = [slice(*ends) for ends in zip(low, high, strict=True)]
    return np.array([upper_cut(background.score[part], background.weight[part], efficiency) for part in parts])


def upper_cut(score, weight, efficiency):
    """Score that a share `efficiency` of these events exceeds."""
    order = np.argsort(score, kind="stable")
    share = np.cumsum(weight[order])
    return score[order][np.searchsorted(share, (1 - efficiency) * share[-1] * (1 - 1e-12))]
