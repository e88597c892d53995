"""The sideband fit: guards, choice of the order, goodness of fit, extrapolation into the window."""

from dataclasses import dataclass

import numpy as np
import pyhf
from scipy.stats import chi2 as chi2_distribution

from unsculpt import shapes
from unsculpt.fits.goodness import goodness
from unsculpt.fits.results import FITTED, NOT_FITTED, SidebandFit, Value, actual_window, pair
from unsculpt.likelihood import loglinear
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.models import COEFFICIENTS, Estimate, fit_sidebands

_LARGEST_CONDITION = 1e12
_ENGINES = {"pyhf": "pyhf loglinear, minuit", "glm": "poisson_glm"}


@dataclass(frozen=True)
class _Problem:
    """A spectrum in effective events: counts and sidebands (B,), with what belongs to the bins."""

    edges: np.ndarray
    window: tuple
    counts: np.ndarray
    kappa: float

    @property
    def side(self):
        return ~shapes.inside(self.edges, self.window)


def fit_spectrum(
    sumw,
    sumw2,
    edges,
    window,
    *,
    max_order,
    order_p_value,
    min_sideband_events,
    order=None,
    blinded=False,
    engine="pyhf",
):
    """Fit the sidebands with the exponential of a polynomial and extrapolate into the window.

    A weighted spectrum is fitted in effective events, sum w / kappa with kappa = sum w^2 / sum w of the sidebands, and
    the yields are scaled back: a scaled Poisson likelihood (arXiv:1309.1287). Bins that negative weights push below
    zero, by at most three errors, count as empty. The order rises from one while the likelihood ratio of the next order
    has a p-value below `order_p_value`. Bins belong to the window when their centres do.

    Parameters
    ----------
    sumw, sumw2 : arrays, shape (B,)
        Sum of weights and of squared weights in each bin, full range; counts twice for unweighted events.
    edges, window : array, shape (B + 1,), and pair
        Bin edges and signal window in GeV.
    max_order : int
        Highest order tried, 1 to 3.
    order_p_value : float
        Threshold of the likelihood ratio.
    min_sideband_events : float
        Fewer effective events in the sidebands are not fitted.
    order : int, optional
        Fix the order instead of choosing it.
    blinded : bool
        The window holds no events: it is not looked at, and the fit has no `window_simulated` and no pull.
    engine : "pyhf" or "glm"
        What makes the quoted numbers; the GLM is always run, for the order, starting values and the cross-check.

    Returns
    -------
    SidebandFit
        Degenerate spectra (empty, one-sided, negative, not finite) have status "not_fitted" and a reason.
    """
    sumw, sumw2, edges = (np.array(v, float) for v in (sumw, sumw2, edges))
    inside = shapes.inside(edges, window)
    if blinded:
        sumw[inside], sumw2[inside] = np.nan, np.nan
    base = {"edges": edges, "window": actual_window(edges, window), "sumw": sumw, "sumw2": sumw2}
    reason = _unusable(sumw, sumw2, ~inside, blinded)
    if reason:
        return SidebandFit(NOT_FITTED, reason, **base)
    kappa = float(sumw2[~inside].sum() / sumw[~inside].sum())
    problem = _Problem(edges, window, np.nan_to_num(np.maximum(sumw / kappa, 0.0)), kappa)
    base |= {"kappa": kappa, "sideband_events": float(problem.counts[~inside].sum())}
    base["window_simulated"] = None if blinded else Value(float(sumw[inside].sum()), float(sumw2[inside].sum() ** 0.5))
    reason = _too_little(problem, order or 1, min_sideband_events)
    if reason:
        return SidebandFit(NOT_FITTED, reason, **base)
    with np.errstate(all="ignore"):
        return _fit(problem, base, max_order, order_p_value, order, engine)


def _fit(problem, base, max_order, order_p_value, order, engine):
    """The fit of a spectrum that passed the guards."""
    filled = int((problem.counts[problem.side] > 0).sum())
    tried = [k for k in range(1, max(max_order, order or 1) + 1) if filled >= k + 2]
    estimates = {k: _estimate_glm(problem, k) for k in tried}
    steps, best_order = _choose(problem, estimates, order_p_value)
    chosen = order or best_order
    fast = estimates[chosen]
    reason = _unsound(problem, fast)
    if reason:
        return SidebandFit(NOT_FITTED, reason, **base)
    try:
        estimates[chosen] = fast if engine == "glm" else _estimate_pyhf(problem, chosen)
    except pyhf.exceptions.FailedMinimization:
        return SidebandFit(NOT_FITTED, "the fit did not converge", **base)
    reason = _unsound(problem, estimates[chosen], fast)
    if reason:
        return SidebandFit(NOT_FITTED, reason, **base)
    choice = {"p_value": next(reversed(steps.values()), None), "p_values": steps, "chosen": chosen}
    return _result(problem, base, estimates, chosen, order_choice=choice, engine=_ENGINES[engine], fast=fast)


