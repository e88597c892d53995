"""Spurious signal: the signal that a fit finds in a spectrum that has none, and the functions that keep it small.

The criteria are those of ATLAS H->yy measurements (arXiv:1802.04146; in detail, with the relaxed form, in the thesis of
G. Merz, github.com/GarrettMerz/thesis, sections/sigbkgparam.tex): the fitted signal of largest magnitude for masses
121-129 GeV must be below 10 % of the expected signal or 20 % of the statistical error of the signal in data.
"""

from dataclasses import asdict, dataclass

import numpy as np

from unsculpt import shapes
from unsculpt.files import finite
from unsculpt.fits import weights
from unsculpt.fits.envelope import envelope
from unsculpt.fits.goodness import goodness
from unsculpt.fits.settings import FORGIVEN_ERRORS, PUBLISHED
from unsculpt.fits.signal import signal_shape
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.linear import poisson_linear


@dataclass(frozen=True)
class SpuriousSignal:
    """Largest fitted signal over the masses tried, in events at the luminosity.

    n_sp : fitted signal of largest magnitude, with its sign.
    mass : signal mass where it was found, GeV.
    over_expected, over_error : its magnitude over the expected signal, and over the error of a signal fitted to data.
    template_error : error of n_sp from the statistics of the template.
    passes : the criterion is met, below 10 % of the expected signal or 20 % of the error.
    error : statistical error of a signal fitted to data at the luminosity, events.
    zeta : n_sp moved towards zero by two template errors, at most to zero.
    passes_relaxed : the same criteria for zeta.
    p_value : Pearson, of the background alone in the whole range of the template (bins merged); None without freedom.
    """

    n_sp: float
    mass: float
    over_expected: float
    over_error: float
    template_error: float
    passes: bool
    error: float = np.nan
    zeta: float = np.nan
    passes_relaxed: bool = False
    p_value: float | None = None


def spurious_signal(
    sumw,
    sumw2,
    edges,
    signal_shape,
    *,
    function,
    expected_signal,
    criteria=PUBLISHED,
):
    """Fit signal plus background to a background-only template for several signal masses.

    Parameters
    ----------
    sumw, sumw2 : arrays, shape (B,)
        Background template at the luminosity, full range, and its squared weights.
    edges : array, shape (B + 1,)
        Bin edges in GeV.
    signal_shape : callable
        Mass in GeV -> expected signal per bin, shape (B,), normalised to one event.
    function : str, int or shapes.Function
        The background function, as in `shapes.function`.
    expected_signal : float
        Expected signal events.
    criteria : settings.SpuriousCriteria, optional
        Signal masses, and which spurious signal passes.

    Returns
    -------
    SpuriousSignal or None
        None where the template is empty or a fit does not converge.
    """
    sumw, sumw2 = np.asarray(sumw, float), np.asarray(sumw2, float)
    if not (np.isfinite(sumw).all() and np.isfinite(sumw2).all() and sumw.sum() > 0 and sumw2.sum() > 0):
        return None
    counts, found = np.maximum(sumw, 0.0), weights.measure(sumw, sumw2, edges, np.ones(len(sumw), bool))
    function, masses = shapes.function(function), criteria.masses_gev
    signals = np.array([signal_shape(mass) for mass in masses], float)
    with np.errstate(all="ignore"):
        fit = _regression(function, edges)(np.tile(counts, (len(masses), 1)), signals)
        errors = np.sqrt(fit.covariance[:, 0, 0])
        p_value = _p_value(counts / found.kappa, function, edges, found)
    if not (fit.converged.all() and np.isfinite(fit.mu).all() and np.isfinite(errors).all() and (errors > 0).all()):
        return None
    worst = int(np.argmax(np.abs(fit.mu)))
    n_sp, error = float(fit.mu[worst]), float(errors[worst])
    variance = _template_variance(fit, worst, counts, signals, function, edges, found)
    template_error = float(np.sqrt(found.kappa * variance))
    zeta = float(np.sign(n_sp) * max(abs(n_sp) - FORGIVEN_ERRORS * template_error, 0.0)) + 0.0  # never -0

    relative = {"expected_signal": expected_signal, "error": error}
    return SpuriousSignal(
        n_sp,
        float(masses[worst]),
        abs(n_sp) / expected_signal if expected_signal > 0 else np.inf,
        abs(n_sp) / error,
        template_error,
        criteria.passes(n_sp, **relative),
        error,
        zeta,
        criteria.passes(zeta, **relative),
        p_value,
    )


def _regression(function, edges):
    """The Poisson regression of a function in the full range, as a function of counts and signal."""
    fit = poisson_glm if function.log_linear else poisson_linear
    basis, widths = function.basis(edges), shapes.relative_widths(edges)
    return lambda counts, signal=None, **options: fit(counts, basis, signal, exposure=widths, **options)


