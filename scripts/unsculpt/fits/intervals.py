"""Intervals of the extrapolated yield from its profile likelihood: right for small samples too."""

from dataclasses import dataclass

import numpy as np

from unsculpt import shapes
from unsculpt.likelihood.glm import poisson_glm
from unsculpt.likelihood.models import prior

LEVEL = 0.68  # one standard deviation, 68.3 %


@dataclass(frozen=True)
class Extrapolation:
    """A log-linear function exposure x exp(basis . beta) that is fitted beside the window and continued into it.

    basis, exposure : (B, P) and (B,); the first column of the basis is one: the normalisation.
    inside, side : (B,) bool, the bins of the window and those that are fitted.
    constraint : mean and precision of a Gaussian on the coefficients, both (P,), or None.
    """

    basis: np.ndarray
    exposure: np.ndarray
    inside: np.ndarray
    side: np.ndarray
    constraint: tuple | None = None

    @classmethod
    def of(cls, axis, function, *, slope_prior=None, side=None):
        """That of a function of `shapes.FUNCTIONS`; without `side` all bins outside the window are fitted."""
        side = ~axis.in_window if side is None else side
        basis, widths = shapes.basis(axis.edges, function), shapes.relative_widths(axis.edges)
        return cls(basis, widths, axis.in_window, side, prior(slope_prior, axis.edges, function))

    def fit(self, counts):
        """Fits of many spectra, (T, B): a GlmFit."""
        side = self.side
        return poisson_glm(counts[:, side], self.basis[side], exposure=self.exposure[side], prior=self.constraint)

    def yields(self, fit):
        """Events in the window and their errors over them, both (T,)."""
        basis = self.basis[self.inside]
        expected = self.exposure[self.inside] * np.exp(np.clip(fit.beta @ basis.T, -700, 80))
        best, jacobian = expected.sum(1), expected @ basis
        variance = np.einsum("tp,tpq,tq->t", jacobian, fit.covariance, jacobian)
        return best, np.sqrt(np.maximum(variance, 0.0)) / best


def profile_distance(counts, axis, yields, *, function, slope_prior=None, side=None):
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
    side : bool array, shape (B,), optional
        The bins that are fitted; all outside the window by default.

    Returns
    -------
    array, shape (T,)
        Positive where the best fit lies above.
    """
    counts = np.atleast_2d(np.asarray(counts, float))
    known = Extrapolation.of(axis, function, slope_prior=slope_prior, side=side)
    fit, given = known.fit(counts), np.broadcast_to(np.asarray(yields, float), len(counts))
    least, _ = _Profile(counts, known).minimise(given, fit.beta[:, 1:])
    return np.sign(known.yields(fit)[0] - given) * np.sqrt(np.maximum(2 * (least - fit.nll), 0.0))


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
    counts = np.atleast_2d(np.asarray(counts, float))
    known = Extrapolation.of(axis, function, slope_prior=slope_prior, side=side)
    return ends(known, counts, known.fit(counts), np.broadcast_to(distance, len(counts)))


def ends(known, counts, fit, distance):
    """Where the profile likelihood of the window yield has fallen by half the square of a distance.

    Parameters
    ----------
    known : Extrapolation
    counts : array, shape (T, B)
    fit : GlmFit
        Of the sidebands of these spectra.
    distance : float array, shape (T,)
        Positive.

    Returns
    -------
    low, high : arrays, shape (T,)
        Events in the window; NaN where the likelihood has no such ends.
    """
    best, relative = known.yields(fit)
    both = [np.concatenate([a, a]) for a in (best, distance, fit.nll)]  # lower ends, then upper ones
    best, distance, nll = both
    step = distance * np.concatenate([-relative, relative])
    counts, beta = np.concatenate([counts, counts]), np.concatenate([fit.beta, fit.beta])[:, 1:]
    found, todo = np.full(len(best), np.nan), np.arange(len(best))
    for _ in range(25):  # the distance is nearly proportional to ln(yield): each step divides by what it was
        yields = best[todo] * np.exp(np.clip(step[todo], -20, 20))
        least, beta[todo] = _Profile(counts[todo], known).minimise(yields, beta[todo])
        reached = np.sqrt(np.maximum(2 * (least - nll[todo]), 0.0)) / distance[todo]
        solved = np.abs(reached - 1) < 1e-4
        found[todo[solved]] = yields[solved]
        step[todo] = step[todo] / np.clip(reached, 0.3, 3.0)
        todo = todo[~solved]
        if not len(todo):
            break
    return tuple(np.split(found, 2))


class _Profile:
    """The likelihood of the sidebands for a given yield in the window, as a function of the other coefficients."""

    def __init__(self, counts, known):
        self.counts, self.x, self.exposure = counts[:, known.side], known.basis[:, 1:], known.exposure
        self.inside, self.side = known.inside, known.side
        nothing = np.zeros(known.basis.shape[1])
        mean, precision = (nothing, nothing) if known.constraint is None else known.constraint
        self.mean, self.precision = mean[1:], precision[1:]

    def minimise(self, yields, start):
        """Smallest negative log-likelihood for each yield, shape (T,), and the coefficients there, (T, P - 1)."""
        beta, side = start, self.side
        shape, value = self._evaluate(yields, beta)
        for _ in range(50):
            expected = yields[:, None] * shape[:, side]
            centre = shape[:, self.inside] @ self.x[self.inside]  # mean of x in the window
            z = self.x[None, side] - centre[:, None]
            across = z.transpose(0, 2, 1)
            gradient = (across @ (expected - self.counts)[..., None])[..., 0] + self.precision * (beta - self.mean)
            fisher = across @ (expected[..., None] * z) + np.diag(self.precision + 1e-12)
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
        return value, beta

    def _evaluate(self, yields, beta):
        """Expectation of each bin for one event in the window, shape (T, B), and the negative log-likelihood."""
        exponent = np.log(self.exposure) + beta @ self.x.T
        density = np.exp(exponent - exponent.max(1, keepdims=True))
        shape = density / density[:, self.inside].sum(1, keepdims=True)
        expected = yields[:, None] * shape[:, self.side]
        chi2 = (self.precision * (beta - self.mean) ** 2).sum(1)
        return shape, (expected - self.counts * np.log(expected)).sum(1) + 0.5 * chi2
