"""Poisson regression with an identity link and positive coefficients, for many spectra at once.

A Bernstein polynomial with positive coefficients is `exposure (X c)` with c >= 0: again a convex problem. It is solved
by projected Newton steps (Bertsekas 1982): coefficients at zero that would become negative are held there.
"""

import numpy as np

from unsculpt.likelihood.glm import GlmFit, inverse
from unsculpt.likelihood.sums import gram

_SMALLEST = 1e-9  # of the mean count: coefficients below are at their bound


def poisson_linear(n, X, s=None, *, exposure=None, mu_start=0.0, fit_mu=True, max_steps=100, tolerance=1e-9):
    """Fit `mu s + exposure (X c)` with c >= 0 to T spectra of counts by maximum likelihood.

    Parameters
    ----------
    n, s, exposure, mu_start, fit_mu, max_steps, tolerance
        As in `glm.poisson_glm`.
    X : array, shape (B, P)
        Basis, not negative, see `shapes.basis`.

    Returns
    -------
    GlmFit
        `beta` holds the coefficients c. The covariance is that of the coefficients above zero; rows of others are zero.
    """
    n, X = np.atleast_2d(np.asarray(n, float)), np.asarray(X, float)
    if n.shape[1] != len(X) or not (np.isfinite(n).all() and (n >= 0).all()):
        raise ValueError(f"poisson_linear: counts of shape {n.shape} must be finite, not negative, and fit X {X.shape}")
    exposed = X * (1.0 if exposure is None else np.asarray(exposure, float)[:, None])
    k = 1 if s is not None and fit_mu else 0
    s = np.zeros_like(n) if s is None else np.broadcast_to(np.asarray(s, float), n.shape)
    columns = np.broadcast_to(exposed, (*n.shape, X.shape[1]))
    columns = np.concatenate([s[:, :, None], columns], 2) if k else columns  # (T, B, K)
    mu = np.broadcast_to(np.asarray(mu_start, float), len(n))
    offset = 0.0 if k else mu[:, None] * s
    scale = n.mean(1) + 1e-300
    theta = np.concatenate([mu[:, None][:, :k], np.repeat(scale[:, None], X.shape[1], axis=1)], 1)
    theta, converged = _descend(n, columns, offset, theta, k, scale, max_steps, tolerance)
    total = np.einsum("tbp,tp->tb", columns, theta) + offset
    hessian, held = _information(n, columns, total), _at_zero(theta, k, scale)
    covariance = inverse(np.where(held[:, :, None] | held[:, None, :], 0.0, hessian))
    return GlmFit(
        theta[:, k:], theta[:, 0] if k else mu.copy(), covariance, converged, _nll(n, columns, offset, theta), total
    )


def _descend(n, columns, offset, theta, k, scale, max_steps, tolerance):
    """Projected Newton steps from `theta`; returns the minimum and what has converged."""
    eye, converged = np.eye(theta.shape[1]), np.zeros(len(n), bool)
    for _ in range(max_steps):
        total = np.einsum("tbp,tp->tb", columns, theta) + offset
        gradient = np.einsum("tb,tbp->tp", 1 - n / total, columns)
        held = _at_zero(theta, k, scale) & (gradient > 0)
        hessian = np.where(held[:, :, None] | held[:, None, :], 0.0, _information(n, columns, total))
        diagonal = np.einsum("tpp->tp", hessian)
        ridge = np.where(held, 1.0, 1e-10 * diagonal.max(1, keepdims=True) + 1e-300)
        free = np.where(held, 0.0, gradient)
        step = -np.linalg.solve(hessian + ridge[:, :, None] * eye, free[..., None])[..., 0]
        converged |= -(free * step).sum(1) < tolerance + 1e-14 * n.sum(1)
        if converged.all():
            break
        theta = _move(n, columns, offset, theta, step, k, converged)
    return theta, converged


def _at_zero(theta, k, scale):
    """Coefficients at their bound, shape (T, K); mu has none."""
    held = theta <= _SMALLEST * scale[:, None]
    held[:, :k] = False
    return held


def _information(n, columns, total):
    """Observed information, shape (T, K, K)."""
    return gram(n / total**2, columns)


def _nll(n, columns, offset, theta):
    """Negative log-likelihood, infinite where an expectation is not positive."""
    total = np.einsum("tbp,tp->tb", columns, theta) + offset
    positive = total > 0
    nll = (total - n * np.log(np.where(positive, total, 1.0))).sum(1)
    return np.where(positive.all(1), nll, np.inf)


def _move(n, columns, offset, theta, step, k, converged):
    """The best of full, half, quarter ... steps, projected on coefficients that are not negative."""
    before, length = _nll(n, columns, offset, theta), np.where(converged, 0.0, 1.0)
    moved, rest = theta.copy(), np.arange(len(n))  # rest: the spectra that have not found their step
    for _ in range(40):
        there = theta[rest] + length[rest, None] * step[rest]
        there[:, k:] = np.maximum(there[:, k:], 0.0)
        nll = _nll(n[rest], columns[rest], offset[rest] if np.ndim(offset) else offset, there)
        worse = ~(nll <= before[rest] + 1e-13 * np.abs(before[rest])) & ~converged[rest]
        moved[rest[~worse]], rest = there[~worse], rest[worse]
        if not len(rest):
            break
        length[rest] /= 2
    return moved
