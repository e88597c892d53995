"""Stratified Poisson bootstrap of cuts on a score, on cells instead of events.

Each replica gives every event a Poisson(1) multiplicity (stratified: each class keeps its own), finds the cut again
and measures again. The sum of n events of equal weight then is Poisson(n); with unequal weights it is replaced by a
scaled Poisson number of the same mean and variance. So a replica is one random number for each cell of score and
mass, not one for each event, and its cost does not grow with the number of events.
"""

from dataclasses import dataclass

import numpy as np

from unsculpt.weighted import Histogram, signed

NUMBERS_AT_A_TIME = 4_000_000  # of a block of replicas: 32 MB


@dataclass(frozen=True)
class Cells:
    """Events counted in cells between successive cuts on the score, from tight to loose.

    cuts : shape (c,), falling; cell i holds the scores from cuts[i] up to cuts[i - 1], the last cell all the rest.
    signal : histograms of shape (c + 1,), one for the positive and, if there are any, one for the negative weights.
    background : the same of shape (c + 1, mass bins).
    """

    cuts: np.ndarray
    signal: tuple
    background: tuple

    def position(self, cut):
        """Number of cells that pass one of the cuts."""
        return int(np.flatnonzero(self.cuts == cut)[0]) + 1


@dataclass(frozen=True)
class Replicas:
    """Weights that pass successive cuts, in a block of r replicas.

    signal : shape (r, c + 2), background : shape (r, c + 2, mass bins); the first cut passes nothing, the last all.
    """

    signal: np.ndarray
    background: np.ndarray


def tabulate(signal, background, cuts):
    """Count the events of two `classes.EventClass` in cells between cuts on the score, given in any order."""
    cuts = np.unique(cuts)[::-1]
    signal_cell, background_cell = (
        len(cuts) - np.searchsorted(cuts[::-1], part.score, side="right") for part in (signal, background)
    )
    return Cells(
        cuts,
        _layers(signal_cell, signal.weight, (len(cuts) + 1,)),
        _layers(
            background_cell * background.bins + background.mass_bin,
            background.weight,
            (len(cuts) + 1, background.bins),
        ),
    )


def _layers(index, weights, shape):
    """Histograms of the positive and of the negative weights, where there are any."""
    flat = signed(index, weights, int(np.prod(shape)))
    return tuple(Histogram(part.sumw.reshape(shape), part.sumw2.reshape(shape)) for part in flat)


def poisson_sums(cells, replicas, rng):
    """Replicas of a histogram: scaled Poisson numbers with its mean and variance; shape (replicas, ...).

    The events of the histogram should have weights of one sign; a sum over both may have any mean.
    """
    shape = np.shape(cells.sumw)
    scale = np.divide(cells.sumw2, cells.sumw, out=np.zeros(shape), where=cells.sumw != 0)
    number = np.divide(cells.sumw**2, cells.sumw2, out=np.zeros(shape), where=cells.sumw2 > 0)
    return scale * rng.poisson(number, size=(replicas, *shape))


def replicate(cells, replicas, rng):
    """Blocks of replicas, bounded in memory, as an iterator of `Replicas`."""
    block = max(1, min(replicas, NUMBERS_AT_A_TIME // np.size(cells.background[0].sumw)))
    for start in range(0, replicas, block):
        size = min(block, replicas - start)
        yield Replicas(
            *(
                _cumulated(sum(poisson_sums(layer, size, rng) for layer in layers))
                for layers in (cells.signal, cells.background)
            )
        )


def crossing(passing, target):
    """Where the share that passes first reaches the target, in each replica.

    Parameters
    ----------
    passing : float array, shape (r, n)
        Weight that passes successive looser cuts.
    target : float

    Returns
    -------
    tuple of arrays, shape (r,)
        The cell (index of the first of `n` that reaches the target) and the part of that cell that still passes.
    """
    rows = np.arange(len(passing))
    wanted = target * passing[:, -1]
    cell = np.maximum(np.argmax(passing >= wanted[:, None], axis=1), 1)
    below, above = passing[rows, cell - 1], passing[rows, cell]
    part = np.divide(wanted - below, above - below, out=np.ones(len(rows)), where=above > below)
    return cell, np.clip(part, 0, 1)


def passing_at(passing, position):
    """What passes at a `crossing`, linear inside the cell; shape (r, n, ...) gives (r, ...)."""
    cell, part = position
    rows = np.arange(len(passing))
    below = passing[rows, cell - 1]
    part = part.reshape(-1, *[1] * (below.ndim - 1))
    return below + part * (passing[rows, cell] - below)


def spread(values):
    """Standard deviation over replicas (first axis), those left out in which the number does not exist.

    Of one number a float, or None when fewer than two replicas have it; of an array an array, NaN for None.
    """
    values = np.asarray(values, float)
    good = np.isfinite(values)
    number = good.sum(axis=0)
    mean = np.where(good, values, 0).sum(axis=0) / np.maximum(number, 1)
    squares = np.where(good, values - mean, 0) ** 2
    result = np.where(number > 1, np.sqrt(squares.sum(axis=0) / np.maximum(number - 1, 1)), np.nan)
    if result.ndim:
        return result
    return float(result) if np.isfinite(result) else None


def _cumulated(numbers):
    """Cumulative sums along the second axis, with a leading zero."""
    result = np.zeros((numbers.shape[0], numbers.shape[1] + 1, *numbers.shape[2:]))
    np.cumsum(numbers, axis=1, out=result[:, 1:])
    return result
