"""Bins of a mass spectrum."""

import numpy as np


def centres(edges):
    """Centres of the bins, shape (bins,), in the unit of the edges."""
    edges = np.asarray(edges, float)
    return (edges[1:] + edges[:-1]) / 2


def half_range(edges):
    """Half the full range: the unit of the reduced mass, in GeV (27.5 for 105-160)."""
    return (edges[-1] - edges[0]) / 2


def reduced(mass, edges):
    """Reduced mass x = (m - centre) / (half range), which runs from -1 to 1 over the full range.

    Examples
    --------
    >>> reduced(np.array([105.0, 132.5, 160.0]), np.array([105.0, 160.0])).tolist()
    [-1.0, 0.0, 1.0]
    """
    return (np.asarray(mass, float) - (edges[-1] + edges[0]) / 2) / half_range(edges)


def relative_widths(edges):
    """Bin widths over their mean, shape (bins,): one for equal bins."""
    widths = np.diff(np.asarray(edges, float))
    return widths / widths.mean()
