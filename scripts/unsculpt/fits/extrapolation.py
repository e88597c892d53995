"""Window yields of many sideband fits at once, and of the data that a fit expects."""

import numpy as np

from unsculpt import shapes
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
    basis, widths, inside = shapes.basis(axis.edges, function), shapes.relative_widths(axis.edges), axis.in_window
    fit = poisson_glm(np.atleast_2d(counts)[:, ~inside], basis[~inside], exposure=widths[~inside])
    expected = widths[inside] * np.exp(np.clip(fit.beta @ basis[inside].T, -700, 80))
    jacobian = expected @ basis[inside]
    error = np.sqrt(np.maximum(np.einsum("tp,tpq,tq->t", jacobian, fit.covariance, jacobian), 0.0))
    return expected.sum(1), error, fit.converged


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
