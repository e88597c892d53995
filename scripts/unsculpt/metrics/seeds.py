"""One point of the grid trained several times: what changes when only the seed does."""

import numpy as np

from unsculpt.errors import InputError
from unsculpt.weighted import Measured

SEPARATOR = "@"  # column of the scores of a further seed: tag@1, tag@2, ...


def columns_of(tag, columns):
    """Names of the score columns of a point, that of the first seed first.

    Examples
    --------
    >>> columns_of("3", ["3", "30", "3@2", "3@1", "30@1"])
    ['3', '3@1', '3@2']
    """
    if tag not in columns:
        raise InputError(f"the scores have no column {tag}, only {', '.join(columns)}; delete them and run again")
    further = [name for name in columns if name.startswith(f"{tag}{SEPARATOR}")]
    return [tag, *sorted(further, key=lambda name: int(name.split(SEPARATOR)[1]))]


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
        sample, the mean square of the bootstrap errors and the variance over the seeds in quadrature.
    """
    if not points:
        raise InputError("over_seeds: there are no trainings to compare; give at least one")
    measured = {name: [getattr(point, name) for point in points] for name in ("auc", "rejection", "jsd")}
    return {
        "number": len(points),
        **{name: [number.value for number in numbers] for name, numbers in measured.items()},
        "floor": [point.jsd.floor for point in points],
        "total": {name: _total(numbers) for name, numbers in measured.items()},
    }


def _total(numbers):
    """Mean over the seeds, with bootstrap errors and spread in quadrature; None where no seed has the number."""
    values = np.array([number.value for number in numbers if number.value is not None], float)
    errors = np.array([number.error for number in numbers if number.error is not None], float)
    if not len(values):
        return Measured(None, None)
    if not len(errors):
        return Measured(float(values.mean()), None)
    spread = values.var(ddof=1) if len(values) > 1 else 0.0
    return Measured(float(values.mean()), float(np.sqrt(np.mean(errors**2) + spread)))
