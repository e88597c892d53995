"""The approximate median significance (AMS) with an uncertain background, in a form without cancellation."""

import numpy as np

_SMALL = 0.03  # where the series takes over: its first term left out is smaller than rounding


def approximate_median_significance(signal, background, sigma):
    """Median significance with a Gaussian uncertainty of the background, AMS; broadcasts.

    AMS^2 = 2 [(s+b) ln((s+b)/b0) - s - b + b0] + ((b - b0)/sigma)^2 with
    b0 = [b - sigma^2 + sqrt((b - sigma^2)^2 + 4 (s+b) sigma^2)]/2 (arXiv:1611.01046, after C. Adam-Bourdarios et al.,
    PMLR 42 (2015) 19). All differences in it cancel; here they are written without: with v = sigma^2 and
    r = sqrt((b+v)^2 + 4 s v) it is b0 - b = 2 s v/(b+v+r), so that sigma = 0 needs no case of its own.

    Parameters
    ----------
    signal, background, sigma : float or array, broadcast together
        Expected events, and the absolute uncertainty of the background.

    Returns
    -------
    float or array
        Standard deviations; NaN where signal or background are negative, and where b0 = 0: neither background nor an
        uncertainty of it, where a single event of signal would prove anything.

    Examples
    --------
    >>> round(float(approximate_median_significance(10, 20, 0)), 4)
    2.0804
    >>> round(float(approximate_median_significance(10, 20, 3)), 4)
    1.7138
    """
    s, b, u = np.broadcast_arrays(*(np.asarray(x, float) for x in (signal, background, sigma)))
    known = (s >= 0) & (b >= 0) & np.isfinite(s + b + u)
    s, b, v = np.where(known, s, 0.0), np.where(known, b, 0.0), np.where(known, u, 0.0) ** 2
    root = np.sqrt((b + v) ** 2 + 4 * s * v)
    with np.errstate(divide="ignore", invalid="ignore"):
        pull = 2 * s / (b + v + root)  # (b0 - b)/v
        b0 = b + v * pull
        rest = np.where(v > b, pull * 2 * v * (s + b) / (v - b + root), s * (b - v + root) / (b + v + root))  # s+b-b0
        found = np.sqrt(2 * b0 * _entropy(rest / b0) + v * pull**2)
    return np.where(known & (b0 > 0), found, np.nan)


def _entropy(x):
    """(1 + x) ln(1 + x) - x for x >= 0, without cancellation where x is small."""
    series = np.zeros_like(x)
    for k in range(11, 1, -1):
        series = series * -x + 1 / (k * (k - 1))
    return np.where(x < _SMALL, series * x**2, (1 + x) * np.log1p(x) - x)
