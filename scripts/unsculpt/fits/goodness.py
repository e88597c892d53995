"""Goodness of fit of binned spectra."""

import numpy as np
from scipy.stats import chi2 as chi2_distribution

MIN_EXPECTED = 5.0  # effective events in a merged bin of the Pearson chi2


def goodness(counts, expected, side, parameters):
    """How well a fit describes the bins it saw.

    Parameters
    ----------
    counts, expected : arrays, shape (B,)
        Effective events and their expectation.
    side : bool array, shape (B,)
        The bins of the fit.
    parameters : int
        Number of fitted parameters.

    Returns
    -------
    dict
        deviance (-2 ln of the likelihood ratio to a perfect fit), Pearson chi2 of merged bins, ndf, p_value,
        aic and bic (deviance + 2 k and + k ln(events)).
    """
    n, e = counts[side], expected[side]
    value = deviance(n, e)
    groups = merge(e, np.flatnonzero(side))
    observed, predicted = np.bincount(groups, n), np.bincount(groups, e)
    chi2, ndf = float(((observed - predicted) ** 2 / predicted).sum()), len(observed) - parameters
    return {
        "chi2": chi2,
        "ndf": ndf,
        "p_value": float(chi2_distribution.sf(chi2, ndf)) if ndf > 0 else None,
        "deviance": value,
        "aic": value + 2 * parameters,
        "bic": value + float(np.log(n.sum())) * parameters,
    }


def deviance(n, e):
    """Minus twice the logarithm of the Poisson likelihood over that of a perfect fit."""
    return float(2 * (e - n + np.where(n > 0, n * np.log(np.where(n > 0, n, 1.0) / e), 0.0)).sum())


def merge(expected, positions):
    """Group number of each bin: neighbours on one side of the window, merged to at least five expected events."""
    groups, group, content = np.zeros(len(expected), int), 0, 0.0
    start = 0  # first group on this side of the window
    for i, value in enumerate(expected):
        if i and positions[i] != positions[i - 1] + 1:
            group, start = _close(groups, i, group, start, content)
            content = 0.0
        elif content >= MIN_EXPECTED:
            group, content = group + 1, 0.0
        groups[i] = group
        content += value
    _close(groups, len(expected), group, start, content)
    return groups


def _close(groups, end, group, start, content):
    """End one side: a last group below five events joins its neighbour. Returns the first group of the next side."""
    if content < MIN_EXPECTED and group > start:
        groups[:end][groups[:end] == group] = group - 1
        group -= 1
    return group + 1, group + 1
