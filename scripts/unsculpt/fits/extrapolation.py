"""Window yields of many sideband fits at once, and of the data that a fit expects."""

import numpy as np

from unsculpt import shapes
from unsculpt.fits import weights
from unsculpt.fits.results import Value
from unsculpt.likelihood.glm import poisson_glm


def sideband_yields(counts, axis, *, function):
    """Extrapolated window yields of many spectra at once, by the GLM and without guards.

    Parameters
    ----------
    counts : array, shape (T, B)
        Counts or effective events over the full range, finite and not negative; the window is not looked at.
    axis, function
        As in `fit_spectrum`.

    Returns
    -------
    value, error : arrays, shape (T,)
        Events in the window.
    converged : bool array, shape (T,)
    """
    fit, expected, jacobian = _extrapolated(counts, axis, function)
    error = np.sqrt(np.maximum(np.einsum("tp,tpq,tq->t", jacobian, fit.covariance, jacobian), 0.0))
    return expected.sum(1), error, fit.converged


def template_yields(sumw, sumw2, axis, *, function):
    """As `sideband_yields`, for many templates of weighted events, with the error from the statistics of each.

    Parameters
    ----------
    sumw, sumw2 : arrays, shape (T, B)
        Over the full range, at the luminosity; bins below zero count as empty.
    axis, function
        As in `fit_spectrum`.

    Returns
    -------
    value, error, template_error : arrays, shape (T,)
        Events in the window; the error of data at the luminosity, and that of the template, in which each bin has the
        variance of its own weights (`weights.variances`): that of `fit_spectrum`.
    converged : bool array, shape (T,)
    """
    side, counts = ~axis.in_window, np.maximum(sumw, 0.0)
    _, ratio = weights.variances(sumw, sumw2, axis.edges, side)
    fit, expected, jacobian = _extrapolated(counts, axis, function)
    row = np.einsum("tp,tpq->tq", jacobian, fit.covariance)
    error = np.sqrt(np.maximum((row * jacobian).sum(1), 0.0))
    slopes = row @ shapes.basis(axis.edges, function)[side].T  # of the yield by the counts of the sidebands
    template = np.sqrt((ratio[:, side] * fit.expected * slopes**2).sum(1))
    return expected.sum(1), error, template, fit.converged


def _extrapolated(counts, axis, function):
    """Fits of the sidebands, expectation in each bin of the window, derivatives of their sum by the coefficients."""
    basis, widths, inside = shapes.basis(axis.edges, function), shapes.relative_widths(axis.edges), axis.in_window
    fit = poisson_glm(np.atleast_2d(counts)[:, ~inside], basis[~inside], exposure=widths[~inside])
    expected = widths[inside] * np.exp(np.clip(fit.beta @ basis[inside].T, -700, 80))
    return fit, expected, expected @ basis[inside]


def fit_asimov(expected, axis, *, function):
    """What a sideband fit of data would give if the data were as expected: the window yield and its error.

    The error is that of data statistics at the luminosity of `expected` (Fisher information of the sidebands), not that
    of the simulation behind it.

    Parameters
    ----------
    expected : array, shape (B,)
        Expected background per bin, finite and not negative; the curve of a fit.
    axis, function
        As in `fit_spectrum`.

    Returns
    -------
    Value
        Events in the window; the error is infinite when the sidebands cannot determine the fit.
    """
    counts = np.maximum(np.asarray(expected, float), 0.0)
    inside = axis.in_window
    if not all(counts[bins].sum() > 0 for bins in axis.sidebands):
        return Value(float(counts[inside].sum()), np.inf)
    with np.errstate(all="ignore"):
        value, error, converged = sideband_yields(counts, axis, function=function)
    sound = converged[0] and np.isfinite(error[0]) and error[0] > 0
    return Value(float(value[0]), float(error[0])) if sound else Value(float(counts[inside].sum()), np.inf)
