"""The envelope of background functions: discrete profiling (arXiv:1408.6865), a cross-check of the chosen function."""

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from unsculpt import shapes
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.linear import poisson_linear

PENALTY = 1.0  # in -2 ln L, for each parameter
F_TEST = 0.05  # a family grows while its likelihood ratio has a p-value below
_STEPS = 41  # signals at which the likelihoods are profiled


def envelope(counts, edges, signal, functions, *, penalty=PENALTY, grow_below=F_TEST):
    """Signal found in a spectrum when the choice of the function is a discrete nuisance parameter.

    Every family takes its orders while the likelihood ratio of the next has a p-value below `grow_below`; for each
    signal the envelope is the smallest -2 ln L + penalty x parameters of all functions.

    Parameters
    ----------
    counts : array, shape (B,)
        Spectrum at the luminosity, full range; negative bins count as empty.
    edges : array, shape (B + 1,)
        Bin edges in GeV.
    signal : array, shape (B,)
        Shape of one signal event.
    functions : list of str
        Names of the functions; those of one family need not follow each other.
    penalty, grow_below : float

    Returns
    -------
    dict or None
        functions (those that are in the envelope), function (of its minimum), n_signal (there), low and high (68.3 %,
        where the envelope is one higher), and error_over_function (half the width over that of this function alone).
        None where fewer than one function converges or the interval has no ends.
    """
    counts = np.maximum(np.asarray(counts, float), 0.0)
    with np.errstate(all="ignore"):
        kept = _grow(counts, edges, functions, grow_below)
        fits = {f: _fit(f, edges, counts[None], signal) for f in kept}
        fits = {f: fit for f, fit in fits.items() if fit.converged[0] and fit.covariance[0, 0, 0] > 0}
        if not fits:
            return None
        best = {f: (float(fit.mu[0]), float(np.sqrt(fit.covariance[0, 0, 0]))) for f, fit in fits.items()}
        low, high = min(mu - 4 * e for mu, e in best.values()), max(mu + 4 * e for mu, e in best.values())
        grid = np.unique([*np.linspace(low, high, _STEPS), *(mu for mu, _ in best.values())])
        curves = {f: _profile(f, edges, counts, signal, grid) + penalty * f.parameters for f in best}
    return _summary(grid, curves)


def _grow(counts, edges, functions, threshold):
    """The functions that each family needs: its lowest order, and the next while the likelihood asks for it."""
    known = [shapes.function(name) for name in functions]
    kept = []
    for family in dict.fromkeys(f.family for f in known):
        orders = sorted((f for f in known if f.family == family), key=lambda f: f.order)
        values = [2 * _fit(f, edges, counts[None]).nll[0] for f in orders]
        last = 0
        while last + 1 < len(orders) and _p_value(orders, values, last) < threshold:
            last += 1
        kept += orders[: last + 1]
    return kept


def _p_value(orders, values, i):
    return chi2_distribution.sf(max(values[i] - values[i + 1], 0.0), orders[i + 1].order - orders[i].order)


def _fit(function, edges, counts, signal=None, **options):
    """Fit of a function, and of a signal where one is given, to spectra of shape (T, B)."""
    fit = poisson_glm if function.log_linear else poisson_linear
    widths = shapes.relative_widths(edges)
    return fit(counts, function.basis(edges), signal, exposure=widths, **options)


def _profile(function, edges, counts, signal, grid):
    """-2 ln L for each signal of the grid, infinite where the fit fails."""
    spectra = np.tile(counts, (len(grid), 1))
    fit = _fit(function, edges, spectra, signal, mu_start=grid, fit_mu=False)
    return np.where(fit.converged & np.isfinite(fit.nll), 2 * fit.nll, np.inf)


def _summary(grid, curves):
    """Minimum and interval of the envelope."""
    functions, values = list(curves), np.array(list(curves.values()))
    lowest = values.min(0)
    at = int(np.argmin(lowest))
    chosen = functions[int(np.argmin(values[:, at]))]
    ends, own = _interval(grid, lowest), _interval(grid, curves[chosen])
    if ends is None or own is None or not own[1] > own[0]:
        return None
    return {
        "functions": [f.name for f in functions],
        "function": chosen.name,
        "n_signal": float(grid[at]),
        "low": ends[0],
        "high": ends[1],
        "error_over_function": (ends[1] - ends[0]) / (own[1] - own[0]),
    }


def _interval(grid, values):
    """First and last crossing of minimum + 1, by interpolation; None where it lies outside the grid."""
    level = values.min() + 1
    below = np.flatnonzero(values <= level)
    if not len(below) or below[0] == 0 or below[-1] == len(grid) - 1:
        return None
    ends = []
    for inner, outer in ((below[0], below[0] - 1), (below[-1], below[-1] + 1)):
        reached = np.isfinite(values[outer])  # a signal so negative that no expectation is left ends the likelihood
        crossing = np.interp(level, values[[inner, outer]], grid[[inner, outer]]) if reached else grid[inner]
        ends.append(float(crossing))
    return tuple(ends)