def _result(problem, base, estimates, chosen, *, order_choice, engine, fast):
    """The record of the chosen order, with the table of all orders and the cross-check by the GLM."""
    table = {k: _numbers(problem, estimate) for k, estimate in estimates.items() if estimate}
    numbers, check = table[chosen], _numbers(problem, fast)
    expected, error = _curve(problem, estimates[chosen])
    simulated = base["window_simulated"]
    return SidebandFit(
        status=FITTED,
        reason="",
        order=chosen,
        function=shapes.function_name(chosen),
        **{key: numbers[key] for key in ("chi2", "ndf", "p_value", "slope", "window_yield")},
        parameters=_parameters(problem, estimates[chosen]),
        pull=None if simulated is None else _pull(simulated, numbers["window_yield"]),
        expected=problem.kappa * expected,
        expected_error=problem.kappa * error,
        orders={str(k): _row(row, k) for k, row in table.items()},
        order_choice=order_choice,
        engine=engine,
        cross_check={"engine": _ENGINES["glm"], **{key: pair(check[key]) for key in ("window_yield", "slope")}},
        **base,
    )


def _unusable(sumw, sumw2, side, blinded):
    """Why the numbers themselves cannot be fitted, or an empty text."""
    looked_at = side if blinded else np.ones_like(side)
    if not (np.isfinite(sumw[looked_at]).all() and np.isfinite(sumw2[looked_at]).all()):
        return "a bin of the spectrum is not finite"
    if (sumw2[looked_at] < 0).any() or (sumw[looked_at] < -3 * np.sqrt(np.abs(sumw2[looked_at]))).any():
        return "a bin of the spectrum is negative by more than three of its errors"
    if not sumw[side].sum() > 0 or not sumw2[side].sum() > 0:
        return "the sidebands are empty"
    return ""


def _too_little(problem, order, min_sideband_events):
    """Why there is too little to fit, or an empty text."""
    counts, side = problem.counts, problem.side
    total, filled = counts[side].sum(), int((counts[side] > 0).sum())
    first = int(np.argmin(side)) if not side.all() else 0
    low, high = counts[:first][side[:first]].sum(), counts[first:][side[first:]].sum()
    if total < min_sideband_events:
        return f"the sidebands hold {total:.3g} effective events, fewer than {min_sideband_events:g}"
    if min(low, high) < 1:
        return f"the sidebands hold {low:.3g} effective events below the window and {high:.3g} above; each needs one"
    if filled < order + 2:
        return f"{filled} bins of the sidebands hold events, fewer than the {order + 2} that order {order} needs"
    return ""


def _unsound(problem, estimate, other=None):
    """Why an estimate cannot be trusted, or an empty text; `other` is that of another engine, to be compared with."""
    if estimate is None:
        return "the fit did not converge"
    if (np.abs(estimate.beta[1:]) >= 0.999 * loglinear.BOUND).any():
        return "a coefficient of the fit is at its bound"
    if not np.linalg.cond(estimate.covariance) < _LARGEST_CONDITION:
        return "the information of the fit is singular"
    found = _numbers(problem, estimate)["window_yield"]
    if not (np.isfinite(found.value) and np.isfinite(found.error) and found.error > 0):
        return "the error of the extrapolated yield is not finite"
    check = found if other is None else _numbers(problem, other)["window_yield"]
    if abs(found.value - check.value) > 0.05 * check.error:
        return f"the two engines disagree on the extrapolated yield, {found.value:.6g} and {check.value:.6g}"
    return ""


def _design(problem, order):
    """Basis (B, order + 1) and relative bin widths (B,)."""
    return shapes.basis(problem.edges, order), shapes.relative_widths(problem.edges)


def _estimate_glm(problem, order):
    """Estimate by the GLM; None if it did not converge."""
    basis, widths = _design(problem, order)
    side = problem.side
    fit = poisson_glm(problem.counts[side], basis[side], exposure=widths[side])
    return Estimate(fit.beta[0], fit.covariance[0]) if fit.converged[0] else None


def _estimate_pyhf(problem, order):
    return fit_sidebands(problem.counts, problem.edges, problem.window, order)


