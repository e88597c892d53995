"""Peaks for the signal: the double-sided Crystal Ball, and a histogram that can be moved."""

from dataclasses import astuple, dataclass, replace

import numpy as np
from scipy.special import erf


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
        low, middle, high = self._integrals()
        core = np.sqrt(np.pi / 2) * (
            erf(np.clip(t, -self.alpha_low, self.alpha_high) / np.sqrt(2)) + erf(self.alpha_low / np.sqrt(2))
        )
        below = _tail_beyond(np.maximum(-t, self.alpha_low), self.alpha_low, self.n_low)
        above = high - _tail_beyond(np.maximum(t, self.alpha_high), self.alpha_high, self.n_high)
        total = np.where(t < -self.alpha_low, below, low + core + np.where(t > self.alpha_high, above, 0.0))
        return self.events * self.sigma / (self.sigma * (low + middle + high)) * total

    def bins(self, edges):
        """Expected events in each bin, shape (bins,)."""
        return np.diff(self.cumulative(edges))

    def moved(self, mass):
        """The same shape around another mass, GeV."""
        return replace(self, mean=float(mass))

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


@dataclass(frozen=True)
class Template:
    """A histogram as a shape: flat inside its bins, moved as a whole.

    edges : (B + 1,) GeV.
    values : (B,) events in each bin; negative ones count as empty.
    mean : where the shape peaks, GeV; `moved` moves this point.
    """

    edges: np.ndarray
    values: np.ndarray
    mean: float

    def cumulative(self, mass):
        """Events below `mass`."""
        steps = np.concatenate([[0.0], np.cumsum(np.maximum(self.values, 0.0))])
        return np.interp(np.asarray(mass, float), self.edges, steps)

    def bins(self, edges):
        """Expected events in each bin, shape (bins,)."""
        return np.diff(self.cumulative(edges))

    def moved(self, mass):
        """The same shape around another mass, GeV."""
        return replace(self, edges=np.asarray(self.edges, float) + mass - self.mean, mean=float(mass))
