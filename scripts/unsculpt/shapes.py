"""Shapes of mass spectra: exponentials of polynomials for the background, double-sided Crystal Ball for the signal."""

from dataclasses import astuple, dataclass

import numpy as np
from scipy.special import erf

MAX_ORDER = 3


def centres(edges):
    """Centres of the bins, shape (bins,), in the unit of the edges."""
    edges = np.asarray(edges, float)
    return (edges[1:] + edges[:-1]) / 2


def half_range(edges):
    """Half the full range: the unit of the reduced mass, in GeV (27.5 for 105-160)."""
    return (edges[-1] - edges[0]) / 2


def reduced(mass, edges):
    """Reduced mass x = (m - centre) / (half range), which runs from -1 to 1 over the full range.

    Examples
    --------
    >>> reduced(np.array([105.0, 132.5, 160.0]), np.array([105.0, 160.0])).tolist()
    [-1.0, 0.0, 1.0]
    """
    return (np.asarray(mass, float) - (edges[-1] + edges[0]) / 2) / half_range(edges)


def inside(edges, window):
    """Mask, shape (bins,): the bins whose centres lie in the window (both in GeV); exact for a window on edges."""
    middle = centres(edges)
    return (middle > window[0]) & (middle < window[1])


def polynomials(x, order):
    """The columns of the exponent at reduced mass x: 1, -x, 1/3 - x^2, -x^3, up to `order`; shape (len(x), order + 1).

    With these signs the coefficients fall with the mass, and the first is minus the logarithmic slope at x = 0 at every
    order. The 1/3 makes the curvature and the normalisation nearly independent.
    """
    if not 1 <= order <= MAX_ORDER:
        raise ValueError(f"polynomials: order {order} is not between 1 and {MAX_ORDER}")
    x = np.asarray(x, float)
    return np.stack([np.ones_like(x), -x, 1 / 3 - x**2, -(x**3)][: order + 1], axis=-1)


def basis(edges, order):
    """Design matrix of the exponential family at the bin centres, shape (bins, order + 1).

    The expectation of bin i is `relative_width_i exp(basis_i . beta)`. For order 1 and equal bins the bin centre is
    exact (the correction is one factor common to all bins); for order 2 it is off by 3e-6 of the yield at 1 GeV.
    """
    return polynomials(reduced(centres(edges), edges), order)


def relative_widths(edges):
    """Bin widths over their mean, shape (bins,): one for equal bins."""
    widths = np.diff(np.asarray(edges, float))
    return widths / widths.mean()


def bin_integrals(beta, edges, points=5):
    """Exact (Gauss-Legendre) expectation of each bin, shape (bins,), of the density that `basis` takes at centres."""
    edges = np.asarray(edges, float)
    nodes, weights = np.polynomial.legendre.leggauss(points)
    mass = centres(edges)[:, None] + np.diff(edges)[:, None] / 2 * nodes
    density = np.exp(polynomials(reduced(mass, edges), len(beta) - 1) @ np.asarray(beta, float))
    return relative_widths(edges) * (density @ weights) / 2


def function_name(order):
    """Name of the exponential of a polynomial: "exp1", "exp2", "exp3"."""
    return f"exp{order}"


def latex(order):
    """The function of the reduced mass x for figures (LaTeX math without dollars).

    Examples
    --------
    >>> latex(2)
    'N\\\\,e^{-a x - b (x^2 - 1/3)}'
    """
    return r"N\,e^{" + "".join(["-a x", " - b (x^2 - 1/3)", " - c x^3"][:order]) + "}"


@dataclass(frozen=True)
class CrystalBall:
    """Double-sided Crystal Ball: a Gaussian core with a power law on each side.

    events : integral over all masses.
    mean, sigma : of the core, GeV.
    alpha_low, alpha_high : where the tails begin, in sigmas from the mean (positive).
    n_low, n_high : powers of the tails, above 1.
    """

    events: float
    mean: float
    sigma: float
    alpha_low: float
    n_low: float
    alpha_high: float
    n_high: float

    def density(self, mass):
        """Events per GeV at `mass`."""
        t = (np.asarray(mass, float) - self.mean) / self.sigma
        low, high = t < -self.alpha_low, t > self.alpha_high
        core = np.exp(-0.5 * np.where(low | high, 0.0, t) ** 2)
        below = _tail(np.where(low, -t, self.alpha_low), self.alpha_low, self.n_low)
        above = _tail(np.where(high, t, self.alpha_high), self.alpha_high, self.n_high)
        return self.events / self._norm() * np.where(low, below, np.where(high, above, core))

    def cumulative(self, mass):
        """Events below `mass`, in closed form."""
        t = (np.asarray(mass, float) - self.mean) / self.sigma
        low, _, high = self._integrals()
        core = np.sqrt(np.pi / 2) * (
            erf(np.clip(t, -self.alpha_low, self.alpha_high) / np.sqrt(2)) + erf(self.alpha_low / np.sqrt(2))
        )
        below = _tail_beyond(np.maximum(-t, self.alpha_low), self.alpha_low, self.n_low)
        above = high - _tail_beyond(np.maximum(t, self.alpha_high), self.alpha_high, self.n_high)
        total = np.where(t < -self.alpha_low, below, low + core + np.where(t > self.alpha_high, above, 0.0))
        return self.events * self.sigma / self._norm() * total

    def bins(self, edges):
        """Expected events in each bin, shape (bins,)."""
        return np.diff(self.cumulative(edges))

    def _integrals(self):
        """Integrals over t of low tail, core and high tail."""
        core = np.sqrt(np.pi / 2) * (erf(self.alpha_low / np.sqrt(2)) + erf(self.alpha_high / np.sqrt(2)))
        low = _tail_beyond(self.alpha_low, self.alpha_low, self.n_low)
        return low, core, _tail_beyond(self.alpha_high, self.alpha_high, self.n_high)

    def _norm(self):
        return self.sigma * sum(self._integrals())

    def values(self):
        """The seven parameters in the order of the fields."""
        return astuple(self)


def _tail(t, alpha, n):
    """Power-law tail at t >= alpha, continuous with the Gaussian in value and slope."""
    return np.exp(-0.5 * alpha**2) * (1 - alpha / n * (alpha - t)) ** -n


def _tail_beyond(t, alpha, n):
    """Integral of the tail from t >= alpha to infinity; finite for n > 1."""
    return np.exp(-0.5 * alpha**2) * n / (alpha * (n - 1)) * (1 - alpha / n * (alpha - t)) ** (1 - n)
