"""Poisson regression with a log link by damped Newton steps, for many spectra at once.

A sideband fit of an exponential of a polynomial is a generalised linear model: convex, with one minimum. The same code
gives starting values, cross-checks of pyhf, toys and scans (thousands of spectra a second).
"""

from dataclasses import dataclass

import numpy as np

from unsculpt.likelihood.sums import gram, shared_gram

_HALVINGS = 25  # of a step that raises the likelihood


@dataclass(frozen=True)
class GlmFit:
    """Maximum-likelihood fits of T spectra of B bins: expectation = mu s + exposure exp(X beta), or X beta if linear.

    beta : (T, P) coefficients.
    mu : (T,) signal strengths, zero when no signal was given.
    covariance : (T, K, K) inverse of the observed information; the first parameter is mu if it is fitted.
    converged : (T,) bool.
    nll : (T,) sum of (expectation - n ln expectation), with half the chi2 of a constraint.
    expected : (T, B) fitted expectations.
    """

    beta: np.ndarray
    mu: np.ndarray
    covariance: np.ndarray
    converged: np.ndarray
    nll: np.ndarray
    expected: np.ndarray


def poisson_glm(n, X, s=None, *, exposure=None, mu_start=0.0, fit_mu=True, prior=None, max_steps=50, tolerance=1e-9):
    """Fit `mu s + exposure exp(X beta)` to T spectra of counts by maximum likelihood.

    Parameters
    ----------
    n : array, shape (B,) or (T, B)
        Counts, finite and not negative; fractions are allowed (Asimov data, scaled weights).
    X : array, shape (B, P)
        Basis of the exponent, see `shapes.basis`.
    s : array, shape (B,) or (T, B), optional
        Signal expectation for mu = 1; without it there is no signal term.
    exposure : array, shape (B,), optional
        Factor of each bin, such as its relative width; one by default.
    mu_start : float or array, shape (T,)
        Starting value of mu, or its value where it is not fitted.
    fit_mu : bool
        False keeps mu at `mu_start`: the likelihood profile of mu; it is then no row of the covariance.
    prior : pair of arrays, each broadcast to shape (T, P), optional
        Mean and precision (1 / error^2; zero for none) of a Gaussian constraint on beta.
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
    s = None if s is None else np.broadcast_to(np.asarray(s, float), n.shape)
    k = 1 if s is not None and fit_mu else 0  # columns in front of the basis
    problem = _Problem(n, X, s, exposure, k, None if prior is None else _broadcast(prior, (len(n), X.shape[1])))
    beta, mu = _start(problem), np.broadcast_to(np.asarray(mu_start, float), len(n)).copy()
    nll, e, total = problem.likelihood(beta, mu)
    converged = np.zeros(len(n), bool)
    for _ in range(max_steps):
        gradient, hessian, fisher = problem.derivatives(beta, e, total)
        matrix = _positive(hessian, fisher) + 1e-13 * np.eye(k + X.shape[1])
        step = -np.linalg.solve(matrix, gradient[..., None])[..., 0]
        converged |= -(gradient * step).sum(1) < tolerance + 1e-16 * np.abs(nll)  # rounding of huge counts
        if converged.all():
            break
        beta, mu, (nll, e, total) = _move(problem, beta, mu, step, nll, converged)
    covariance = inverse(problem.derivatives(beta, e, total)[1])
    return GlmFit(beta, mu, covariance, converged, nll, total)


def inverse(information):
    """Covariance of each fit, (T, K, K): the inverse of its information; NaN where that is not finite.

    One spectrum without a fit would stop all others: LAPACK raises for the whole stack.
    """
    sound = _sound(information)
    return np.where(sound, np.linalg.pinv(np.where(sound, information, 0.0), hermitian=True), np.nan)


def _sound(matrices):
    """Which matrices (T, K, K) are finite, shape (T, 1, 1)."""
    return np.isfinite(matrices).all((1, 2), keepdims=True)


def _positive(hessian, fisher):
    """The observed information where it is positive, else the expected one, which always is; shape (T, K, K)."""
    if hessian is fisher:
        return fisher
    convex = np.linalg.eigvalsh(np.where(_sound(hessian), hessian, 0.0))[:, 0] > 0
    return np.where(convex[:, None, None], hessian, fisher)


def _broadcast(prior, shape):
    return tuple(np.broadcast_to(np.asarray(part, float), shape) for part in prior)


@dataclass(frozen=True)
class _Problem:
    """What is fitted: counts (T, B), basis (B, P), signal (T, B) or None, exposure (B,), constraint or None."""

    n: np.ndarray
    X: np.ndarray
    s: np.ndarray | None
    exposure: np.ndarray
    k: int
    prior: tuple | None

    def likelihood(self, beta, mu):
        """Negative log-likelihood (infinite where an expectation is not positive), background and expectations."""
        e = self.exposure * np.exp(np.clip(beta @ self.X.T, -700, 80))
        total = e if self.s is None else e + mu[:, None] * self.s
        positive = total > 0
        nll = (total - self.n * np.log(np.where(positive, total, 1.0))).sum(1)
        if self.prior is not None:
            nll = nll + 0.5 * (self.prior[1] * (beta - self.prior[0]) ** 2).sum(1)
        return np.where(positive.all(1), nll, np.inf), e, total

    def derivatives(self, beta, e, total):
        """Gradient (T, K), observed information (T, K, K) and expected information (T, K, K)."""
        k, X = self.k, self.X
        if self.s is None:  # log link alone: both expected are the same
            fisher = shared_gram(e, X)
            gradient, hessian = (e - self.n) @ X, fisher
        else:
            columns = e[:, :, None] * X
            if k:
                columns = np.concatenate([self.s[:, :, None], columns], 2)
            gradient = np.einsum("tb,tbp->tp", 1 - self.n / total, columns)
            hessian = gram(self.n / total**2, columns)
            curved = (1 - self.n / total) * e
            hessian[:, k:, k:] += shared_gram(curved, X)
            fisher = gram(1 / total, columns)
        if self.prior is not None:
            diagonal = np.zeros_like(fisher)
            diagonal[:, k:, k:] = self.prior[1][:, :, None] * np.eye(X.shape[1])
            gradient[:, k:] += self.prior[1] * (beta - self.prior[0])
            expected = fisher + diagonal
            hessian, fisher = expected if hessian is fisher else hessian + diagonal, expected
        return gradient, hessian, fisher


def _start(problem):
    """Weighted least squares on ln(n + 1/2)."""
    n, X = problem.n, problem.X
    weight = n + 0.5
    matrix = shared_gram(weight, X) + 1e-12 * np.eye(X.shape[1])
    vector = np.einsum("tb,bp->tp", weight * np.log(weight / problem.exposure), X)
    if problem.prior is not None:
        mean, precision = problem.prior
        matrix, vector = matrix + precision[:, :, None] * np.eye(X.shape[1]), vector + precision * mean
    return np.linalg.solve(matrix, vector[..., None])[..., 0]


def _move(problem, beta, mu, step, nll, converged):
    """The largest of 1, 1/2, 1/4, ... steps that does not raise the likelihood, and the likelihood there.

    Spectra that have converged stay where they are.
    """
    k = problem.k
    length = np.where(converged, 0.0, 1.0)
    for _ in range(_HALVINGS + 1):
        there = beta + length[:, None] * step[:, k:], mu + (length * step[:, 0] if k else 0.0)
        found = problem.likelihood(*there)
        worse = ~(found[0] <= nll + 1e-12 * np.abs(nll)) & ~converged
        if not worse.any():
            break
        length = np.where(worse, length / 2, length)
    return *there, found
