"""How features and scores are distributed for each value of the nuisance."""

import numpy as np

from unsculpt.metrics.describe import feature_edges
from unsculpt.metrics.floors import floor
from unsculpt.metrics.shannon import jensen_shannon
from unsculpt.weighted import effective_number, histogram

BASE = 2  # of the logarithm: bit


def shapes(values, groups):
    """Histograms of a column by class and value of the nuisance, and how far these are apart.

    Parameters
    ----------
    values : float array, shape (n,)
        Of all events of the table.
    groups : Groups

    Returns
    -------
    dict
        edges; signal and background: by value of the nuisance sumw and sumw2 in the bins, over the weight of all events
        of this class and value, so that what lies outside the bins is missing; jsd: of each class the JSD in bits
        between the nominal value and the other one that is furthest from it, with the floor of two independent samples
        of this size. None for a class that lacks another value.
    """
    values, weights = np.asarray(values, float), groups.all_weights
    background = groups.rows & ~groups.signal
    edges = feature_edges(values[groups.rows], weights=weights[groups.rows])
    found, apart = {}, {}
    for name, mask in (("signal", groups.signal), ("background", background)):
        parts = [mask & (groups.value == i) for i in range(len(groups.names))]
        filled = [histogram(values[part], weights=weights[part], edges=edges) for part in parts]
        totals = [weights[part].sum() for part in parts]
        found[name] = {
            value: {"sumw": own.sumw / total, "sumw2": own.sumw2 / total**2}
            for value, own, total in zip(groups.names, filled, totals, strict=True)
            if total > 0
        }
        others = [i for i, total in enumerate(totals) if i and total > 0]
        distances = [_distance(filled[0], filled[i], [weights[parts[0]], weights[parts[i]]]) for i in others]
        apart[name] = max(distances, key=lambda distance: distance["value"], default=None) if totals[0] > 0 else None
    return {"edges": edges, **found, "jsd": apart}


def _distance(first, second, weights):
    """JSD of two histograms, normalised here, and the floor of samples with these weights."""
    value = float(jensen_shannon(first.sumw, second.sumw, base=BASE))
    noise = sum(1 / effective_number(own) for own in weights)
    dof = np.count_nonzero(first.sumw + second.sumw) - 1
    return {"value": value, "floor": float(floor(dof, noise, base=BASE))}
