"""Maps that take two protected variables out of a score; both enter as their ranks in the background, from 0 to 1.

`cdf` is flat in both together: at every cut the efficiency is the same everywhere in their plane. `knn` is so at one
cut. `ddt` takes out a linear trend in both, in their values (`ddt.learn`). CSS, whose two parameters follow a mass, has
no form of two variables.
"""

import logging
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree
from scipy.special import expit

from unsculpt.decorrelation import ddt
from unsculpt.decorrelation.cdf import RIDGE, monotone
from unsculpt.decorrelation.cdf import learn as line
from unsculpt.decorrelation.knn import LARGEST_SHARE, bounded_logit, upper_cut, working_cut
from unsculpt.decorrelation.samples import Sample, check, pooled_ranks
from unsculpt.weighted import effective_number

CELLS = 40  # of each axis of the conditional cumulative
WIDTHS = np.geomspace(0.5 / CELLS, 1, 7)  # candidates for the standard deviation of its Gaussians
EVERY = 4  # threshold that judges the candidates
KNOTS = 16  # of each axis of the local cut
PASSING = 30  # effective neighbours that pass: fewer than in one variable, since a place is one in both


@dataclass(frozen=True)
class Smoother:
    """A local plane with Gaussian weights on the cells: at each the estimate is the intercept of a least-squares fit.

    axes : of each variable the distances of the cells and their Gaussian weights, (CELLS, CELLS) each.
    intercept, first, second : (CELLS, CELLS), with which the weights, and those times the distance in the first and in
        the second variable, add up to the estimate; zero where no background is near.
    """

    axes: tuple
    intercept: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def __call__(self, values):
        """Estimate of values (..., CELLS, CELLS) that were summed over the cells."""
        moment = partial(moments, self.axes, values)
        return self.intercept * moment(0, 0) + self.first * moment(1, 0) + self.second * moment(0, 1)

    def variance(self, squares):
        """Sum of squared weights of the estimate of a share, (CELLS, CELLS)."""
        parts = {(0, 0): self.intercept, (1, 0): self.first, (0, 1): self.second}
        squared = [(distance, kernel**2) for distance, kernel in self.axes]
        return sum(
            a * b * moments(squared, squares, i + k, j + n)
            for (i, j), a in parts.items()
            for (k, n), b in parts.items()
        )


def moments(axes, values, i, j):
    """Sum over the cells of values (..., CELLS, CELLS) with Gaussian weights times distances to the powers i and j."""
    left, right = (kernel * distance**power for (distance, kernel), power in zip(axes, (i, j), strict=True))
    return left @ values @ right.T


def smoother(total, squares, widths):
    """The `Smoother` of these standard deviations for cells of weight `total` and squared weights `squares`."""
    centre = (np.arange(CELLS) + 0.5) / CELLS
    distance = centre[None, :] - centre[:, None]
    axes = tuple((distance, np.exp(-0.5 * (distance / width) ** 2)) for width in widths)
    s00, s10, s01, s20, s11, s02 = (moments(axes, total, *n) for n in ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)))
    s20, s02 = (s + RIDGE * width**2 * s00 for s, width in zip((s20, s02), widths, strict=True))
    first, second, third = (
        s20 * s02 - s11**2,
        s11 * s01 - s10 * s02,
        s10 * s11 - s20 * s01,
    )  # the first row of cofactors
    determinant = s00 * first + s10 * second + s01 * third
    one_event = squares.sum() / total.sum()
    usable = (s00 > 1e-3 * one_event) & (determinant > 0)
    scale = np.where(usable, 1 / np.where(usable, determinant, 1), 0)
    return Smoother(axes, scale * first, scale * second, scale * third)


def cdf(background, signal, settings):
    """The conditional cumulative in two variables: a local plane, where `cdf.learn` has a local line.

    Two variables are smoothed more widely than one, so what is left in each alone is taken out by its own line after.
    Parameters and result are as of `cdf.learn`; `variable` is (n, 2).
    """
    maps = [plane(background)]
    score = maps[0](background.score, background.variable)
    for column in background.variable.T:
        maps.append(line(Sample(score, column, background.weight), None, settings))
        score = maps[-1](score, column)

    def apply(score, variable):
        for map_, at in zip(maps, (variable, *variable.T), strict=True):
            score = map_(score, at)
        return score

    return apply


def plane(background):
    """The local plane; the bandwidths, one for each variable, are chosen as in `cdf.best_table`."""
    check("cdf", background)
    ranks = pooled_ranks(background)
    row = np.searchsorted(ranks.score, background.score, side="left")
    cell = np.ravel_multi_index(np.clip((background.variable.T * CELLS).astype(int), 0, CELLS - 1), (CELLS, CELLS))
    shape, size = (len(ranks.score), CELLS, CELLS), CELLS**2
    below = np.bincount(row * size + cell, background.weight, minlength=shape[0] * size).reshape(shape).cumsum(0)
    total, squares = (
        np.bincount(cell, w, minlength=size).reshape(shape[1:]) for w in (background.weight, background.weight**2)
    )
    inner, rank = below[1:-1], ranks.rank[1:-1]

    def error(widths):
        """Of leaving one event out, as in `cdf.best_table`."""
        fit, some, weight = smoother(total, squares, widths), inner[::EVERY], rank[::EVERY, None, None]
        estimate = fit(some)
        left = np.maximum(1 - fit.intercept * squares / np.where(total > 0, total, 1), 1e-3)
        return np.sum((some * (1 - estimate) ** 2 + (total - some) * estimate**2) / left**2 / (weight * (1 - weight)))

    widths = min(((a, b) for a in WIDTHS for b in WIDTHS), key=error)
    logging.info("cdf: smoothed over %.2g and %.2g of the ranks", *widths)
    fit = smoother(total, squares, widths)
    table = monotone(fit(inner).reshape(-1, size), fit.variance(squares).ravel(), rank).reshape(shape)

    def apply(score, variable):
        return map_coordinates(
            table, np.stack([ranks.position(score), *(variable.T * CELLS - 0.5)]), order=1, mode="nearest"
        )

    return apply


def knn(background, signal, settings):
    """The score relative to the cut that a fixed share of the background nearest in both ranks passes (`knn.learn`)."""
    check("knn", background)
    check("knn", signal, of="signal")
    axis = (np.arange(KNOTS) + 0.5) / KNOTS
    number, effective = len(background.score), effective_number(background.weight)
    knots = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    most = max(1, round(LARGEST_SHARE * number))
    nearest = cKDTree(background.variable).query(knots, k=most)[1].reshape(len(knots), most)

    def cuts(efficiency):
        rare = min(efficiency, 1 - efficiency)
        taken = nearest[:, : max(1, round(number * min(LARGEST_SHARE, PASSING / rare / effective)))]
        found = [upper_cut(background.score[rows], background.weight[rows], efficiency) for rows in taken]
        return bounded_logit(np.reshape(found, (KNOTS, KNOTS)))

    def at(table, variable):
        return map_coordinates(table, variable.T * KNOTS - 0.5, order=1, mode="nearest")

    cut = cuts(working_cut(lambda efficiency: at(cuts(efficiency), signal.variable), background, signal, settings))
    return lambda score, variable: expit(bounded_logit(score) - at(cut, variable))


MAPS = {"cdf": cdf, "knn": knn, "ddt": ddt.learn}
