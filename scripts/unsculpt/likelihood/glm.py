"""Poisson regression with a log link by damped Newton steps, for many spectra at once.

A sideband fit of an exponential of a polynomial is a generalised linear model: convex, with one minimum. The same code
gives starting values, cross-checks of pyhf, toys and scans (thousands of spectra a second).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GlmFit:
    """Maximum-likelihood fits of T spectra of B bins: expectation = mu s + exposure exp(X beta).

    beta : (T, P) coefficients.
    mu : (T,) signal strengths, zero when no signal was given.
    covariance : (T, K, K) inverse of the observed information; the first parameter is mu if a signal was given.
    converged : (T,) bool.
    nll : (T,) sum of (expectation - n ln expectation).
    expected : (T, B) fitted expectations.
    """

    beta: np.ndarray
    mu: np.ndarray
    covariance: np.ndarray
    converged: np.ndarray
    nll: np.ndarray
    expected: np.ndarray


def poisson_glm(n, X, s=None, *, exposure=None, mu_start=0.0, max_steps=50, tolerance=1e-9):
    """Fit `mu s + exposure exp(X beta)` to T spectra of counts by maximum likelihood.

    Parameters
    ----------
    n : array, shape (B,) or (T, B)
        Counts, finite and not negative; fractions are allowed (Asimov data, scaled weights).
    X : array, shape (B, P)
        Basis of the exponent, see `shapes.basis`.
    s : array, shape (B,), optional
        Signal expectation for mu = 1; without it there is no signal term.
    exposure : array, shape (B,), optional
        Factor of each bin, such as its relative width; one by default.
    mu_start : float
        Starting value of mu.
    max_steps, tolerance : int, float
        Newton steps; converged when the expected decrease of the likelihood is below the tolerance.

    Returns
    -------
    GlmFit
        Spectra that did not converge say so in `converged`; nothing is raised for them.
    """
    n, X = np.atleast_2d(np.asarray(n, float)), np.asarray(X, float)
    if n.shape[1] != len(X) or not (np.isfinite(n).all() and (n >= 0).all()):
        raise ValueError(f"poisson_glm: counts of shape {n.shape} must be finite, not negative, and fit X {X.shape}")
    exposure = np.ones(len(X)) if exposure is None else np.asarray(exposure, float)
    s = None if s is None else np.asarray(s, float)
    k = 0 if s is None else 1  # columns in front of the basis
    beta, mu = _start(n, X, exposure), np.full(len(n), float(mu_start))
    nll, e, total = _likelihood(n, X, s, exposure, beta, mu)
    converged = np.zeros(len(n), bool)
    for _ in range(max_steps):
        gradient, hessian, fisher = _derivatives(n, X, s, e, total)
        convex = np.linalg.eigvalsh(hessian)[:, 0] > 0
        matrix = np.where(convex[:, None, None], hessian, fisher) + 1e-13 * np.eye(k + X.shape[1])
        step = -np.linalg.solve(matrix, gradient[..., None])[..., 0]
        converged |= -(gradient * step).sum(1) < tolerance + 1e-16 * np.abs(nll)  # rounding of huge counts
        if converged.all():
            break
        length = _step_length(n, X, s, exposure, beta, mu, step, nll, converged)[:, None]
        beta, mu = beta + length * step[:, k:], mu + (length[:, 0] * step[:, 0] if k else 0.0)
        nll, e, total = _likelihood(n, X, s, exposure, beta, mu)
    covariance = np.linalg.pinv(_derivatives(n, X, s, e, total)[1], hermitian=True)
    return GlmFit(beta, mu, covariance, converged, nll, total)


def _start(n, X, exposure):
    """Weighted least squares on ln(n + 1/2)."""
    weight = n + 0.5
    matrix = np.einsum("tb,bp,bq->tpq", weight, X, X, optimize=True) + 1e-12 * np.eye(X.shape[1])
    vector = np.einsum("tb,bp->tp", weight * np.log(weight / exposure), X)
    return np.linalg.solve(matrix, vector[..., None])[..., 0]


def _likelihood(n, X, s, exposure, beta, mu):
    """Negative log-likelihood (infinite where an expectation is not positive), background and total expectations."""
    e = exposure * np.exp(np.clip(beta @ X.T, -700, 80))
    total = e if s is None else e + mu[:, None] * s
    positive = total > 0
    nll = (total - n * np.log(np.where(positive, total, 1.0))).sum(1)
    return np.where(positive.all(1), nll, np.inf), e, total


def _derivatives(n, X, s, e, total):
    """Gradient (T, K), observed information (T, K, K) and expected information (T, K, K)."""
    if s is None:  # log link alone: both informations are the same
        fisher = np.einsum("tb,bp,bq->tpq", e, X, X, optimize=True)
        return (e - n) @ X, fisher, fisher
    columns = np.concatenate([np.broadcast_to(s[None, :, None], (*e.shape, 1)), e[:, :, None] * X], 2)
    gradient = np.einsum("tb,tbp->tp", 1 - n / total, columns)
    hessian = np.einsum("tb,tbp,tbq->tpq", n / total**2, columns, columns, optimize=True)
    hessian[:, 1:, 1:] += np.einsum("tb,bp,bq->tpq", (1 - n / total) * e, X, X, optimize=True)
    return gradient, hessian, np.einsum("tb,tbp,tbq->tpq", 1 / total, columns, columns, optimize=True)


def _step_length(n, X, s, exposure, beta, mu, step, nll, converged):
    """Largest of 1, 1/2, 1/4, ... that does not raise the likelihood; zero for spectra that have converged."""
    k = step.shape[1] - X.shape[1]
    length = np.where(converged, 0.0, 1.0)
    for _ in range(25):
        there = beta + length[:, None] * step[:, k:], mu + (length * step[:, 0] if k else 0.0)
        worse = ~(_likelihood(n, X, s, exposure, *there)[0] <= nll + 1e-12 * np.abs(nll)) & ~converged
        if not worse.any():
            break
        length = np.where(worse, length / 2, length)
    return length
