"""Median discovery significance in closed form."""

import numpy as np


def asimov_significance(signal, background, background_error=0.0):
    """Median significance of a counting experiment whose background is known with an error.

    Z = sqrt(2 [(s+b) ln((s+b)(b+u^2) / (b^2 + (s+b) u^2)) - (b^2/u^2) ln(1 + u^2 s / (b (b+u^2)))]); arXiv:1007.1727
    (equation 97) for u = 0, equation 20 of G. Cowan, Discovery sensitivity for a counting experiment with background
    uncertainty (note, 2012) for u > 0. Both logarithms are written as log1p of small numbers, so that u -> 0 needs
    no case of its own.

    Parameters
    ----------
    signal, background, background_error : float or array, broadcast together
        Expected events in the window, and the absolute error u of the background.

    Returns
    -------
    float or array
        Standard deviations; 0 where there is no signal, or no background estimate (background <= 0, error not finite).

    Examples
    --------
    >>> round(float(asimov_significance(10, 20)), 3), round(float(asimov_significance(10, 20, 3)), 3)
    (2.08, 1.688)
    """
    s, b, u = np.broadcast_arrays(*(np.asarray(v, float) for v in (signal, background, background_error)))
    valid = (s > 0) & (b > 0) & np.isfinite(s + b + u)
    s, b, v = np.where(valid, s, 0.0), np.where(valid, b, 1.0), np.where(valid, u, 0.0) ** 2
    first = (s + b) * np.log1p(s * b / (b**2 + (s + b) * v))
    x = v * s / (b * (b + v))
    second = s * b / (b + v) * np.where(x > 0, np.log1p(x) / np.where(x > 0, x, 1.0), 1.0)
    return np.sqrt(np.maximum(2 * (first - second), 0.0))
