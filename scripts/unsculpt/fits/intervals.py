"""Intervals of the extrapolated yield from its profile likelihood: right for small samples too."""

import numpy as np

from unsculpt import shapes
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.models import prior

LEVEL = 0.68  # one standard deviation, 68.3 %


def profile_distance(counts, axis, yields, *, function, slope_prior=None, fit=None, side=None):
    """How many standard deviations the window yields of many sideband fits lie from given values.

    The normalisation is replaced by the yield in the window, the other coefficients are fitted again (Fisher scoring):
    d = sign sqrt(2 [ln L(best) - ln L(yield)]), normally distributed to higher order than (best - yield) / error.

    Parameters
    ----------
    counts : array, shape (T, B)
        Counts over the full range; the window is not looked at.
    axis, slope_prior
        As in `likelihood.Channel`.
    yields : float or array, shape (T,)
        Positive yields to be compared with.
    function : str, int or shapes.Function
        A log-linear function, by its name, by the order of an exponential, or as it is.
    fit : GlmFit, optional
        The fit of the sidebands, if it has been made.
    side : bool array, shape (B,), optional
        The bins that are fitted; all outside the window by default.

    Returns
    -------
    array, shape (T,)
        Positive where the best fit lies above.
    """
    counts, basis = np.atleast_2d(np.asarray(counts, float)), shapes.basis(axis.edges, function)
    inside, widths = axis.in_window, shapes.relative_widths(axis.edges)
    side = ~inside if side is None else side
    fit = _fit(counts, axis, function, slope_prior, side) if fit is None else fit
    best = (widths[inside] * np.exp(fit.beta @ basis[inside].T)).sum(1)
    given = np.broadcast_to(np.asarray(yields, float), len(counts))
    constraint = prior(slope_prior, axis.edges, function)
    profile = _Profile(counts[:, side], basis[:, 1:], widths, inside, side, constraint)
    least = profile.minimise(given, fit.beta[:, 1:])
    return np.sign(best - given) * np.sqrt(np.maximum(2 * (least - fit.nll), 0.0))


def window_interval(counts, axis, *, function, slope_prior=None, side=None, distance=1.0):
    """Central 68.3 % interval of the window yield of many sideband fits, where the profile falls by one half.

    Parameters
    ----------
    counts, axis, function, slope_prior, side
        As in `profile_distance`.
    distance : float
        Where the interval ends, in standard deviations of this likelihood; where unequal weights make the true ones
        longer, by as much.

    Returns
    -------
    low, high : arrays, shape (T,)
        Events in the window; NaN where there is no such interval.
    """
    counts = np.repeat(np.atleast_2d(np.asarray(counts, float)), 2, axis=0)  # one row for each end
    inside = axis.in_window
    side = ~inside if side is None else side
    fit = _fit(counts, axis, function, slope_prior, side)
    basis = shapes.basis(axis.edges, function)[inside]
    expected = shapes.relative_widths(axis.edges)[inside] * np.exp(fit.beta @ basis.T)
    best, jacobian = expected.sum(1), expected @ basis
    relative = np.sqrt(np.einsum("tp,tpq,tq->t", jacobian, fit.covariance, jacobian)) / best
    step = distance * np.where(np.arange(len(best)) % 2, relative, -relative)
    options = {"function": function, "slope_prior": slope_prior, "fit": fit, "side": side}
    for _ in range(25):  # the distance is nearly proportional to ln(yield): each step divides by what it was
        yields = best * np.exp(np.clip(step, -20, 20))
        found = np.abs(profile_distance(counts, axis, yields, **options)) / distance
        solved = np.abs(found - 1) < 1e-4
        if solved.all():
            break
        step = np.where(solved, step, step / np.clip(found, 0.3, 3.0))
    ends = np.where(solved, yields, np.nan)
    return ends[::2], ends[1::2]


def _fit(counts, axis, function, slope_prior, side):
    widths = shapes.relative_widths(axis.edges)
    basis, constraint = shapes.basis(axis.edges, function), prior(slope_prior, axis.edges, function)
    return poisson_glm(counts[:, side], basis[side], exposure=widths[side], prior=constraint)


class _Profile:
    """The likelihood of the sidebands for a given yield in the window, as a function of the other coefficients."""

    def __init__(self, counts, x, widths, inside, side, constraint):
        self.counts, self.x, self.widths, self.inside, self.side = counts, x, widths, inside, side
        mean, precision = (np.zeros(x.shape[1] + 1),) * 2 if constraint is None else constraint
        self.mean, self.precision = mean[1:], precision[1:]

    def minimise(self, yields, start):
        """Smallest negative log-likelihood for each yield, shape (T,)."""
        beta, side = start, self.side
        shape, value = self._evaluate(yields, beta)
        for _ in range(50):
            expected = yields[:, None] * shape[:, side]
            centre = shape[:, self.inside] @ self.x[self.inside]  # mean of x in the window
            z = self.x[None, side] - centre[:, None]
            gradient = np.einsum("tb,tbp->tp", expected - self.counts, z) + self.precision * (beta - self.mean)
            fisher = np.einsum("tb,tbp,tbq->tpq", expected, z, z, optimize=True) + np.diag(self.precision + 1e-12)
            step = -np.linalg.solve(fisher, gradient[..., None])[..., 0]
            if (-(gradient * step).sum(1) < 1e-9 + 1e-15 * np.abs(value)).all():
                break
            length = np.ones(len(yields))
            for _ in range(25):
                shape, there = self._evaluate(yields, beta + length[:, None] * step)
                worse = ~(there <= value + 1e-12 * np.abs(value))
                if not worse.any():
                    break
                length = np.where(worse, length / 2, length)
            beta, value = beta + length[:, None] * step, there
        return value

    def _evaluate(self, yields, beta):
        """Expectation of each bin for one event in the window, shape (T, B), and the negative log-likelihood."""
        exponent = np.log(self.widths) + beta @ self.x.T
        density = np.exp(exponent - exponent.max(1, keepdims=True))
        shape = density / density[:, self.inside].sum(1, keepdims=True)
        expected = yields[:, None] * shape[:, self.side]
        chi2 = (self.precision * (beta - self.mean) ** 2).sum(1)
        return shape, (expected - self.counts * np.log(expected)).sum(1) + 0.5 * chi2
