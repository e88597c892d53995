"""Categories of two thresholds: a channel is divided in a column, and the score is cut on each side by itself."""

from dataclasses import replace

import numpy as np

from unsculpt.categories.boundaries import Side, search
from unsculpt.weighted import weighted_quantile


def every_channel(events, score, settings, *, part):
    """The best categories of all channels for one score, found on a part of the simulated events.

    Parameters
    ----------
    events, score, settings, part
        As in `boundaries.search`.

    Returns
    -------
    dict
        By key the boundaries of a channel or of the sides of it; channels without categories are absent.
    """
    found = (of_channel(events, score, channel, settings, part=part) for channel in settings.channels)
    return {boundaries.key: boundaries for parts in found for boundaries in parts}


def of_channel(events, score, channel, settings, *, part):
    """The best categories of a channel: of all of it, or of the two sides of the best threshold in `divide_by`.

    The thresholds that are tried are weighted quantiles of the signal. Sides are independent, so their squared
    significances add. A channel that is not divided is taken if it is within `significance_tolerance` of the best.

    Returns
    -------
    list of Boundaries
        One, or two of which the first has the higher values; none where nothing is allowed.
    """
    whole = search(events, score, channel, settings, part=part)
    best, column = [] if whole is None else [whole], settings.categories.get("divide_by")
    if column is None:
        return best
    least = (whole.significance if whole else 0.0) / (1 - settings.categories["significance_tolerance"])
    for threshold in thresholds(events, channel, settings, part):
        sides = (Side(column, threshold, np.inf), Side(column, -np.inf, threshold))
        found = [search(events, score, channel, settings, part=part, side=side) for side in sides]
        found = [boundaries for boundaries in found if boundaries is not None]
        if found and total(found) > least:
            best, least = found, total(found)
    if len(best) == 2:
        best[1] = replace(best[1], first=len(best[0].cuts))
    return best


def thresholds(events, channel, settings, part):
    """Candidate thresholds: quantiles of the signal of a channel with equal shares of it in between, each once."""
    rows, number = part.rows & events.where(1, channel), settings.categories["divide_into"]
    values, weights = events.column(settings.categories["divide_by"])[rows].astype(float), events.weight[rows]
    if not weights.sum() > 0:
        return []
    found = np.unique(weighted_quantile(values, np.arange(1, number) / number, weights=weights))
    return [float(value) for value in found if values.min() < value]


def total(found):
    """Significance of the boundaries of several channels or sides together."""
    return float(np.sqrt(sum(boundaries.significance**2 for boundaries in found)))
