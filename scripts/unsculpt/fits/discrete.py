"""The window yield of data when nobody knows the function: discrete profiling (arXiv:1408.6865) of sideband fits.

A likelihood ratio among two functions keeps the simpler one far too often, and the error of the chosen function knows
nothing of the choice. Here the function is a parameter that takes a few values: each function has its profile
likelihood of the yield, more parameters are penalised, and the interval ends where the lowest of all curves has risen
by one.
"""

from dataclasses import dataclass, replace

import numpy as np

from unsculpt import shapes
from unsculpt.fits import weights
from unsculpt.fits.intervals import LEVEL, Extrapolation, ends
from unsculpt.fits.settings import CHOSEN, ENVELOPE
from unsculpt.likelihood.loglinear import BOUND

_FARTHEST = 3.0  # largest relative error of a yield whose profile has no ends
_NEAR = 1e-3  # standard deviations: closer to its best yield a function is not followed


@dataclass(frozen=True)
class Candidate:
    """A function of the family.

    name, known : of the function, and how it is extrapolated.
    rise : what counts against it before data are seen: penalty of its parameters, and how badly it describes a control
        spectrum; in -2 ln L.
    """

    name: str
    known: Extrapolation
    rise: float


@dataclass(frozen=True)
class Envelope:
    """Intervals of the window yield of T spectra.

    low, high : (T,) events, where the lowest of the penalised curves of -2 ln L has risen by one.
    value, chosen : (T,) the yield at its minimum, and the index of the function that has it.
    error : (T,) error of the yield for this function alone.
    within : (T, F) bool, functions that come within one of the minimum.
    """

    low: np.ndarray
    high: np.ndarray
    value: np.ndarray
    chosen: np.ndarray
    error: np.ndarray
    within: np.ndarray


def candidates(axis, settings, side=None, control=None):
    """The functions that are profiled.

    Parameters
    ----------
    axis : axes.Axis
        Of the mass, with a window.
    settings : settings.IntervalSettings
        functions and penalty.
    side : bool array, shape (B,), optional
        The bins that are fitted; all outside the window by default.
    control : array, shape (B,), optional
        A spectrum of effective events whose sidebands have the same shape: each function is fitted to both together.
        The likelihood of the control spectrum is taken as Gaussian in the coefficients.

    Returns
    -------
    list of Candidate
        Without those that the control spectrum cannot determine.
    """
    found = []
    for name in settings.functions:
        function = shapes.function(name)
        known, rise = Extrapolation.of(axis, function, side=side), settings.penalty * function.parameters
        if control is not None:
            known, misfit = _constrained(known, control)
            if known is None:
                continue
            rise += misfit
        found.append(Candidate(function.name, known, rise))
    return found


def _constrained(known, control):
    """The extrapolation whose shape a control spectrum constrains, and -2 ln L of that; None where it has no fit.

    New coefficients z are independent: the old ones are their best values plus the root of the covariance times z.
    """
    fit = replace(known, side=~known.inside).fit(np.maximum(control, 0.0)[None])
    if not (fit.converged[0] and np.isfinite(fit.covariance).all()):
        return None, None
    try:
        root = np.linalg.cholesky(fit.covariance[0][1:, 1:])
    except np.linalg.LinAlgError:
        return None, None
    columns = known.basis[:, 1:]
    basis = np.column_stack([known.basis[:, 0], columns @ root])
    exposure = known.exposure * np.exp(columns @ fit.beta[0][1:])
    precision = np.array([0.0, *np.ones(root.shape[1])])
    constraint = np.zeros(len(precision)), precision
    return replace(known, basis=basis, exposure=exposure, constraint=constraint), 2 * float(fit.nll[0])


def envelope_interval(counts, family):
    """Intervals of the window yield of many spectra.

    Parameters
    ----------
    counts : array, shape (T, B)
        Counts over the full range; the window is not looked at.
    family : list of Candidate

    Returns
    -------
    Envelope
        NaN where no function can be fitted.
    """
    counts = np.atleast_2d(np.asarray(counts, float))
    with np.errstate(all="ignore"):
        return _envelope(counts, family)


def _envelope(counts, family):
    fits = [candidate.known.fit(counts) for candidate in family]
    usable = np.array([_sound(counts, c.known, fit) for c, fit in zip(family, fits, strict=True)])  # (F, T)
    value = np.where(usable, [2 * fit.nll + c.rise for c, fit in zip(family, fits, strict=True)], np.inf)
    lowest, chosen = value.min(0), value.argmin(0)
    reach = np.sqrt(np.maximum(1 - (value - lowest), 0.0)) * np.isfinite(value)
    pairs = [candidate.known.yields(fit) for candidate, fit in zip(family, fits, strict=True)]
    best, relative = np.array(pairs).transpose(1, 0, 2)
    low, high = np.full(reach.shape, np.inf), np.full(reach.shape, -np.inf)
    for i, (candidate, fit) in enumerate(zip(family, fits, strict=True)):
        rows = np.flatnonzero(reach[i] > 0)
        distance = np.maximum(reach[i, rows], _NEAR)
        part = replace(fit, beta=fit.beta[rows], nll=fit.nll[rows], covariance=fit.covariance[rows])
        found = ends(candidate.known, counts[rows], part, distance)
        width = np.minimum(relative[i, rows], _FARTHEST) * distance  # where the profile has no ends
        gauss = best[i, rows] * np.exp(-width), best[i, rows] * np.exp(width)
        low[i, rows], high[i, rows] = (np.where(np.isfinite(a), a, b) for a, b in zip(found, gauss, strict=True))
    here, none = (chosen, np.arange(len(chosen))), ~usable.any(0)
    low, high, middle, error = (
        np.where(none, np.nan, v) for v in (low.min(0), high.max(0), best[here], (best * relative)[here])
    )
    return Envelope(low, high, middle, chosen, error, (reach > 0).T)