def _curve(problem, estimate):
    """Expected effective events in each bin and their errors, both shape (B,)."""
    basis, widths = _design(problem, len(estimate.beta) - 1)
    expected = widths * np.exp(basis @ estimate.beta)
    return expected, expected * np.sqrt(np.einsum("bp,pq,bq->b", basis, estimate.covariance, basis))


def _numbers(problem, estimate):
    """Yield in the window (delta method, full covariance), slope, and goodness of fit."""
    basis, _ = _design(problem, len(estimate.beta) - 1)
    inside = ~problem.side
    expected, _ = _curve(problem, estimate)
    jacobian = expected[inside] @ basis[inside]
    error = np.sqrt(jacobian @ estimate.covariance @ jacobian)
    half = shapes.half_range(problem.edges)
    return {
        "window_yield": Value(float(problem.kappa * expected[inside].sum()), float(problem.kappa * error)),
        "slope": Value(float(estimate.beta[1] / half), float(np.sqrt(estimate.covariance[1, 1]) / half)),
        **goodness(problem.counts, expected, problem.side, len(estimate.beta)),
    }


def _choose(problem, estimates, threshold):
    """p-values of the likelihood ratio of each order against the one below, and the order they choose."""
    steps, chosen = {}, 1
    for k in sorted(estimates)[1:]:
        if not (estimates[k] and estimates[k - 1]):
            break
        below, above = (_numbers(problem, estimates[order])["deviance"] for order in (k - 1, k))
        steps[str(k)] = float(chi2_distribution.sf(max(below - above, 0.0), 1))
        if steps[str(k)] >= threshold:
            break
        chosen = k
    return steps, chosen


def _row(numbers, order):
    """One entry of the table of orders."""
    row = {"function": shapes.function_name(order), **numbers}
    return row | {key: pair(numbers[key]) for key in ("window_yield", "slope")}


def _parameters(problem, estimate):
    errors = np.sqrt(np.diagonal(estimate.covariance))
    flat = float(problem.kappa * len(problem.counts) * np.exp(estimate.beta[0]))
    values = {"N": Value(flat, float(flat * errors[0]))}
    coefficients = zip(COEFFICIENTS, estimate.beta[1:], errors[1:], strict=False)
    return values | {name: Value(float(value), float(error)) for name, value, error in coefficients}


def _pull(actual, extrapolated):
    return (actual.value - extrapolated.value) / float(np.hypot(actual.error, extrapolated.error))


def sideband_yields(counts, edges, window, *, order):
    """Extrapolated window yields of many spectra at once, by the GLM and without guards.

    Parameters
    ----------
    counts : array, shape (T, B)
        Counts or effective events over the full range, finite and not negative; the window is not looked at.
    edges, window, order
        As in `fit_spectrum`.

    Returns
    -------
    value, error : arrays, shape (T,)
        Events in the window.
    converged : bool array, shape (T,)
    """
    basis, widths, inside = shapes.basis(edges, order), shapes.relative_widths(edges), shapes.inside(edges, window)
    fit = poisson_glm(np.atleast_2d(counts)[:, ~inside], basis[~inside], exposure=widths[~inside])
    expected = widths[inside] * np.exp(np.clip(fit.beta @ basis[inside].T, -700, 80))
    jacobian = expected @ basis[inside]
    error = np.sqrt(np.maximum(np.einsum("tp,tpq,tq->t", jacobian, fit.covariance, jacobian), 0.0))
    return expected.sum(1), error, fit.converged


def fit_asimov(expected, edges, window, *, order):
    """What a sideband fit of data would give if the data were as expected: the window yield and its error.

    The error is that of data statistics at the luminosity of `expected` (Fisher information of the sidebands), not that
    of the simulation behind it.

    Parameters
    ----------
    expected : array, shape (B,)
        Expected background per bin, finite and not negative; the curve of a fit.
    edges, window, order
        As in `fit_spectrum`.

    Returns
    -------
    Value
        Events in the window; the error is infinite when the sidebands cannot determine the fit.
    """
    counts = np.maximum(np.asarray(expected, float), 0.0)
    inside, middle = shapes.inside(edges, window), shapes.centres(edges)
    empty = [not counts[~inside & half].sum() > 0 for half in (middle < window[0], middle > window[1])]
    if any(empty):
        return Value(float(counts[inside].sum()), np.inf)
    with np.errstate(all="ignore"):
        value, error, converged = sideband_yields(counts, edges, window, order=order)
    sound = converged[0] and np.isfinite(error[0]) and error[0] > 0
    return Value(float(value[0]), float(error[0])) if sound else Value(float(counts[inside].sum()), np.inf)
