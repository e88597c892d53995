"""All divergences of one selection: over the whole mass range, in the window, and beyond a change of slope."""

import logging

import numpy as np

from unsculpt.errors import InputError
from unsculpt.metrics.divergence import Divergence, compare_spectra, selected_spectra
from unsculpt.metrics.weighted import attempt, check


def divergence_or_none(name, parts, replicas, *, edges, base, reference, free_slope=False, level=logging.INFO):
    """`compare_spectra`; where a cut leaves nothing to compare, one without numbers, and the log says why."""
    bins, span = int(np.count_nonzero((parts[0] + parts[1]).sumw2)), (float(edges[0]), float(edges[-1]))
    nothing = Divergence(None, None, None, None, base, reference, bins, span, parts[0].n_eff, parts[1].n_eff)
    options = {"edges": edges, "base": base, "reference": reference, "free_slope": free_slope}
    return attempt(name, compare_spectra, *parts, replicas, **options, otherwise=nothing, level=level)


def divergences(name, parts, replicas, *, edges, window, base, reference, level=logging.INFO):
    """The divergences of a selection from the histograms of what passes and what fails.

    Parameters
    ----------
    name : str
        Of the selection, for warnings.
    parts : pair of weighted.Histogram, shape (bins,)
    replicas : pair of float arrays, shape (replicas, bins)
    edges : float array, in GeV
    window : slice or None
        The mass bins of the signal window; None where there is none.
    base, reference
        As in `compare_spectra`.
    level : int
        Of the sentence in the log on one without numbers.

    Returns
    -------
    dict of Divergence
        jsd (whole range), jsd_window (both spectra normalised in the window, None without one) and jsd_beyond_slope.
    """
    options = {"edges": edges, "base": base, "reference": reference, "level": level}
    in_window = None
    if window is not None:
        inside = options | {"edges": edges[window.start : window.stop + 1]}
        in_window = divergence_or_none(
            f"{name}: JSD in the window", [p[window] for p in parts], [r[:, window] for r in replicas], **inside
        )
    return {
        "jsd": divergence_or_none(f"{name}: JSD", parts, replicas, **options),
        "jsd_window": in_window,
        "jsd_beyond_slope": divergence_or_none(
            f"{name}: JSD beyond slope", parts, replicas, **options, free_slope=True
        ),
    }


def scaled_divergences(mass, passed, *, weights, edges, window_gev, base, reference, replicas, rng, name="category"):
    """The divergences of a category, or of any fixed selection, from all the background that is given.

    These are the "scaled JSD factors" of the ttH study: the spectrum of a category against the inclusive one, both
    normalised to the same area, in the whole range and in the window.

    Parameters
    ----------
    mass, weights : float arrays, shape (n,)
        Background; masses in GeV, those outside the edges are left out. Weights of either sign.
    passed : bool array, shape (n,)
        Whether an event belongs to the category.
    edges : float array
        Of the mass bins, in GeV.
    window_gev : pair of float
        Lower and upper edge of the signal window, both edges of bins.
    base, reference
        As in `compare_spectra`.
    replicas : int
        Bootstrap replicas.
    rng : numpy.random.Generator
    name : str
        Of the category, for warnings.

    Returns
    -------
    dict of Divergence
        As `divergences`; without numbers where the category is everything or nothing.
    """
    mass, weights = check(name, mass, weights, some=False)
    passed = np.asarray(passed, bool)
    if passed.shape != mass.shape:
        raise InputError(f"{name}: {mass.shape} masses and {passed.shape} decisions; give one decision an event")
    edges = np.asarray(edges, float)
    parts, drawn = selected_spectra(mass, passed, weights=weights, edges=edges, replicas=replicas, rng=rng)
    options = {"edges": edges, "window": window_bins(edges, window_gev), "base": base, "reference": reference}
    return divergences(name, parts, drawn, **options)


def window_bins(edges, window_gev):
    """The mass bins of the signal window, as a slice; None without one.

    Examples
    --------
    >>> window_bins(np.arange(105, 161.0), (120, 130))
    slice(15, 25, None)
    """
    if window_gev is None:
        return None
    low, high = np.searchsorted(edges, np.asarray(window_gev) - 1e-9)
    return slice(int(low), int(high))
