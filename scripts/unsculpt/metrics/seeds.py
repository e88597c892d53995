"""One point of the grid trained several times: what changes when only the seed does."""

import math
from dataclasses import fields, replace

import numpy as np

from unsculpt.errors import InputError
from unsculpt.metrics.divergence import Divergence
from unsculpt.metrics.folds import Trained, with_training
from unsculpt.weighted import Measured

LEAST = 3  # seeds whose spread is the error of training; with fewer it is that of the folds


def with_seeds(points):
    """The point of the first seed, whose errors of training are the standard deviations over the seeds.

    Parameters
    ----------
    points : list of points.Point
        One for each seed, measured on the same events, the first seed first.

    Returns
    -------
    points.Point
        That of the first seed as it is, with the spread of its folds, where there are fewer than `LEAST` seeds. Only
        errors change. A number that fewer seeds have keeps the spread of its folds.
    """
    first = points[0]
    if len(points) < LEAST:
        return first
    rejections = [_with_spread(column) for column in zip(*(point.rejections for point in points), strict=True)]
    ranges = [_each_with_spread(column) for column in zip(*(point.ranges for point in points), strict=True)]
    return replace(_each_with_spread(points), rejections=rejections, ranges=ranges, error_training_from="seeds")


def _each_with_spread(results):
    """The first of the results of all seeds, with the spread over them in each of its numbers."""
    names = [item.name for item in fields(results[0])]
    changed = {
        name: _with_spread([getattr(result, name) for result in results])
        for name in names
        if isinstance(getattr(results[0], name), Trained | Divergence)
    }
    return replace(results[0], **changed)


def _with_spread(numbers):
    """The first of a number of all seeds, with the standard deviation over them as its error of training."""
    values = [number.value for number in numbers if number is not None and number.value is not None]
    return with_training(numbers[0], float(np.std(values, ddof=1))) if len(values) >= LEAST else numbers[0]


def over_seeds(points):
    """The numbers of one point of the grid for each of its seeds, and for a training with any seed.

    Parameters
    ----------
    points : list of points.Point
        One for each seed, measured on the same events; at least one.

    Returns
    -------
    dict
        number; auc, rejection, jsd and floor as lists over the seeds (None where a number does not exist); and `total`,
        by the same names but the floor: the mean over the seeds, and the error of one training with any seed on any
        sample, the mean square of the errors of the events and the error of training (`with_seeds`) in quadrature.
    """
    if not points:
        raise InputError("over_seeds: there are no trainings to compare; give at least one")
    measured = {name: [getattr(point, name) for point in points] for name in ("auc", "rejection", "jsd")}
    complete = with_seeds(points)
    return {
        "number": len(points),
        **{name: [number.value for number in numbers] for name, numbers in measured.items()},
        "floor": [point.jsd.floor for point in points],
        "total": {name: _total(numbers, getattr(complete, name)) for name, numbers in measured.items()},
    }


def _total(numbers, complete):
    """Mean over the seeds, with both errors in quadrature; None where no seed has the number."""
    values = [number.value for number in numbers if number.value is not None]
    squares = [number.error_events**2 for number in numbers if number.error_events is not None]
    if not values:
        return Measured(None, None)
    if not squares:
        return Measured(float(np.mean(values)), None)
    return Measured(float(np.mean(values)), math.hypot(math.sqrt(np.mean(squares)), complete.error_training or 0.0))