def _sound(counts, known, fit):
    """Which spectra a function can be fitted to: more bins with events than parameters, and a finite error."""
    filled, terms = (counts[:, known.side] > 0).sum(1), known.basis.shape[1]
    free = terms if known.constraint is None else 1
    relative = known.yields(fit)[1]
    sound = fit.converged & np.isfinite(relative) & (relative > 0)
    return sound & (filled > free) & (np.abs(fit.beta[:, 1:]) < BOUND).all(1)


def intervals(counts, axis, settings, *, template=None, borrowed=False, side=None):
    """Intervals of the window yield of many spectra of data, with what a template of their background adds.

    Parameters
    ----------
    counts : array, shape (T, B)
        Counts over the full range; the window is not looked at.
    axis : axes.Axis
        Of the mass, with a window.
    settings : settings.IntervalSettings
    template : pair of arrays, shape (B,), optional
        Sum of weights and of squared weights of the expected background, full range.
    borrowed : bool
        The data are too few for a shape: the sidebands of the template have the same.
    side : bool array, shape (B,), optional
        The bins that are fitted; all outside the window by default.

    Returns
    -------
    Envelope, pair of arrays (T,), list of Candidate
        The envelope of the data; by how much the template moves its lower and its upper end outwards; the functions.
        The envelope is None where no function is left.
    """
    counts, control = np.atleast_2d(np.asarray(counts, float)), None
    if borrowed and template is not None:
        control = np.maximum(template[0], 0.0) / weights.measure(*template, axis.edges, ~axis.in_window).kappa
    family = candidates(axis, settings, side, control)
    if not family:
        return None, None, family
    found = envelope_interval(counts, family)
    nothing = np.zeros(len(counts))
    if template is None:
        return found, (nothing, nothing), family
    return found, shortfall(template, axis, family, counts[:, family[0].known.side].sum(1)), family


def shortfall(template, axis, family, events):
    """How far the interval of data as a template expects them falls short of the template's own window.

    The envelope is made for the template scaled to data. Where the window of the template lies closer to one of its
    ends than the error of its best function, or beyond, data will fall outside more often than they should: that end
    misses the rest, less one statistical error of the template.

    Parameters
    ----------
    template : pair of arrays, shape (B,)
        Sum of weights and of squared weights, full range.
    axis : axes.Axis
    family : list of Candidate
    events : float array, shape (T,)
        Events of data in the sidebands.

    Returns
    -------
    low, high : arrays, shape (T,)
        Events by which each end is to be moved outwards; zero where the template has no events.
    """
    sumw, sumw2 = (np.asarray(part, float) for part in template)
    inside, side, events = axis.in_window, family[0].known.side, np.asarray(events, float)
    shape, total = np.maximum(sumw, 0.0), sumw[side].sum()
    if not total > 0:
        return np.zeros(len(events)), np.zeros(len(events))
    sizes, which = np.unique(events, return_inverse=True)
    scale = sizes / total
    found, true = envelope_interval(shape * scale[:, None], family), scale * sumw[inside].sum()
    own = found.error**2 * scale * sumw2[side].sum() / total  # variance of the curve by the statistics of the template
    error = np.sqrt(own + scale**2 * sumw2[inside].sum())
    missing = (found.error - distance - error for distance in (true - found.low, found.high - true))
    return tuple(np.nan_to_num(np.maximum(m, 0.0))[which] for m in missing)


def quoted(fit, settings, template=None):
    """The interval of the window yield that is quoted of a fit to data.

    Parameters
    ----------
    fit : results.SidebandFit
        Of data.
    settings : settings.IntervalSettings
    template : pair of arrays, shape (B,), optional
        Sum of weights and of squared weights of the expected background; where the fit borrowed its slope, that of
        every function is borrowed from here.

    Returns
    -------
    dict or None
        Ready for JSON (docs/fits.md); None without a fit. Of the chosen function alone where `settings` say so, where
        weights are unequal, or where no function of the family can be fitted.
    """
    if not fit.fitted:
        return None
    single = fit.window_yield_interval | {"value": fit.window_yield.value, "function": fit.function}
    single |= {"functions": [fit.function], "template": None}
    if settings.method == CHOSEN or fit.error_events is not None:
        return single
    counts, side = np.nan_to_num(np.maximum(fit.sumw / fit.kappa, 0.0)), ~fit.axis.in_window & ~fit.dead
    options = {"template": template, "borrowed": fit.slope_prior is not None, "side": side}
    found, added, family = intervals(counts, fit.axis, settings, **options)
    if found is None or np.isnan(found.low[0]):
        return single
    below, above = (float(fit.kappa * part[0]) for part in added)
    return {
        "value": float(fit.kappa * found.value[0]),
        "low": max(float(fit.kappa * found.low[0]) - below, 0.0),
        "high": float(fit.kappa * found.high[0]) + above,
        "method": ENVELOPE,
        "level": LEVEL,
        "function": family[int(found.chosen[0])].name,
        "functions": [c.name for c, within in zip(family, found.within[0], strict=True) if within],
        "template": None if template is None else {"low": below, "high": above},
    }
