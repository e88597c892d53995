"""Fits of the combined likelihood with analytic derivatives, for many data sets at once.

Newton steps use its structure: each channel has its own background, spurious signal and template uncertainty and is
tied to the others by three parameters alone, the signal strength, the luminosity and a common spurious signal, so that
the parameters of the channels are eliminated one channel at a time (Schur complement). A combined fit of seven
categories takes milliseconds; scans, limits and toys are made with it, and pyhf checks the result.
"""

from dataclasses import dataclass

import numpy as np

from unsculpt.likelihood.simultaneous import COEFFICIENTS, COMMON, LUMINOSITY, SPURIOUS, TEMPLATE, Centres, Simultaneous
from unsculpt.likelihood.sums import channel_gram, over_bins, over_channels, over_columns


@dataclass(frozen=True)
class SimultaneousFit:
    """Maximum-likelihood fits of T data sets.

    mu, mu_error : (T,) signal strength and its error from the curvature; the error is NaN where mu was fixed.
    shared : (T, 2) luminosity and common spurious signal, in standard deviations.
    local : (T, C, Q) parameters of the channels.
    nll : (T,) minus the logarithm of likelihood and constraints, up to a constant of the data.
    converged : (T,) bool.
    expected : (T, C, B).
    """

    mu: np.ndarray
    mu_error: np.ndarray
    shared: np.ndarray
    local: np.ndarray
    nll: np.ndarray
    converged: np.ndarray
    expected: np.ndarray


def fit(model, counts, *, mu=None, lower=0.0, start=None, centres=None, max_steps=100, tolerance=1e-10):
    """Fit T data sets.

    Parameters
    ----------
    model : Simultaneous
    counts : array, shape (C, B) or (T, C, B)
        Finite and not negative; fractions are allowed (Asimov data).
    mu : number or array, shape (T,), optional
        Fixed signal strength; fitted when not given.
    lower : float
        Lower bound of a fitted mu.
    start : SimultaneousFit, optional
        Fits of the same data from which to start; the nominal parameters otherwise.
    centres : Centres, optional
        Of the constraints; nominal otherwise.
    max_steps, tolerance : int, float
        Newton steps; converged when the expected decrease of the likelihood is below the tolerance.

    Returns
    -------
    SimultaneousFit
        An expectation may be negative in a bin without events, as in pyhf; data sets that did not converge say so.
    """
    counts = np.asarray(counts, float)
    counts = counts[None] if counts.ndim == 2 else counts
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError("fit: counts must be finite and not negative")
    state = _State.begin(model, counts, mu, lower, start, centres)
    todo = np.arange(len(state.counts))
    converged = np.zeros(len(state.counts), bool)
    for _ in range(max_steps):
        part = state.rows(todo)
        step, decrease = part.newton(mu is not None)
        done = decrease < tolerance + 1e-15 * np.abs(part.nll)  # rounding of huge counts
        converged[todo[done]] = True
        if done.all():
            break
        todo = todo[~done]
        state.put(todo, part.rows(~done).moved(step[0][~done], step[1][~done]))
    return state.result(converged, fixed=mu is not None)


