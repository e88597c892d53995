"""What passes a cut at a signal efficiency, with errors: numbers that a score has of all events, and in ranges."""

import numpy as np

from unsculpt.metrics import folds
from unsculpt.metrics.bootstrap import spread
from unsculpt.weighted import effective_number


def passing_efficiency(part, cut, bins=slice(None)):
    """Share of the weight of a class that lies at or above a cut, and in these bins of the mass."""
    passes = part.score >= cut
    if bins == slice(None):
        return part.weight[passes].sum() / part.weight.sum()
    return part.spectrum(passes)[bins].sumw.sum() / part.weight.sum()


def rejection(efficiency, replicas):
    """1 / background efficiency with its error, or nothing when no background passes."""
    return folds.of_events(float(1 / efficiency), spread(replicas)) if efficiency > 0 else folds.of_events(None, None)


def contents(part):
    """How many events a class has, and how much of its weight is negative."""
    size = np.abs(part.weight).sum()
    return {
        "number": len(part.weight),
        "n_eff": effective_number(part.weight),
        "negative_weight_share": float(-part.weight[part.weight < 0].sum() / size) if size > 0 else 0.0,
    }
