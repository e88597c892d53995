"""A spectrum to be fitted, what the engines find in it, and why it may not be fitted at all."""

from dataclasses import dataclass

import numpy as np

from unsculpt import shapes
from unsculpt.axes import Axis
from unsculpt.fits.goodness import goodness
from unsculpt.fits.results import Value
from unsculpt.fits.weights import MIN_ERROR_EVENTS, MIN_UNEQUAL_EVENTS, Weights
from unsculpt.likelihood import loglinear
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.models import COEFFICIENTS, Estimate, fit_sidebands, prior

_LARGEST_CONDITION = 1e12


@dataclass(frozen=True)
class Problem:
    """A spectrum in effective events: counts (B,), with what belongs to the bins of its axis.

    weights : of the events behind them.
    dead : (B,) bins of the sidebands that are left out, see `deadbins`.
    slope_prior : (value, error) of a constraint on the slope, 1/GeV, or None.
    """

    axis: Axis
    counts: np.ndarray
    weights: Weights
    dead: np.ndarray
    slope_prior: tuple | None = None

    @property
    def kappa(self):
        """The weight of an effective event."""
        return self.weights.kappa

    @property
    def side(self):
        """The bins that are fitted."""
        return ~self.axis.in_window & ~self.dead

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
    return _too_unequal(problem.weights.error_events, total)


def _too_unequal(error_events, total):
    """Why the weights are too unequal to know the errors, or an empty text."""
    if error_events < MIN_ERROR_EVENTS:
        return (
            f"the errors rest on {error_events:.2g} events, fewer than {MIN_ERROR_EVENTS:g}: a few events of the "
            "sidebands have far larger weights than the others"
        )
    if total < MIN_UNEQUAL_EVENTS and error_events < total:
        return (
            f"the sidebands hold {total:.3g} effective events of very unequal weights, fewer than "
            f"{MIN_UNEQUAL_EVENTS:g}"
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
    return fit_sidebands(problem.counts, problem.axis, function, problem.slope_prior, problem.side)


def covariance(problem, function, estimate):
    """Covariance of the coefficients for the weights as they are, shape (P, P).

    The inverse information I of the likelihood is their covariance for equal weights. Otherwise that of its derivative
    stands between two of it (the "sandwich", arXiv:1911.01303), in which a bin has the variance of its own weights.
    """
    weights, side = problem.weights, problem.side
    if weights.equal:
        return estimate.covariance
    variance = weights.scale[side] * weights.stretch**2 * function.expected(estimate.beta, problem.edges)[side]
    basis, constraint = function.basis(problem.edges)[side], prior(problem.slope_prior, problem.edges, function)
    between = (basis.T * variance) @ basis + (0.0 if constraint is None else np.diag(constraint[1]))
    return estimate.covariance @ between @ estimate.covariance


def stretch(problem, function, estimate, row):
    """Error of `row` times the coefficients over that of equal weights; one for these."""
    if problem.weights.equal:
        return 1.0
    return float(np.sqrt(row @ covariance(problem, function, estimate) @ row / (row @ estimate.covariance @ row)))


def window_row(problem, function, estimate):
    """Derivatives of the yield in the window, in effective events, by the coefficients; shape (P,)."""
    inside = problem.axis.in_window
    return function.expected(estimate.beta, problem.edges)[inside] @ function.basis(problem.edges)[inside]


def curve(problem, function, estimate):
    """Expected effective events in each bin and their errors, both shape (B,)."""
    basis, expected = function.basis(problem.edges), function.expected(estimate.beta, problem.edges)
    matrix = covariance(problem, function, estimate)
    return expected, expected * np.sqrt(np.einsum("bp,pq,bq->b", basis, matrix, basis))


def numbers(problem, function, estimate):
    """Yield in the window (delta method, full covariance), slope, and goodness of fit."""
    inside, expected = problem.axis.in_window, function.expected(estimate.beta, problem.edges)
    jacobian, slope = window_row(problem, function, estimate), function.slope(problem.edges)
    matrix = covariance(problem, function, estimate)
    error, slope_error = (float(np.sqrt(row @ matrix @ row)) for row in (jacobian, slope))
    free = function.parameters - (problem.slope_prior is not None)
    columns = None if problem.weights.equal else expected[:, None] * function.basis(problem.edges)[:, :free]
    variance = {"scale": problem.weights.scale, "columns": columns}
    return {
        "window_yield": Value(float(problem.kappa * expected[inside].sum()), problem.kappa * error),
        "slope": Value(float(slope @ estimate.beta), slope_error),
        **goodness(problem.counts, expected, problem.side, free, **variance),
    }


def parameters(problem, function, estimate):
    """Name -> Value: N (events in the full range were the function flat), and the coefficients."""
    errors = np.sqrt(np.diagonal(covariance(problem, function, estimate)))
    flat = float(problem.kappa * len(problem.counts) * np.exp(estimate.beta[0]))
    values = {"N": Value(flat, float(flat * errors[0]))}
    coefficients = zip(COEFFICIENTS, estimate.beta[1:], errors[1:], strict=False)
    return values | {name: Value(float(value), float(error)) for name, value, error in coefficients}
