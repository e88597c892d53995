"""Sideband bins that hold nothing among full ones: a hole of the detector or of the simulation, not a fluctuation."""

from dataclasses import replace

import numpy as np

from unsculpt import shapes
from unsculpt.fits.problem import estimate_glm

PROBABILITY = 1e-6  # that the fit leaves a run of bins empty, below which they are dead
LARGEST_SHARE = 1 / 3  # of the sideband bins; above, the binning or the range is wrong


def find(problem, empty, functions):
    """Runs of bins without an event that none of the functions, fitted to the other bins, leaves empty by chance.

    A run of neighbours is dead where each function expects more than -ln(`PROBABILITY`) = 13.8 effective events in it.
    Simulated events are at least as many as effective ones, so that chance is at most that. The fit is repeated
    without the dead bins until there are no more.

    Parameters
    ----------
    problem : problem.Problem
    empty : bool array, shape (B,)
        Bins without a single event.
    functions : list of shapes.Function
        Those of the fit; an exponential of second order is asked besides, so that a spectrum that bends down steeply is
        not taken for one that stops. None is asked that the bins with events do not determine.

    Returns
    -------
    dead : bool array, shape (B,)
    """
    side, dead = problem.side, problem.dead
    if not (empty & side).any():
        return dead
    filled = int((problem.counts[side] > 0).sum())
    functions = [f for f in dict.fromkeys([*functions, shapes.function(2)]) if filled >= f.order + 2]
    while True:
        trial = replace(problem, dead=dead)
        estimates = [(function, estimate_glm(trial, function)) for function in functions]
        curves = [function.expected(found.beta, problem.edges) for function, found in estimates if found]
        if not curves:
            return dead
        events = [curve / problem.weights.scale for curve in curves]
        worse = dead.copy()
        for first, last in runs(empty & side):
            if min(curve[first : last + 1].sum() for curve in events) > -np.log(PROBABILITY):
                worse[first : last + 1] = True
        if (worse == dead).all():
            return dead
        dead = worse


def runs(mask):
    """First and last index of each run of True.

    Examples
    --------
    >>> runs(np.array([True, True, False, True]))
    [(0, 1), (3, 3)]
    """
    steps = np.diff(np.concatenate([[0], np.asarray(mask, int), [0]]))
    return [(int(a), int(b) - 1) for a, b in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True)]


def too_many(dead, axis):
    """Why there are too many dead bins to fit the others, or an empty text."""
    number, of = int(dead.sum()), int((~axis.in_window).sum())
    if number <= LARGEST_SHARE * of:
        return ""
    return (
        f"{number} of {of} bins of the sidebands are empty where the fit of the others expects events: the bins are "
        "narrower than the steps of the mass, or the spectrum ends within the range"
    )


def ranges(dead, edges):
    """Dead bins as ranges of mass, GeV: a tuple of (low, high)."""
    return tuple((float(edges[first]), float(edges[last + 1])) for first, last in runs(dead))
