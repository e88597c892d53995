"""The conditional cumulative: the share of background of the same mass that scores lower (arXiv:2211.02486).

The published form learns it with a normalising flow; here it is a local linear estimate in the mass, which needs no
training: for a threshold q, F(q|m) is the intercept of a straight line fitted to 1[score <= q] with Gaussian weights in
the mass. The line (and not a mean) keeps a falling spectrum and the ends of the range from shifting the estimate.
"""

import logging
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates

from unsculpt.decorrelation.samples import check, grid, pooled_ranks
from unsculpt.errors import InputError

RIDGE = 1e-6  # of the line's slope: where a line cannot be fitted a mean is


@dataclass(frozen=True)
class Counts:
    """Background in fine mass bins and by threshold.

    mass : (b,) centres of the bins in GeV.
    below : (t, b) weight at or below each threshold.
    total : (b,) weight.
    squares : (b,) sum of squared weights.
    rank : (t,) share of all background at or below the threshold.
    """

    mass: np.ndarray
    below: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    rank: np.ndarray


def learn(background, signal, settings):
    """Learn the map from score and mass to the conditional cumulative.

    Parameters
    ----------
    background : samples.Sample
    signal : samples.Sample
        Not used: nothing is learned from signal.
    settings : samples.MapSettings

    Returns
    -------
    function of (score, mass), float arrays of shape (n,)
        The share, from 0 to 1: on background uniform at every mass, and rising in the score at every mass.
    """
    check("cdf", background)
    ranks = pooled_ranks(background)
    counts = count(background, ranks, grid(settings))
    width, table = best_table(counts, bandwidths(settings))
    logging.info("cdf: smoothed over %.2g, %.1f parameters in the protected variable", width, parameters(counts, width))
    step = counts.mass[1] - counts.mass[0]

    def apply(score, mass):
        place = np.stack([ranks.position(score), (np.asarray(mass, float) - counts.mass[0]) / step])
        return map_coordinates(table, place, order=1, mode="nearest")

    return apply


def count(background, ranks, mass):
    """The `Counts` of background at the knots of `ranks`, in bins around the equidistant centres `mass`."""
    width, thresholds = mass[1] - mass[0], len(ranks.score)
    column = np.clip(((background.variable - mass[0]) / width + 0.5).astype(int), 0, len(mass) - 1)
    row = np.searchsorted(ranks.score, background.score, side="left")
    cells = np.bincount(row * len(mass) + column, background.weight, minlength=thresholds * len(mass))
    total = np.bincount(column, background.weight, minlength=len(mass))
    squares = np.bincount(column, background.weight**2, minlength=len(mass))
    return Counts(mass, cells.reshape(thresholds, -1).cumsum(0), total, squares, ranks.rank)


def bandwidths(settings):
    """Candidates for the standard deviation of the Gaussian in mass, in GeV: from half a bin to the range."""
    span = settings.high - settings.low
    return np.geomspace(settings.bin_width / 2, span, 1 + round(2 * np.log2(2 * span / settings.bin_width)))


def local_weights(counts, width):
    """Weight that an event of each bin (second axis) has in the estimate at each bin (first axis), (b, b)."""
    distance = counts.mass[None, :] - counts.mass[:, None]
    kernel = np.exp(-0.5 * (distance / width) ** 2)
    s0, s1, s2 = ((kernel * distance**k) @ counts.total for k in (0, 1, 2))
    s2 = s2 + RIDGE * width**2 * s0
    determinant = s0 * s2 - s1**2
    usable = determinant > 0
    scale = np.where(usable, 1 / np.where(usable, determinant, 1), 0)[:, None]
    return kernel * (s2[:, None] - s1[:, None] * distance) * scale


def parameters(counts, width):
    """Trace of the smoother: how many free parameters in the mass the estimate is worth."""
    return float(np.sum(np.diag(local_weights(counts, width)) * counts.total))


def best_table(counts, widths):
    """The bandwidth with the least cross-validated error, and its table of F, (t, b).

    The error of leaving one event out is that of all events over 1 - (its own weight in the estimate), squared (as in
    Li, Lin and Racine, doi:10.1080/07350015.2012.738955, for a linear smoother); each threshold counts with the inverse
    of its variance, rank (1 - rank), so that the tail in which one cuts counts as much as the bulk. A bandwidth whose
    estimate has no variance somewhere, far from all background in units of it, is no candidate.
    """
    inner = slice(1, -1)
    rank, below = counts.rank[inner, None], counts.below[inner]
    mean_weight = counts.squares / np.where(counts.total > 0, counts.total, 1)
    found = []
    for width in widths:
        with np.errstate(over="ignore", invalid="ignore"):
            smoother = local_weights(counts, width)
            usable = np.isfinite(smoother**2 @ counts.squares).all()
        if not usable:
            continue
        estimate = below @ smoother.T
        left = np.maximum(1 - np.diag(smoother) * mean_weight, 1e-3)
        square = below * (1 - estimate) ** 2 + (counts.total - below) * estimate**2
        found.append((np.sum(square / left**2 / (rank * (1 - rank))), width, smoother))
    if not found:
        raise InputError("cdf: no bandwidth reaches background from every mass; narrow the mass range to where it is")
    _, width, smoother = min(found, key=lambda candidate: candidate[0])
    return width, monotone_table(counts, smoother)


def monotone_table(counts, smoother):
    """F(threshold | mass), strictly rising with the threshold, (t, b).

    Sorting the estimate along the thresholds makes it monotone and brings it nearer to the truth (arXiv:0704.3649);
    one event's worth of the share of all background keeps it strictly so where there are none.
    """
    return monotone(counts.below[1:-1] @ smoother.T, smoother**2 @ counts.squares, counts.rank[1:-1])


def monotone(estimate, variance, rank):
    """An estimate of F, (t, b), of variance (b,), sorted along the thresholds, between 0 and 1, and with both ends."""
    events = np.where(variance > 0, 1 / np.where(variance > 0, variance, 1), 0)
    inner = (events * np.sort(np.clip(estimate, 0, 1), axis=0) + rank[:, None]) / (events + 1)
    ends = np.zeros((1, len(variance)))
    return np.concatenate([ends, inner, ends + 1])
