"""Significances measured on events that chose nothing, without loss of statistics: each part is once left out.

For each part of the simulated events boundaries are found, and the point is chosen, on the others. What this choice
gives on the part that was left out is honest; the mean over the parts uses all events.
"""

from dataclasses import dataclass, replace

import numpy as np

from unsculpt import working_point
from unsculpt.categories import bootstrap, products, table

PARTS = 2  # more find better boundaries on more events, but the small rest cannot measure them (docs/categories.md)


@dataclass(frozen=True)
class Estimate:
    """A significance and its values in the replicas of a paired bootstrap.

    value : standard deviations.
    replicas : float array, shape (r,).
    """

    value: float
    replicas: np.ndarray

    @property
    def error(self):
        """Standard error, from the statistics of the simulation."""
        return float(np.std(self.replicas, ddof=1))


@dataclass(frozen=True)
class Crossed:
    """One point, found without a part of the events.

    found : by key the boundaries found on the other parts, as `products.every_channel` has them.
    searched : the significance on those same events (optimistic), by which the part chooses among points.
    measured : the significance on the part that was left out.
    """

    found: dict
    searched: Estimate
    measured: Estimate


def mean(estimates):
    """Mean of estimates on several parts, replica by replica."""
    values, replicas = zip(*((e.value, e.replicas) for e in estimates), strict=True)
    return Estimate(float(np.mean(values)), np.mean(replicas, 0))


def cross(events, score, functions, *, parts, settings, draws):
    """One point of the grid, found without each of the parts, and measured on it.

    Parameters
    ----------
    events : events.Events
        Signal, background and data rows of one background hypothesis.
    score : float array, shape (n,)
    functions : dict
        By key the background functions of the categories that all events found, as in `table.expected`: a part
        alone has less statistics to see that it needs a higher order, or how small the spurious signal is.
    parts : list of pairs of parts.Part
        From `parts.divide`.
    settings : categories.Settings
    draws : bootstrap.Draws

    Returns
    -------
    list of Crossed
        One for each part.
    """
    result, options = [], {"settings": settings, "draws": draws}
    for others, part in parts:
        found = products.every_channel(events, score, settings, part=others)
        searched, measured = (
            together(by_category(events, score, found, functions, part=some, **options).values(), draws)
            for some in (others, part)
        )
        result.append(Crossed(found, searched, measured))
    return result


def by_category(events, score, found, functions, *, part, settings, draws):
    """The significance of each category of a point on a part of the events.

    Parameters
    ----------
    events, score, functions, settings, draws
        As in `cross`.
    part : parts.Part
    found : dict
        By key its boundaries.

    Returns
    -------
    dict
        By key and number of the category, 1 is the purest, an `Estimate`; zero where it cannot be fitted.
    """
    result = {}
    for key, boundaries in found.items():
        measured = table.count(events, score, boundaries, settings, part)
        known = functions.get(key) or functions.get(boundaries.channel, ())
        expected = table.expected(boundaries, measured, settings, known)
        options = {"part": part, "settings": settings, "draws": draws}
        replicas = bootstrap.significances(events, score, boundaries, expected, **options)
        for i, category in enumerate(expected):
            value = 0.0 if category is None else category.significance
            result[key, i + 1] = Estimate(value, replicas[:, i])
    return result


def together(estimates, draws):
    """The significance of independent categories together; zero without any."""
    estimates = list(estimates)
    squares = sum((e.replicas**2 for e in estimates), np.zeros(len(draws.times) - 1))
    return Estimate(float(np.sqrt(sum(e.value**2 for e in estimates))), np.sqrt(squares))


def published(events, score, found, functions, crossed, *, parts, settings, draws):
    """Honest significances of categories whose boundaries all events found.

    The counterpart of a category is the one of the same channel, side and number among as many, found without a part
    and measured on it; where the other parts found none, or cannot fill so many, it is the category itself.

    Parameters
    ----------
    events, score, functions, parts, settings, draws
        As in `cross`.
    found : dict
        By key the boundaries that all events found.
    crossed : list of Crossed
        The same point, found without each part.

    Returns
    -------
    dict
        By key and number of the category the mean of its counterparts, an `Estimate`.
    """
    measured, options = [], {"settings": settings, "draws": draws}
    for (_, part), without in zip(parts, crossed, strict=True):
        counterparts = {key: _counterpart(key, own, without.found) for key, own in found.items()}
        measured.append(by_category(events, score, counterparts, functions, part=part, **options))
    return {key: mean([each[key] for each in measured]) for key in measured[0]}


def _counterpart(key, own, found):
    """The boundaries of a key with as many categories, or its own."""
    return (found[key].with_number(len(own.cuts) - 1) if key in found else None) or own


def quote(candidates, crossed):
    """The significance that the whole choice, of point and boundaries, gives on events that took no part in it.

    Parameters
    ----------
    candidates : list of working_point.Candidate
        The points, in the order of the study. What qualifies them was judged on all events; it is the same for all
        parts.
    crossed : list of lists of Crossed
        For each point one for each part.

    Returns
    -------
    tuple of Estimate and list of int
        The mean over the parts, and the index of the point that was chosen without each of them.
    """
    chosen = []
    for searched in zip(*([part.searched for part in point] for point in crossed), strict=True):
        seen = [
            replace(candidate, significance=estimate.value, significance_error=estimate.error)
            for candidate, estimate in zip(candidates, searched, strict=True)
        ]
        chosen.append(working_point.rank(seen, np.stack([e.replicas for e in searched], 1)).taken)
    return mean([crossed[index][part].measured for part, index in enumerate(chosen)]), chosen
