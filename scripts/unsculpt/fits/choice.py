"""The background function of a category: the fewest parameters whose spurious signal is small for the data.

A template of simulated events has many times the statistics of data, so a likelihood ratio on it asks for parameters
that data cannot measure. What counts is the bias of the fit to data, against the signal and its error there: the
criteria of ATLAS H->yy measurements (arXiv:1802.04146). Where the template is too small to tell, it says so.
"""

from dataclasses import dataclass

import numpy as np

from unsculpt import shapes
from unsculpt.files import finite
from unsculpt.fits import weights
from unsculpt.fits.settings import FORGIVEN_ERRORS
from unsculpt.fits.signal import signal_shape
from unsculpt.fits.spurious import spurious_signal
from unsculpt.likelihood.glm import poisson_glm

PASSES, UNDECIDED, NONE_PASSES, UNKNOWN = "passes", "undecided", "none_passes", "unknown"
_NUMBERS = ("n_sp", "error", "template_error")  # of a function that was tried


@dataclass(frozen=True)
class Spurious:
    """Spurious signals of T templates with one function, all of shape (T,), in events at the luminosity.

    n_sp : fitted signal of largest magnitude over the masses; NaN where it is not known.
    error : of a signal fitted to data.
    template_error : of n_sp, from the statistics of the template.
    """

    n_sp: np.ndarray
    error: np.ndarray
    template_error: np.ndarray

    @property
    def uncertainty(self):
        """What the background is uncertain by: the bias, but never less than its own error; infinite if not known."""
        found = np.maximum(np.abs(self.n_sp), self.template_error)
        return np.where(np.isfinite(found), found, np.inf)


@dataclass(frozen=True)
class Choice:
    """The functions of T categories.

    function : (T,) index among the functions that were tried.
    decided : (T,) of PASSES, UNDECIDED (the template cannot tell; the relaxed criterion is met), NONE_PASSES, and
        UNKNOWN (no function has a spurious signal: no signal, or no fit).
    uncertainty : (T,) spurious signal that enters as an uncertainty, see `Spurious.uncertainty`.
    more_events : (T,) how many times as many simulated events would decide; NaN where they have.
    """

    function: np.ndarray
    decided: np.ndarray
    uncertainty: np.ndarray
    more_events: np.ndarray


def spurious_signals(sumw, sumw2, edges, signals, *, function):
    """Spurious signals of many templates at once, to first order in the signal.

    The function alone is fitted to each template over the full range; the signal is one Newton step (Fisher scoring)
    from there, in closed form: mu = (s' r) / (s' W s - s' W D C D' W s) with residuals r = n/e - 1, weights W = 1/e,
    derivatives D of the function and their covariance C. `spurious_signal` fits one by one; both agree where the
    spurious signal is small against the background below it.

    Parameters
    ----------
    sumw, sumw2 : arrays, shape (T, B)
        Background templates at the luminosity; bins below zero count as empty.
    edges : array, shape (B + 1,)
    signals : array, shape (M, B)
        Shape of one signal event at each mass that is tried.
    function : str, int or shapes.Function
        Log-linear.

    Returns
    -------
    Spurious
    """
    function = shapes.function(function)
    basis, counts = function.basis(edges), np.maximum(sumw, 0.0)
    with np.errstate(all="ignore"):
        kappa, ratio = weights.variances(sumw, sumw2, edges, np.ones(basis.shape[0], bool))
        counts = counts / kappa[:, None]
        sound = np.isfinite(counts).all(1) & (kappa > 0)
        counts = np.where(sound[:, None], counts, 0.0)
        fit = poisson_glm(counts, basis, exposure=shapes.relative_widths(edges))
        overlap = signals @ basis  # (M, P)
        profiled = np.einsum("mp,tpq->tmq", overlap, fit.covariance)
        information = (1 / fit.expected) @ (signals**2).T - (profiled * overlap).sum(2)  # (T, M)
        mu = ((counts / fit.expected - 1) @ signals.T) / information
        rows = np.arange(len(mu)), np.argmax(np.where(np.isfinite(mu), np.abs(mu), -1.0), axis=1)
        information, mu = information[rows], mu[rows]
        slopes = (signals[rows[1]] / fit.expected - profiled[rows] @ basis.T) / information[:, None]
        variance = kappa * (ratio * fit.expected * slopes**2).sum(1)
        sound &= fit.converged & (information > 0) & np.isfinite(mu) & np.isfinite(variance)
        found = kappa * mu, np.sqrt(kappa / information), np.sqrt(variance)
    return Spurious(*(np.where(sound, value, np.nan) for value in found))


