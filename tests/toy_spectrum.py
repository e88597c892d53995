"""A falling exponential of 10,000 events from 105 to 160 GeV, a signal at 125 GeV, and the yield in the window."""

from dataclasses import fields, replace

import numpy as np

from unsculpt import axes, fits, shapes

AXIS = axes.spectrum(np.linspace(105, 160, 56), (120, 130))
EDGES = AXIS.edges
CENTRES = shapes.centres(EDGES)
INSIDE = AXIS.in_window
TRUTH = 10000 * np.exp(-0.025 * CENTRES) / np.exp(-0.025 * CENTRES).sum()
SIGNAL = shapes.CrystalBall(50.0, 125.0, 1.7, 1.6, 6.0, 1.5, 15.0).bins(EDGES)


def sideband_fit(sumw, sumw2=None, axis=AXIS, **options):
    """The sideband fit without toys; options are those of `fits.fit_spectrum` and keys of its settings."""
    keys = {key for key in options if key in {field.name for field in fields(fits.Settings)}}
    settings = replace(fits.Settings(toys=0), **{key: options.pop(key) for key in keys})
    return fits.fit_spectrum(sumw, sumw if sumw2 is None else sumw2, axis, settings=settings, **options)


def window_yield(beta, covariance):
    """Yield of a log-linear fit in the window, and its error by linear propagation."""
    basis = shapes.basis(EDGES, len(beta) - 1)[INSIDE]
    expected = np.exp(basis @ beta)
    jacobian = expected @ basis
    return expected.sum(), np.sqrt(jacobian @ covariance @ jacobian)
