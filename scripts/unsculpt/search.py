"""A search without a model: the events least like background, and a bump hunt in their mass.

The sample is background with the share of signal on which the method was trained (`contamination`), each simulated
event of it one event of data, so the cut, the spectrum and its fit know nothing that data would not tell.
"""

from dataclasses import asdict

import numpy as np

from unsculpt import contamination
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL, cluster
from unsculpt.fits import scan

LEAST_BINS = 8  # of a spectrum in which is hunted
ROUNDING = 0.01  # of a weight, by which signal falls short of background where both are equal
PARTS = 32767  # of a hash, by which events of unequal weight are drawn


def sample(table, share):
    """Which events are searched, and which of these are signal, masks (n,).

    Background and the signal that contaminates it. Where weights differ, an event is in the sample with the probability
    of its weight over the largest, by a hash of its identifiers, so that each that is in counts as one.

    Parameters
    ----------
    table : events.Events
    share : float
        Of signal.
    """
    mixed = contamination.contaminated(table, share)
    known = mixed.where(BACKGROUND) & (mixed.weight > 0)
    heaviest = mixed.weight[table.where(BACKGROUND)].max()
    luck = (cluster(table.run, table.event, PARTS) + 0.5) / PARTS
    return known & (luck < mixed.weight / heaviest * (1 + ROUNDING)), table.where(SIGNAL)


def search(score, table, share, *, axis, settings, fit, rng):
    """The hunt in the mass of the events with the highest scores.

    Parameters
    ----------
    score : array, shape (n,)
    table : events.Events
        The same events.
    share : float
        Of signal among those searched.
    axis : axes.Axis
        Of the mass.
    settings : dict
        The sub-tree `hunt` of the configuration.
    fit : dict
        The sub-tree `fit`, for the functions.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        contamination; events, signal : searched, and how many of them are signal; threshold : of the score; passing,
        passing_signal : at or above it in the range of the hunt; edges_gev, counts, signal_counts : their spectrum;
        hunt : what `scan.hunt` finds, with the significance and whether it is a lower limit, and the signal in the
        window; None where the spectrum cannot be fitted.
    """
    searched, signal = sample(table, share)
    threshold = float(np.quantile(score[searched], 1 - settings["efficiency"], method="lower"))
    passing = searched & (score >= threshold)
    edges = within(axis.edges, settings["range_gev"])
    counts, of_signal = (np.histogram(table.mass[rows], edges)[0].astype(float) for rows in (passing, passing & signal))
    options = {"functions": scan.family(fit), "order_p_value": fit["order_p_value"]}
    options |= {"widths_gev": settings["widths_gev"], "toys": settings["toys"], "rng": rng}
    found = scan.hunt(counts, edges, **options)
    return {
        "contamination": share,
        "events": int(searched.sum()),
        "signal": int((searched & signal).sum()),
        "threshold": threshold,
        "passing": counts.sum(),
        "passing_signal": of_signal.sum(),
        "edges_gev": edges,
        "counts": counts,
        "signal_counts": of_signal,
        "hunt": None if found is None else _told(found, edges, of_signal),
    }


def within(edges, limits):
    """The edges of the mass bins in the range of a hunt, its ends included; all of them where limits are None.

    Examples
    --------
    >>> within(np.arange(50, 201, 10.0), [60, 150]).tolist()
    [60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0, 130.0, 140.0, 150.0]
    """
    if limits is None:
        return edges
    kept = edges[(edges >= limits[0] - 1e-6) & (edges <= limits[1] + 1e-6)]
    if len(kept) <= LEAST_BINS:
        raise InputError(
            f"hunt.range_gev {list(limits)} holds {max(len(kept) - 1, 0)} of the bins of the mass; give {LEAST_BINS} "
            "or more of them"
        )
    return kept


def _told(found, edges, of_signal):
    low, high = found.window
    inside = (edges[:-1] >= low) & (edges[1:] <= high)
    told = {"significance": found.significance, "at_limit": found.at_limit, "signal": of_signal[inside].sum()}
    return asdict(found) | told