@dataclass
class _State:
    """Data sets with the present values of their parameters."""

    model: Simultaneous
    counts: np.ndarray  # (T, C, B)
    centres: Centres
    lower: float
    mu: np.ndarray  # (T,)
    shared: np.ndarray  # (T, 2)
    local: np.ndarray  # (T, C, Q)
    nll: np.ndarray = None  # (T,)

    @classmethod
    def begin(cls, model, counts, mu, lower, start, centres):
        if mu is not None and np.size(mu) > 1 and len(counts) == 1:
            counts = np.broadcast_to(counts, (np.size(mu), *counts.shape[1:]))
        size = len(counts)
        shape = (size, *model.start.shape)
        centres = centres or Centres(np.zeros((size, 2)), np.broadcast_to(model.centre, shape))
        if start is None:
            values = (np.full(size, max(lower, 0.5)), np.zeros((size, 2)), np.broadcast_to(model.start, shape).copy())
        else:
            values = (np.maximum(start.mu, lower), start.shared.copy(), start.local.copy())
        values = values if mu is None else (np.broadcast_to(np.asarray(mu, float), size).copy(), *values[1:])
        state = cls(model, counts, centres, lower, *values)
        state.nll = state.evaluate(*values)
        impossible = ~np.isfinite(state.nll)
        if impossible.any():  # the starting background does not bear this signal strength
            state.shared[impossible], state.local[impossible] = 0.0, model.start
            state.nll = state.evaluate(state.mu, state.shared, state.local)
        return state

    def rows(self, index):
        return _State(
            self.model,
            self.counts[index],
            self.centres[index],
            self.lower,
            *(values[index] for values in (self.mu, self.shared, self.local, self.nll)),
        )

    def put(self, index, part):
        for key in ("mu", "shared", "local", "nll"):
            getattr(self, key)[index] = getattr(part, key)

    def scale(self, mu, shared, local):
        """Signal in units of the template without spurious part for mu = 1, and with everything; both (T, C)."""
        m, common = self.model, shared[:, COMMON, None]
        factor = np.exp(m.luminosity * shared[:, LUMINOSITY, None] + m.template * local[..., TEMPLATE])
        return factor, mu[:, None] * factor + m.spurious * local[..., SPURIOUS] + m.common * common

    def expectation(self, mu, shared, local):
        """Background and total, both (T, C, B)."""
        exponent = over_columns(self.model.basis, local[..., COEFFICIENTS:])
        background = self.model.exposure * np.exp(np.clip(exponent, -700, 80))
        return background, background + self.scale(mu, shared, local)[1][..., None] * self.model.signal

    def evaluate(self, mu, shared, local):
        """Negative log-likelihood; infinite where events are not expected."""
        total = self.expectation(mu, shared, local)[1]
        filled = self.counts > 0
        possible = ~(filled & (total <= 0)).any((1, 2))
        poisson = (total - self.counts * np.log(np.where(filled & (total > 0), total, 1.0))).sum((1, 2))
        pulls = (self.model.precision * (local - self.centres.local) ** 2).sum((1, 2))
        pulls += ((shared - self.centres.shared) ** 2).sum(1)
        return np.where(possible, poisson + pulls / 2, np.inf)

    def newton(self, fixed):
        """Newton step of mu and the shared parameters and of the local ones, and the decrease that it promises."""
        background, total = self.expectation(self.mu, self.shared, self.local)
        ratio = self.counts / np.where(self.counts > 0, total, 1.0)
        gradient = self.gradient(background, ratio)
        held = np.full(len(self.mu), True) if fixed else (self.mu <= self.lower) & (gradient[0][:, 0] > 0)
        gradient[0][held, 0] = 0.0
        weights = ratio / np.where(total > 0, total, 1.0)
        step = _solve(self.curvature(background, ratio, weights, gradient[2]), gradient, held)
        slope = _slope(step, gradient)
        uphill = ~(slope < 0)
        if uphill.any():
            part, weight, partial = self.rows(uphill), weights[uphill], [g[uphill] for g in gradient]
            safe = part.curvature(background[uphill], np.minimum(ratio[uphill], 1.0), weight, None)
            step[0][uphill], step[1][uphill] = other = _solve(safe, partial, held[uphill])
            slope[uphill] = _slope(other, partial)
        return step, np.abs(slope)

    def first(self):
        """Derivatives of the scale of the signal by mu and the shared ones, (T, C, 3), and by the local, (T, C, Q)."""
        factor, _ = self.scale(self.mu, self.shared, self.local)
        signal = self.mu[:, None] * factor
        common = np.broadcast_to(self.model.common, signal.shape)
        by_global = np.stack([factor, signal * self.model.luminosity, common], -1)
        by_local = np.zeros(self.local.shape)
        by_local[..., SPURIOUS], by_local[..., TEMPLATE] = self.model.spurious, signal * self.model.template
        return by_global, by_local

    def gradient(self, background, ratio):
        """By mu and the shared parameters, (T, 3); by the local ones, (T, C, Q); by the scale of the signal, (T, C)."""
        by_global, by_local = self.first()
        excess = 1 - ratio
        scale = (excess * self.model.signal).sum(-1)
        local = scale[..., None] * by_local + self.model.precision * (self.local - self.centres.local)
        local[..., COEFFICIENTS:] += over_bins(excess * background, self.model.basis)
        overall = np.einsum("tc,tcg->tg", scale, by_global)
        overall[:, 1:] += self.shared - self.centres.shared
        return [overall, local, scale]

    def curvature(self, background, ratio, weight, scale):
        """Second derivatives: global (T, 3, 3), mixed (T, C, Q, 3) and local (T, C, Q, Q).

        `ratio` is n / expected and `weight` n / expected^2. Without `scale`, and with a ratio of at most one, the terms
        that may be negative are left out: a positive matrix, whose step goes downhill.
        """
        m, (by_global, by_local) = self.model, self.first()
        twice = (weight * m.signal**2).sum(-1)
        mixed = np.zeros(self.local.shape)  # by scale and coefficient
        mixed[..., COEFFICIENTS:] = over_bins(weight * m.signal * background, m.basis)
        rows = mixed + twice[..., None] * by_local
        local = rows[..., :, None] * by_local[..., None, :] + by_local[..., :, None] * mixed[..., None, :]
        inner = weight * background**2 + (1 - ratio) * background
        local[..., COEFFICIENTS:, COEFFICIENTS:] += channel_gram(inner, m.basis)
        diagonal = np.arange(local.shape[-1])
        local[..., diagonal, diagonal] += m.precision
        between = rows[..., None] * by_global[..., None, :]
        overall = np.einsum("tc,tcg,tch->tgh", twice, by_global, by_global)
        overall[:, [1, 2], [1, 2]] += 1.0
        if scale is not None:
            self._bend(scale, by_global, by_local, overall, between, local)
        return overall, between, local

    def _bend(self, scale, by_global, by_local, overall, between, local):
        """Add what comes from the second derivatives of the scale of the signal."""
        m, factor = self.model, by_global[..., 0]
        once, signal = scale * factor, scale * self.mu[:, None] * factor
        overall[:, 0, 1] += (once * m.luminosity).sum(1)
        overall[:, 1, 0] = overall[:, 0, 1]
        overall[:, 1, 1] += (signal * m.luminosity**2).sum(1)
        between[..., TEMPLATE, 0] += once * m.template
        between[..., TEMPLATE, 1] += signal * m.luminosity * m.template
        local[..., TEMPLATE, TEMPLATE] += signal * m.template**2

    def moved(self, overall, local):
        """The state after the largest of 1, 1/2, 1/4, ... steps that does not raise the likelihood."""
        length, best = np.ones(len(self.mu)), None
        for _ in range(40):
            mu = np.maximum(self.mu + length * overall[:, 0], np.minimum(self.lower, self.mu))
            values = mu, self.shared + length[:, None] * overall[:, 1:], self.local + length[:, None, None] * local
            best = self.evaluate(*values)
            worse = ~(best <= self.nll + 1e-12 * np.abs(self.nll))
            if not worse.any():
                break
            length = np.where(worse, length / 2, length)
        return _State(self.model, self.counts, self.centres, self.lower, *values, best)

    def result(self, converged, fixed):
        background, total = self.expectation(self.mu, self.shared, self.local)
        error = np.full(len(self.mu), np.nan)
        if not fixed:
            ratio = self.counts / np.where(self.counts > 0, total, 1.0)
            scale = self.gradient(background, ratio)[2]
            second = self.curvature(background, ratio, ratio / np.where(total > 0, total, 1.0), scale)
            schur = _eliminate(second, np.zeros(len(self.mu), bool))[0]
            variance = np.linalg.det(schur[:, 1:, 1:]) / np.linalg.det(schur)
            error = np.where(variance > 0, np.sqrt(np.abs(variance)), np.nan)
        return SimultaneousFit(self.mu, error, self.shared, self.local, self.nll, converged, total)


def _eliminate(second, held):
    """Information on mu and the shared parameters after those of the channels, and what it takes to go back."""
    overall, between, local = (part.copy() for part in second)
    between[held, :, :, 0] = 0.0
    overall[held, 0, :] = overall[held, :, 0] = 0.0
    overall[held, 0, 0] = 1.0
    inverse = np.linalg.inv(local + 1e-13 * np.eye(local.shape[-1]))
    back = inverse @ between  # (T, C, Q, 3)
    return overall - over_channels(between, back), inverse, back


def _solve(second, gradient, held):
    """The Newton step: minus the inverse of the second derivatives times the gradient."""
    schur, inverse, back = _eliminate(second, held)
    reduced = gradient[0] - np.einsum("tcqg,tcq->tg", back, gradient[1])
    overall = -np.linalg.solve(schur + 1e-13 * np.eye(3), reduced[..., None])[..., 0]
    local = -np.einsum("tcqr,tcr->tcq", inverse, gradient[1]) - np.einsum("tcqg,tg->tcq", back, overall)
    return [overall, local]


def _slope(step, gradient):
    """Derivative of the likelihood along a step, (T,)."""
    return (step[0] * gradient[0]).sum(1) + (step[1] * gradient[1]).sum((1, 2))