def _template_variance(fit, row, counts, signals, function, edges, found):
    """Variance of the signal of one of the fits, for effective events of these weights (as `problem.covariance`)."""
    if found.equal:
        return fit.covariance[row, 0, 0]
    total = fit.expected[row]
    background = _derivatives(total - fit.mu[row] * signals[row], function, edges)
    columns = np.column_stack([signals[row], background])
    filled = counts > 0  # the others have no information, and their expectation may be zero
    slopes = (columns @ fit.covariance[row, 0])[filled] / total[filled]
    return found.stretch**2 * (found.scale[filled] * counts[filled] * slopes**2).sum()


def _derivatives(expected, function, edges):
    """Derivatives of the background in each bin by the parameters of the function, shape (B, P)."""
    factor = expected if function.log_linear else shapes.relative_widths(edges)
    return factor[:, None] * function.basis(edges)


def _p_value(counts, function, edges, found):
    """Pearson's p-value of the function alone in the full range of effective events."""
    expected = _regression(function, edges)(counts).expected[0]
    if not (np.isfinite(expected).all() and (expected > 0).all()):
        return None
    columns = None if found.equal else _derivatives(expected, function, edges)
    variance = {"scale": found.scale, "columns": columns}
    return goodness(counts, expected, np.ones(len(counts), bool), function.parameters, **variance)["p_value"]


def study(background, signal, fit, *, criteria, others=True):
    """Spurious signal of the function of a sideband fit, and of others, as JSON.

    Parameters
    ----------
    background, signal : objects with arrays sumw, sumw2 of shape (B,)
        Background template and signal that pass the selection, at the luminosity, full range.
    fit : results.SidebandFit
        Of the background template; its function is the one that is quoted.
    criteria : settings.SpuriousCriteria
    others : bool
        False leaves out the other functions, and what is found by comparing with them: `functions`, `chosen`,
        `chosen_relaxed` and `envelope`.

    Returns
    -------
    dict or None
        docs/fits.md; None without a sideband fit, without signal, or where the fit of the quoted function fails.
    """
    edges, expected = fit.axis.edges, float(np.sum(signal.sumw))
    shape, kind, peak = signal_shape(signal.sumw, signal.sumw2, edges)
    if not fit.fitted or shape is None:
        return None
    names = [fit.function, *(name for name in criteria.functions if others and name != fit.function)]
    names.sort(key=lambda name: (shapes.function(name).parameters, list(shapes.FUNCTIONS).index(name)))
    template = background.sumw, background.sumw2, edges, lambda mass: shape.moved(mass).bins(edges)
    options = {"expected_signal": expected, "criteria": criteria}
    rows = {name: _row(name, spurious_signal(*template, function=name, **options)) for name in names}
    if rows[fit.function]["n_sp"] is None:
        return None
    found = {
        **rows[fit.function],
        "expected_signal": expected,
        "signal_shape": {
            "kind": kind,
            "mean_gev": finite(shape.mean),
            "at_bound": {name: bound for name, (bound, _, _) in peak.at_bound.items()} if peak else {},
            "remarks": peak.remarks if peak else [],
        },
    }
    if not others:
        return found
    return found | {
        "functions": list(rows.values()),
        "chosen": _fewest(rows.values(), "passes", criteria.min_p_value),
        "chosen_relaxed": _fewest(rows.values(), "passes_relaxed", criteria.min_p_value),
        "envelope": envelope(background.sumw, edges, shape.bins(edges), names),
    }


def _row(name, result):
    """One function of the table."""
    row = {"function": name, "parameters": shapes.function(name).parameters}
    keys = ("n_sp", "error", "template_error", "zeta", "p_value")
    values = dict.fromkeys(keys) if result is None else {key: asdict(result)[key] for key in keys}
    sign = 1.0 if result is None or result.n_sp >= 0 else -1.0
    return {
        **row,
        **{key: None if value is None else finite(value) for key, value in values.items()},
        "n_sp_over_error": None if result is None else finite(sign * result.over_error),
        "n_sp_over_expected": None if result is None else finite(sign * result.over_expected),
        "mass_gev": None if result is None else result.mass,
        "passes": result is not None and result.passes,
        "passes_relaxed": result is not None and result.passes_relaxed,
    }


def _fewest(rows, criterion, min_p_value):
    """Of the functions that pass and describe the template, the one with fewest parameters and smallest n_sp."""
    passing = [row for row in rows if row[criterion] and (row["p_value"] is None or row["p_value"] >= min_p_value)]
    best = min(passing, key=lambda row: (row["parameters"], abs(row["n_sp"])), default=None)
    return best and best["function"]
