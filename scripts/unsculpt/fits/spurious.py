"""Spurious signal: the signal that a fit finds in a spectrum that has none."""

from dataclasses import dataclass

import numpy as np

from unsculpt import shapes
from unsculpt.likelihood.glm import poisson_glm


@dataclass(frozen=True)
class SpuriousSignal:
    """Largest fitted signal over the masses tried, in events at the luminosity.

    n_sp : fitted signal of largest magnitude, with its sign.
    mass : signal mass where it was found, GeV.
    over_expected, over_error : its magnitude over the expected signal, and over the error of a signal fitted to data.
    template_error : error of n_sp from the statistics of the template.
    passes : below 10 % of the expected signal or 20 % of the error.
    """

    n_sp: float
    mass: float
    over_expected: float
    over_error: float
    template_error: float
    passes: bool


def spurious_signal(sumw, sumw2, edges, signal_shape, *, order, expected_signal, masses=tuple(range(121, 130))):
    """Fit signal plus background to a background-only template for several signal masses.

    The criteria are those of ATLAS H->yy analyses (arXiv:1802.04146): the largest magnitude over 121-129 GeV
    must be below 10 % of the expected signal or below 20 % of its statistical error.

    Parameters
    ----------
    sumw, sumw2 : arrays, shape (B,)
        Background template at the luminosity, full range, and its squared weights.
    edges : array, shape (B + 1,)
        Bin edges in GeV.
    signal_shape : callable
        Mass in GeV -> expected signal per bin, shape (B,), normalised to one event.
    order : int
        Order of the background.
    expected_signal : float
        Expected signal events.
    masses : sequence of float
        Signal masses in GeV.

    Returns
    -------
    SpuriousSignal or None
        None where the template is empty or a fit does not converge.
    """
    sumw, sumw2 = np.asarray(sumw, float), np.asarray(sumw2, float)
    if not (sumw.sum() > 0 and sumw2.sum() > 0 and np.isfinite(sumw).all()):
        return None
    kappa, counts = sumw2.sum() / sumw.sum(), np.maximum(sumw, 0.0)
    basis, widths = shapes.basis(edges, order), shapes.relative_widths(edges)
    found = []
    for mass in masses:
        fit = poisson_glm(counts, basis, np.asarray(signal_shape(mass), float), exposure=widths)
        if not fit.converged[0]:
            return None
        found.append((fit.mu[0], np.sqrt(fit.covariance[0, 0, 0]), mass))
    n_sp, error, mass = max(found, key=lambda entry: abs(entry[0]))
    over_expected, over_error = abs(n_sp) / expected_signal, abs(n_sp) / error
    passes = bool(over_expected < 0.1 or over_error < 0.2)
    return SpuriousSignal(
        float(n_sp), float(mass), float(over_expected), float(over_error), float(error * np.sqrt(kappa)), passes
    )
