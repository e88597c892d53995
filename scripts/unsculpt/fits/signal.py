"""Shape of the signal: a double-sided Crystal Ball fitted to a weighted, binned spectrum, or the spectrum itself."""

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from iminuit import Minuit

from unsculpt.fits.results import Value
from unsculpt.shapes import CrystalBall, Template, centres

_NAMES = ("mean", "sigma", "alpha_low", "n_low", "alpha_high", "n_high")
_LIMITS = ((0.3, 10.0), (0.5, 4.0), (1.05, 50.0), (0.5, 4.0), (1.05, 50.0))
_AT_BOUND = 0.01  # of the distance between the bounds: minuit comes near, but does not touch
_FAR = 0.02  # of the signal, between shape and spectrum, from which on a tail at its bound is worth a sentence


@dataclass(frozen=True)
class SignalFit:
    """A fitted Crystal Ball.

    parameters : name of a shape parameter -> Value (masses in GeV).
    at_bound : name -> (bound, lower, upper) of each parameter that stopped at one of its bounds.
    distance : largest difference of the cumulative distributions of shape and spectrum, share of the signal.
    """

    shape: CrystalBall
    parameters: dict
    at_bound: dict = field(default_factory=dict)
    distance: float = 0.0

    @property
    def remarks(self):
        """What the user must know of the fit: at most one sentence.

        A peak whose tails are at a bound, and whose shape is that of the spectrum all the same, is one like any other.
        """
        core = any(name in ("mean", "sigma") for name in self.at_bound)
        if not core and not (self.at_bound and self.distance > _FAR):
            return []
        stopped = ", ".join(
            f"{name} = {bound:g} (allowed {low:g} to {high:g})" for name, (bound, low, high) in self.at_bound.items()
        )
        if core:
            advice = "check mass and resolution of the signal, or widen the mass range"
            return [
                f"the peak fit of the signal stops at a bound: {stopped}; the shape is not that of the events; {advice}"
            ]
        return [
            f"the peak fit of the signal stops at a bound: {stopped}; {self.distance:.1%} of the signal lies "
            "elsewhere, compare the shape with the spectrum of the signal"
        ]


def fit_signal(sumw, sumw2, edges):
    """Fit the shape of a signal spectrum by a scaled Poisson likelihood of the bin integrals.

    Parameters
    ----------
    sumw, sumw2 : arrays, shape (B,)
        Sum of weights and of squared weights in each bin; negative bins count as empty.
    edges : array, shape (B + 1,)
        Bin edges in GeV.

    Returns
    -------
    SignalFit or None
        The integral of the shape over the edges is the sum of weights; None for fewer than 30 effective events, or
        where minuit does not converge.
    """
    sumw, edges = np.asarray(sumw, float), np.asarray(edges, float)
    total, squares = float(np.sum(sumw)), float(np.sum(sumw2))
    if not (np.isfinite(total) and np.isfinite(squares) and total > 0 and squares > 0 and total**2 / squares >= 30):
        return None
    counts = np.maximum(sumw, 0.0) * total / squares

    def nll(*parameters):
        expected = CrystalBall(1.0, *parameters).bins(edges)
        expected = np.maximum(expected * counts.sum() / max(expected.sum(), 1e-300), 1e-12)
        return float(-(counts * np.log(expected)).sum())

    middle = centres(edges)
    mean = float(middle[np.argmax(counts)])
    core = np.abs(middle - mean) < 5
    sigma = np.sqrt(np.average((middle[core] - mean) ** 2, weights=counts[core] + 1e-12))
    minuit = Minuit(nll, mean, float(np.clip(sigma, 0.5, 5.0)), 1.5, 5.0, 1.5, 8.0, name=_NAMES)
    minuit.limits = ((edges[0], edges[-1]), *_LIMITS)  # of the mean: outside there is nothing to normalise
    minuit.errordef = Minuit.LIKELIHOOD
    minuit.migrad(ncall=5000)
    if not minuit.valid:
        return None
    minuit.hesse()
    shape = CrystalBall(1.0, *minuit.values)
    shape = CrystalBall(total / float(shape.bins(edges).sum()), *minuit.values)
    pairs = zip(_NAMES, minuit.values, minuit.errors, strict=True)
    found = {name: Value(float(v), float(e)) for name, v, e in pairs}
    distance = float(np.abs(np.cumsum(sumw - shape.bins(edges))).max()) / total
    return SignalFit(shape, found, _stopped(found, minuit.limits), distance)


def _stopped(parameters, limits):
    """The parameters at a bound; the power of a tail that begins beyond its bound has nothing to say."""
    found = {}
    for name, (low, high) in zip(_NAMES, limits, strict=True):
        near = _AT_BOUND * (high - low)
        if not low + near < parameters[name].value < high - near:
            bound = low if parameters[name].value <= low + near else high
            found[name] = (float(bound), float(low), float(high))
    for side in ("low", "high"):
        if f"alpha_{side}" in found and found[f"alpha_{side}"][0] == found[f"alpha_{side}"][2]:
            found.pop(f"n_{side}", None)
    return found


def signal_shape(sumw, sumw2, edges):
    """Shape of one signal event: the fitted Crystal Ball, or the spectrum itself where that fit fails.

    Parameters
    ----------
    sumw, sumw2, edges
        As in `fit_signal`.

    Returns
    -------
    shape : shapes.CrystalBall or shapes.Template or None
        With `bins(edges)` and `moved(mass)`; it holds one event over its whole range. None without signal.
    kind : str
        "crystal ball", "template" or "none".
    fit : SignalFit or None
        The Crystal Ball, if it was fitted.
    """
    return _signal_shape(*(np.ascontiguousarray(values, float).tobytes() for values in (sumw, sumw2, edges)))


@lru_cache(maxsize=256)  # the function of a category, its spurious signal and its row in the table ask for one peak
def _signal_shape(*numbers):
    sumw, sumw2, edges = map(np.frombuffer, numbers)
    fit = fit_signal(sumw, sumw2, edges)
    if fit is not None:
        return replace(fit.shape, events=1.0), "crystal ball", fit
    values = np.maximum(np.nan_to_num(sumw), 0.0)
    if not (np.isfinite(sumw).all() and values.sum() > 0):
        return None, "none", None
    values = values / values.sum()
    mean = float(np.interp(0.5, np.concatenate([[0.0], np.cumsum(values)]), edges))
    return Template(edges, values, mean), "template", None