def choose(spurious_of, number, expected_signal, criteria):
    """The function of each of T categories: the first that passes, of functions with ever more parameters.

    The limit is the larger of 10 % of the expected signal and 20 % of its error in data (`criteria`). Where two errors
    of the template stay below it, the spurious signal itself must; where they do not, not even a spurious signal of
    zero would be known to pass: that is undecided, and the relaxed criterion, the spurious signal less two errors,
    decides. The events that would tell are (two errors / limit)^2 times as many.

    Parameters
    ----------
    spurious_of : callable
        Of the index of a function and of indices of categories (t,): their `Spurious`. Called for what is still open.
    number : int
        How many functions there are.
    expected_signal : array, shape (T,)
    criteria : settings.SpuriousCriteria

    Returns
    -------
    Choice
        Where none passes the function of smallest uncertainty is taken.
    """
    expected_signal = np.asarray(expected_signal, float)
    size, rest = len(expected_signal), np.arange(len(expected_signal))
    function, decided = np.zeros(size, int), np.full(size, UNKNOWN, dtype=object)
    uncertainty, more = np.full(size, np.inf), np.full(size, np.nan)
    for index in range(number):
        if not len(rest):
            break
        found = spurious_of(index, rest)
        passes, factor = _judge(found, expected_signal[rest], criteria)
        better = passes | (found.uncertainty < uncertainty[rest])
        at = rest[better]
        function[at], uncertainty[at] = index, found.uncertainty[better]
        decided[at] = np.where(passes, np.where(factor > 1, UNDECIDED, PASSES), NONE_PASSES)[better]
        more[at] = np.where(passes & (factor > 1), factor, np.nan)[better]
        rest = rest[~passes]
    return Choice(function, decided, uncertainty, more)


def _judge(found, expected_signal, criteria):
    """Which spurious signals are small enough, and how many times the events it takes to know (decided up to one)."""
    limit = np.maximum(criteria.of_expected * expected_signal, criteria.of_error * found.error)
    forgiven = FORGIVEN_ERRORS * found.template_error
    factor = (forgiven / limit) ** 2
    rest = np.abs(found.n_sp) - np.where(factor > 1, forgiven, 0.0)
    return rest < limit, factor  # NaN passes nothing


def of_templates(sumw, sumw2, signal, shape, axis, *, settings):
    """The functions of many categories at once, by `spurious_signals`.

    Parameters
    ----------
    sumw, sumw2, signal : arrays, shape (T, B)
        Background templates at the luminosity, their squared weights, and the expected signal; full range.
    shape : shapes.CrystalBall or shapes.Template
        Of one signal event, in all categories.
    axis : axes.Axis
    settings : fits.Settings
        The functions of the sideband fit and the criteria.

    Returns
    -------
    Choice
    """
    names, criteria = settings.family, settings.spurious_signal
    signals = signals_of(shape, axis.edges, criteria)

    def spurious_of(index, rows):
        return spurious_signals(sumw[rows], sumw2[rows], axis.edges, signals, function=names[index])

    return choose(spurious_of, len(names), signal.sum(1), criteria)


def of_category(background, signal, axis, *, settings):
    """The function of one category, by `spurious_signal` (where that has no fit, by `spurious_signals`).

    Parameters
    ----------
    background, signal : objects with arrays sumw, sumw2 of shape (B,)
        Background template and signal at the luminosity, full range.
    axis : axes.Axis
    settings : fits.Settings
        The functions of the sideband fit and the criteria.

    Returns
    -------
    function : str
    content : dict
        JSON (docs/categories.md): function, decided, more_events, uncertainty, tried.
    """
    names, criteria, edges = settings.family, settings.spurious_signal, axis.edges
    shape, _, _ = signal_shape(signal.sumw, signal.sumw2, edges)
    expected, tried = float(np.sum(signal.sumw)), []

    def spurious_of(index, _):
        tried.append(_spurious(background, shape, edges, names[index], expected, criteria))
        return tried[-1]

    found = choose(spurious_of, len(names), [expected], criteria)
    numbers = {key: [finite(getattr(one, key)[0]) for one in tried] for key in _NUMBERS}
    rows = [dict(zip(numbers, row, strict=True)) for row in zip(*numbers.values(), strict=True)]
    name = names[found.function[0]]
    return name, {
        "function": name,
        "decided": str(found.decided[0]),
        "more_events": finite(found.more_events[0]),
        "uncertainty": finite(found.uncertainty[0]),
        "tried": [{"function": f} | row for f, row in zip(names, rows, strict=False)],
    }


def _spurious(background, shape, edges, function, expected, criteria):
    """The spurious signal of one template as `Spurious` of shape (1,)."""
    if shape is None:
        return Spurious(*np.full((3, 1), np.nan))
    options = {"function": function, "expected_signal": expected, "criteria": criteria}
    found = spurious_signal(background.sumw, background.sumw2, edges, lambda m: shape.moved(m).bins(edges), **options)
    if found is not None:
        return Spurious(*(np.array([getattr(found, key)]) for key in _NUMBERS))
    signals = signals_of(shape, edges, criteria)
    return spurious_signals(background.sumw[None], background.sumw2[None], edges, signals, function=function)


def signals_of(shape, edges, criteria):
    """The shape of one signal event at the masses that are tried, shape (M, B)."""
    return np.array([shape.moved(mass).bins(edges) for mass in criteria.masses_gev])
