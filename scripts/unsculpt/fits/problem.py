"""A spectrum to be fitted, what the engines find in it, and why it may not be fitted at all."""

from dataclasses import dataclass

import numpy as np

from unsculpt import shapes
from unsculpt.axes import Axis
from unsculpt.fits.goodness import goodness
from unsculpt.fits.results import Value
from unsculpt.likelihood import loglinear
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.models import COEFFICIENTS, Estimate, fit_sidebands, prior

_LARGEST_CONDITION = 1e12


@dataclass(frozen=True)
class Problem:
    """A spectrum in effective events: counts (B,), with what belongs to the bins of its axis.

    kappa : weight of an effective event.
    slope_prior : (value, error) of a constraint on the slope, 1/GeV, or None.
    """

    axis: Axis
    counts: np.ndarray
    kappa: float
    slope_prior: tuple | None = None

    @property
    def side(self):
        """The bins that are fitted."""
        return ~self.axis.in_window

    @property
    def edges(self):
        """Bin edges in GeV, shape (B + 1,)."""
        return self.axis.edges


def unusable(sumw, sumw2, side, blinded):
    """Why the numbers themselves cannot be fitted, or an empty text."""
    looked_at = side if blinded else np.ones_like(side)
    if not (np.isfinite(sumw[looked_at]).all() and np.isfinite(sumw2[looked_at]).all()):
        return "a bin of the spectrum is not finite"
    if (sumw2[looked_at] < 0).any() or (sumw[looked_at] < -3 * np.sqrt(np.abs(sumw2[looked_at]))).any():
        return "a bin of the spectrum is negative by more than three of its errors"
    if not sumw[side].sum() > 0 or not sumw2[side].sum() > 0:
        return "the sidebands are empty"
    return ""


def too_little(problem, function, min_sideband_events):
    """Why there is too little to fit, or an empty text; a borrowed slope leaves only the normalisation to be found."""
    counts, side = problem.counts, problem.side
    total, filled = counts[side].sum(), int((counts[side] > 0).sum())
    if problem.slope_prior is not None:
        least = 1
        return "" if total >= least else f"the sidebands hold {total:.3g} effective events, fewer than {least}"
    low, high = (counts[bins].sum() for bins in problem.axis.sidebands)
    if total < min_sideband_events:
        return f"the sidebands hold {total:.3g} effective events, fewer than {min_sideband_events:g}"
    if min(low, high) < 1:
        return f"the sidebands hold {low:.3g} effective events below the window and {high:.3g} above; each needs one"
    if filled < function.order + 2:
        return (
            f"{filled} bins of the sidebands hold events, fewer than the {function.order + 2} that "
            f"order {function.order} needs"
        )
    return ""


def unsound(problem, function, estimate, other=None):
    """Why an estimate cannot be trusted, or an empty text; `other` is that of another engine, to be compared with."""
    if estimate is None:
        return "the fit did not converge"
    if (np.abs(estimate.beta[1:]) >= 0.999 * loglinear.BOUND).any():
        return "a coefficient of the fit is at its bound"
    if not np.isfinite(estimate.covariance).all() or not np.linalg.cond(estimate.covariance) < _LARGEST_CONDITION:
        return "the information of the fit is singular"
    found = numbers(problem, function, estimate)["window_yield"]
    if not (np.isfinite(found.value) and np.isfinite(found.error) and found.error > 0):
        return "the error of the extrapolated yield is not finite"
    check = found if other is None else numbers(problem, function, other)["window_yield"]
    if abs(found.value - check.value) > 0.05 * check.error:
        return f"the two engines disagree on the extrapolated yield, {found.value:.6g} and {check.value:.6g}"
    return ""


def estimate_glm(problem, function):
    """Estimate by the GLM; None if it did not converge."""
    basis, widths, side = function.basis(problem.edges), shapes.relative_widths(problem.edges), problem.side
    constraint = prior(problem.slope_prior, problem.edges, function)
    fit = poisson_glm(problem.counts[side], basis[side], exposure=widths[side], prior=constraint)
    return Estimate(fit.beta[0], fit.covariance[0]) if fit.converged[0] else None


def estimate_pyhf(problem, function):
    """Estimate by pyhf and minuit."""
    return fit_sidebands(problem.counts, problem.axis, function, problem.slope_prior)


def curve(problem, function, estimate):
    """Expected effective events in each bin and their errors, both shape (B,)."""
    basis, expected = function.basis(problem.edges), function.expected(estimate.beta, problem.edges)
    return expected, expected * np.sqrt(np.einsum("bp,pq,bq->b", basis, estimate.covariance, basis))


def numbers(problem, function, estimate):
    """Yield in the window (delta method, full covariance), slope, and goodness of fit."""
    inside, expected = ~problem.side, function.expected(estimate.beta, problem.edges)
    jacobian, slope = expected[inside] @ function.basis(problem.edges)[inside], function.slope(problem.edges)
    error, slope_error = (float(np.sqrt(row @ estimate.covariance @ row)) for row in (jacobian, slope))
    free = function.parameters - (problem.slope_prior is not None)
    return {
        "window_yield": Value(float(problem.kappa * expected[inside].sum()), problem.kappa * error),
        "slope": Value(float(slope @ estimate.beta), slope_error),
        **goodness(problem.counts, expected, problem.side, free),
    }


def parameters(problem, estimate):
    """Name -> Value: N (events in the full range were the function flat), and the coefficients."""
    errors = np.sqrt(np.diagonal(estimate.covariance))
    flat = float(problem.kappa * len(problem.counts) * np.exp(estimate.beta[0]))
    values = {"N": Value(flat, float(flat * errors[0]))}
    coefficients = zip(COEFFICIENTS, estimate.beta[1:], errors[1:], strict=False)
    return values | {name: Value(float(value), float(error)) for name, value, error in coefficients}
