"""All divergences of one selection: over the whole mass range, in the window, and beyond a change of slope."""

import logging

import numpy as np

from unsculpt.errors import InputError
from unsculpt.metrics.divergence import Divergence, compare_spectra, selected_spectra, selected_strata
from unsculpt.weighted import attempt, check


def divergence_or_none(
    name, parts, replicas, *, edges, base, reference, free_slope=False, strata=None, level=logging.INFO
):
    """`compare_spectra`; where a cut leaves nothing to compare, one without numbers, and the log says why."""
    bins, span = int(np.count_nonzero((parts[0] + parts[1]).sumw2)), (float(edges[0]), float(edges[-1]))
    nothing = Divergence(None, None, None, None, base, reference, bins, span, parts[0].n_eff, parts[1].n_eff, None)
    options = {"edges": edges, "base": base, "reference": reference, "free_slope": free_slope, "strata": strata}
    return attempt(name, compare_spectra, *parts, replicas, **options, otherwise=nothing, level=level)


def divergences(name, parts, replicas, *, axis, base, reference, strata=None, level=logging.INFO):
    """The divergences of a selection from the histograms of what passes and what fails.

    Parameters
    ----------
    name : str
        Of the selection, for warnings.
    parts : pair of weighted.Histogram, shape (bins,)
    replicas : pair of float arrays, shape (replicas, bins)
    axis : axes.Axis
        Of the mass.
    base, reference, strata
        As in `compare_spectra`.
    level : int
        Of the sentence in the log on one without numbers.

    Returns
    -------
    dict of Divergence
        jsd (whole range), jsd_window (both spectra normalised in the window; None where the axis has no window) and
        jsd_beyond_slope.
    """
    options = {"edges": axis.edges, "base": base, "reference": reference, "strata": strata, "level": level}
    return {
        "jsd": divergence_or_none(f"{name}: JSD", parts, replicas, **options),
        "jsd_window": None if axis.window is None else _in_window(name, parts, replicas, axis, options),
        "jsd_beyond_slope": divergence_or_none(
            f"{name}: JSD beyond slope", parts, replicas, **options, free_slope=True
        ),
    }


def _in_window(name, parts, replicas, axis, options):
    """The divergence of the spectra in the window, both normalised there."""
    bins = axis.window_bins
    strata = options["strata"]
    inside = options | {"edges": axis.edges[bins.start : bins.stop + 1], "strata": strata and strata[bins]}
    return divergence_or_none(
        f"{name}: JSD in the window", [p[bins] for p in parts], [r[:, bins] for r in replicas], **inside
    )


def scaled_divergences(mass, passed, *, weights, axis, base, reference, replicas, rng, name="category", sample=None):
    """The divergences of a category, or of any fixed selection, from all the background that is given.

    These are the "scaled JSD factors" of the ttH study: the spectrum of a category against the inclusive one, both
    normalised to the same area, in the whole range and in the window.

    Parameters
    ----------
    mass, weights : float arrays, shape (n,)
        Background; masses in GeV, those outside the edges are left out. Weights of either sign.
    passed : bool array, shape (n,)
        Whether an event belongs to the category.
    axis : axes.Axis
        Of the mass.
    base, reference
        As in `compare_spectra`.
    replicas : int
        Bootstrap replicas.
    rng : numpy.random.Generator
    name : str
        Of the category, for warnings.
    sample : str array, shape (n,), or None
        The sample of each event, which the selection may know; None is one sample.

    Returns
    -------
    dict of Divergence
        As `divergences`; without numbers where the category is everything or nothing.
    """
    mass, weights = check(name, mass, weights, some=False)
    passed = np.asarray(passed, bool)
    if passed.shape != mass.shape:
        raise InputError(f"{name}: {mass.shape} masses and {passed.shape} decisions; give one decision an event")
    parts, drawn = selected_spectra(mass, passed, weights=weights, edges=axis.edges, replicas=replicas, rng=rng)
    strata = selected_strata(mass, passed, weights=weights, edges=axis.edges, sample=sample)
    return divergences(name, parts, drawn, axis=axis, base=base, reference=reference, strata=strata)
