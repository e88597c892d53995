"""pyhf models of mass spectra with a log-linear background: the sideband fit, and signal plus background."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pyhf

from unsculpt import shapes
from unsculpt.axes import Axis
from unsculpt.likelihood import loglinear
from unsculpt.likelihood.glm import poisson_glm

COEFFICIENTS = shapes.LETTERS
_LARGEST = 10.0  # bound of the normalisation, in units of its starting value


@dataclass(frozen=True)
class Channel:
    """One spectrum of a fit.

    name : letters, digits and underscores.
    axis : of the mass, with B bins over the full range and a window.
    background : (B,) expected background, from the sideband fit.
    function : of the background, log-linear; given by its name, by the order of an exponential, or as it is.
    signal : (B,) expected signal for mu = 1, or None.
    counts : (B,) observed events over the full range, or None while blinded.
    slope_prior : (value, error) of a Gaussian constraint on the slope of the background, 1/GeV, or None.
    """

    name: str
    axis: Axis
    background: np.ndarray
    function: shapes.Function | str | int = 1
    signal: np.ndarray | None = None
    counts: np.ndarray | None = None
    slope_prior: tuple | None = None

    def __post_init__(self):
        object.__setattr__(self, "function", shapes.function(self.function))

    @property
    def edges(self):
        """Bin edges in GeV, shape (B + 1,)."""
        return self.axis.edges


@dataclass(frozen=True)
class Estimate:
    """A fitted background, in the parameters of `shapes.basis`.

    beta : (P,) coefficients; the first is the logarithm of the normalisation.
    covariance : (P, P).
    """

    beta: np.ndarray
    covariance: np.ndarray


@contextmanager
def numpy_backend(optimizer=None):
    """pyhf with numpy and this optimiser (scipy by default) inside the block; the previous backend afterwards."""
    previous = pyhf.get_backend()
    pyhf.set_backend("numpy", optimizer or pyhf.optimize.scipy_optimizer())
    try:
        yield
    finally:
        pyhf.set_backend(*previous)


def minuit(events=0.0):
    """The optimiser for errors: second derivatives at the minimum, and a tolerance that rounding still allows."""
    tolerance = 1e-5 if events < 1e6 else 1e-2
    return pyhf.optimize.minuit_optimizer(tolerance=tolerance, strategy=2, maxiter=5000)


def coefficient_prior(slope_prior, edges):
    """Mean and error of the first coefficient for a prior on the slope (value, error), 1/GeV, of an exponential."""
    half = shapes.half_range(edges)
    return slope_prior[0] * half, slope_prior[1] * half


def prior(slope_prior, edges, function):
    """The same as mean and precision of all coefficients, for `poisson_glm`; None without a prior."""
    if slope_prior is None:
        return None
    mean, precision = np.zeros((2, shapes.function(function).parameters))
    mean[1], error = coefficient_prior(slope_prior, edges)
    precision[1] = error**-2
    return mean, precision


def channel_spec(channel, beta, mask=None):
    """Specification of one channel and of its parameters, which start at `beta`; `mask` keeps some bins only."""
    mask = np.ones(len(channel.edges) - 1, bool) if mask is None else mask
    basis = channel.function.basis(channel.edges)[mask]
    flat = np.exp(beta[0]) * shapes.relative_widths(channel.edges)[mask]
    names = [f"{letter}_{channel.name}" for letter in COEFFICIENTS[: channel.function.order]]
    modifiers = [{"name": f"N_{channel.name}", "type": "normfactor", "data": None}] + [
        {"name": name, "type": "loglinear", "data": {"x": basis[:, i + 1].tolist()}} for i, name in enumerate(names)
    ]
    if channel.slope_prior is not None:
        value, error = coefficient_prior(channel.slope_prior, channel.edges)
        modifiers[1]["data"]["constraint"] = {"value": value, "error": error}
    samples = [{"name": "background", "data": flat.tolist(), "modifiers": modifiers}]
    if channel.signal is not None:
        mu = [{"name": "mu", "type": "normfactor", "data": None}]
        samples.append({"name": "signal", "data": signal_template(channel)[mask].tolist(), "modifiers": mu})
    parameters = [{"name": f"N_{channel.name}", "inits": [1.0], "bounds": [[1e-6, _LARGEST]]}] + [
        {"name": name, "inits": [float(value)], "bounds": [[-loglinear.BOUND, loglinear.BOUND]]}
        for name, value in zip(names, beta[1:], strict=True)
    ]
    return {"name": channel.name, "samples": samples}, parameters


def signal_template(channel):
    """Expected signal, shape (B,); bins that weights of either sign made negative are empty."""
    return np.maximum(np.asarray(channel.signal, float), 0.0)


def model(channels, betas, mu_bounds=None):
    """pyhf model of several channels with one signal strength; `mu_bounds=None` leaves the signal out."""
    parts = [channel_spec(channel, beta) for channel, beta in zip(channels, betas, strict=True)]
    parameters = [parameter for _, own in parts for parameter in own]
    if mu_bounds is not None:
        parameters.append({"name": "mu", "inits": [min(1.0, mu_bounds[1] / 2)], "bounds": [list(mu_bounds)]})
    spec = {"channels": [part for part, _ in parts], "parameters": parameters}
    return loglinear.model(spec, poi="mu" if mu_bounds is not None else None)


def fit_sidebands(counts, axis, function, slope_prior=None, side=None):
    """Fit the sidebands with pyhf and minuit.

    Parameters
    ----------
    counts : array, shape (B,)
        Finite and not negative outside the window; the window is not looked at.
    axis, function, slope_prior
        As in `Channel`.
    side : bool array, shape (B,), optional
        The bins that are fitted; all outside the window by default.

    Returns
    -------
    Estimate

    Raises
    ------
    pyhf.exceptions.FailedMinimization
        If minuit does not converge.
    """
    side, edges = ~axis.in_window if side is None else side, axis.edges
    basis, widths = shapes.basis(edges, function), shapes.relative_widths(edges)
    data = np.asarray(counts, float)[side]
    fast = poisson_glm(data, basis[side], exposure=widths[side], prior=prior(slope_prior, edges, function))
    start, degree = _beside(fast), shapes.function(function).order
    spec, parameters = channel_spec(Channel("c", axis, counts, function, slope_prior=slope_prior), start, side)
    with numpy_backend(minuit(data.sum())):
        pdf = loglinear.model({"channels": [spec], "parameters": parameters}, poi=None)
        data = data.tolist() + list(pdf.config.auxdata)
        fitted, result = pyhf.infer.mle.fit(data, pdf, return_uncertainties=True, return_result_obj=True)
        index = [pdf.config.par_map[f"{name}_c"]["slice"].start for name in ("N", *COEFFICIENTS[:degree])]
    values = np.asarray(fitted)[index, 0]
    to_beta = np.array([1 / values[0], *np.ones(degree)])  # beta_0 = start_0 + ln N, the others are the same
    covariance = np.asarray(result.minuit.covariance)[np.ix_(index, index)] * np.outer(to_beta, to_beta)
    return Estimate(np.array([start[0] + np.log(values[0]), *values[1:]]), covariance)


def _beside(fit):
    """Start 0.3 errors beside the minimum; at the minimum minuit learns no step, and its errors are 1 % off."""
    start = fit.beta[0] + 0.3 * np.sqrt(np.diagonal(fit.covariance[0]))
    start[1:] = np.clip(start[1:], -0.95 * loglinear.BOUND, 0.95 * loglinear.BOUND)
    return start
