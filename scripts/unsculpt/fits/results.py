"""What a sideband fit found, as a frozen record, as JSON and as a HistFactory workspace."""

from dataclasses import dataclass, field

import numpy as np

from unsculpt import axes, likelihood, shapes
from unsculpt.files import finite

FITTED, NOT_FITTED = "fitted", "not_fitted"


@dataclass(frozen=True)
class Value:
    """A number and its standard error, in the same unit."""

    value: float
    error: float


@dataclass(frozen=True)
class SidebandFit:
    """Fit of a mass spectrum outside the signal window, and its extrapolation into it.

    Yields are in the unit of the weights (events at the luminosity); errors are those of the statistics of the spectrum
    itself. Numbers that a fit does not have (status "not_fitted", or no window while blinded) are None.

    status, reason : "fitted" with an empty reason, or "not_fitted" with one sentence.
    axis : of the mass, with B bins and the window.
    sumw, sumw2 : (B,) the spectrum; while blinded the window bins are NaN.
    order, function : order of the polynomial in the exponent, and name of the function ("exp1").
    chi2, ndf, p_value : Pearson, bins merged to at least five expected effective events.
    p_value_toys : the p-value of the deviance from toys, where bins expect few events; else None.
    slope : -d ln f / dm at the centre of the range, 1/GeV; positive for a falling spectrum.
    parameters : name -> Value; N (events in the full range for a = b = c = 0) and a, b, c of the reduced mass.
    slope_prior, slope_own : the slope that was borrowed, with the error that constrains it, and what the spectrum alone
        would give; None where nothing was borrowed.
    window_yield_interval : {"low", "high", "method", "level"}, the central interval of the profile likelihood.
    window_yield, window_simulated, pull : extrapolated and actual events in the window; (actual - extrapolated) over
        both errors in quadrature.
    kappa : sum w^2 / sum w in the sidebands, the weight of an effective event; one for counts.
    sideband_events : effective events in the sidebands.
    error_events : how many events the errors rest on, see `weights.Weights`; None for equal weights.
    dead_gev : ranges of mass, (low, high) in GeV, of the empty bins that were left out of the fit.
    expected, expected_error : (B,) fitted curve and its error.
    scale : (B,) variance of each bin over kappa x expected; ones for equal weights.
    orders : name of the order -> numbers of that fit (JSON-like).
    order_choice : {"p_value", "chosen"}; likelihood-ratio p-value of the last step of order that was tried.
    engine, cross_check : what made the numbers, and the same from the other engine (JSON-like).
    """

    status: str
    reason: str
    axis: axes.Axis
    sumw: np.ndarray
    sumw2: np.ndarray
    order: int | None = None
    function: str | None = None
    chi2: float | None = None
    ndf: int | None = None
    p_value: float | None = None
    p_value_toys: float | None = None
    slope: Value | None = None
    slope_prior: Value | None = None
    slope_own: Value | None = None
    parameters: dict = field(default_factory=dict)
    window_yield: Value | None = None
    window_yield_interval: dict | None = None
    window_simulated: Value | None = None
    pull: float | None = None
    kappa: float | None = None
    sideband_events: float | None = None
    error_events: float | None = None
    dead_gev: tuple = ()
    expected: np.ndarray | None = None
    expected_error: np.ndarray | None = None
    scale: np.ndarray | None = None
    orders: dict = field(default_factory=dict)
    order_choice: dict = field(default_factory=dict)
    engine: str | None = None
    cross_check: dict = field(default_factory=dict)

    @property
    def fitted(self):
        """Whether there is a fit."""
        return self.status == FITTED

    @property
    def slope_from(self):
        """Where the slope comes from: "sidebands", or "control region" when it was borrowed."""
        return "sidebands" if self.slope_prior is None else "control region"

    @property
    def remarks(self):
        """What the user must know of the fit: sentences."""
        if not (self.fitted and self.dead_gev):
            return []
        gaps = " and ".join(f"{low:g} to {high:g} GeV" for low, high in self.dead_gev)
        return [
            f"the sidebands are empty from {gaps}, where the fit of the other bins expects events: these bins are not "
            "fitted; find what is missing there, or give a range of the mass without them"
        ]

    @property
    def dead(self):
        """Mask of the bins that were left out, shape (B,)."""
        middle = shapes.centres(self.axis.edges)
        inside = [(low < middle) & (middle < high) for low, high in self.dead_gev]
        return np.any(inside, axis=0) if inside else np.zeros(len(middle), bool)


def pair(value):
    """JSON form of a Value; None stays None."""
    return None if value is None else {"value": finite(value.value), "error": finite(value.error)}


def to_json(fit, spectra=True):
    """JSON form of a fit, with the keys of docs/fits.md; `spectra=False` leaves spectrum and curve out."""
    content = {
        "status": fit.status,
        "reason": fit.reason,
        "function": fit.function,
        "order": fit.order,
        "chi2": fit.chi2,
        "ndf": fit.ndf,
        "p_value": fit.p_value,
        "p_value_toys": fit.p_value_toys,
        "slope": pair(fit.slope),
        "slope_from": fit.slope_from,
        "slope_prior": pair(fit.slope_prior),
        "slope_own": pair(fit.slope_own),
        "parameters": [{"name": name, **pair(value)} for name, value in fit.parameters.items()],
        "window_gev": list(fit.axis.window),
        "window_yield": pair(fit.window_yield),
        "window_yield_interval": fit.window_yield_interval,
        "window_simulated": pair(fit.window_simulated),
        "pull": fit.pull,
        "kappa": fit.kappa,
        "sideband_events": fit.sideband_events,
        "error_events": fit.error_events,
        "dead_gev": [list(pair) for pair in fit.dead_gev],
        "remarks": fit.remarks,
        "orders": fit.orders,
        "order_choice": fit.order_choice,
        "engine": fit.engine,
        "cross_check": fit.cross_check,
    }
    if spectra:
        content["spectrum"] = {
            "edges_gev": _numbers(fit.axis.edges),
            "sumw": _numbers(fit.sumw),
            "sumw2": _numbers(fit.sumw2),
        }
        model = {key: _numbers(v) for key, v in model_of(fit).items()}
        content["model"] = model if fit.fitted else None
    return content


def model_of(fit):
    """The arrays of the fitted curve by their names in JSON."""
    return {"expected": fit.expected, "error": fit.expected_error, "scale": fit.scale}


def remarks(content, spurious):
    """What the user must know of a fit and of its spurious signal (both as JSON, the latter or None): sentences."""
    return [*content["remarks"], *(spurious["signal_shape"]["remarks"] if spurious else [])]


def from_json(content):
    """The fit of a JSON form that has its spectrum."""
    spectrum, model = content["spectrum"], content["model"] or {"expected": None, "error": None}
    same = ("status", "reason", "function", "order", "chi2", "ndf", "p_value", "pull", "kappa", "sideband_events")
    later = ("p_value_toys", "window_yield_interval", "error_events")  # absent from files of early versions
    return SidebandFit(
        **{key: content[key] for key in (*same, "orders", "order_choice", "engine", "cross_check")},
        **{key: content.get(key) for key in later},
        **{key: _value(content.get(key)) for key in ("slope_prior", "slope_own")},
        axis=axes.spectrum(spectrum["edges_gev"], content["window_gev"]),
        sumw=_array(spectrum["sumw"]),
        sumw2=_array(spectrum["sumw2"]),
        dead_gev=tuple(tuple(pair) for pair in content.get("dead_gev", ())),
        slope=_value(content["slope"]),
        parameters={entry["name"]: _value(entry) for entry in content["parameters"]},
        window_yield=_value(content["window_yield"]),
        window_simulated=_value(content["window_simulated"]),
        expected=_array(model["expected"]),
        expected_error=_array(model["error"]),
        scale=_array(model.get("scale")),
    )


def workspace(fit, name="background"):
    """Plain HistFactory workspace of a fit, see `likelihood.workspace`; a fit that failed gives its reason instead.

    The file is in effective events, sum w / kappa, for which the Poisson likelihood of the fit holds (its errors are
    those of equal weights); bins that the fit left out are left out.
    """
    if not fit.fitted:
        return {"status": fit.status, "reason": fit.reason}
    background = fit.expected / fit.kappa
    counts = np.where(np.isnan(fit.sumw), background, np.maximum(fit.sumw / fit.kappa, 0.0))
    prior = fit.slope_prior and (fit.slope_prior.value, fit.slope_prior.error)
    channel = likelihood.Channel(name, fit.axis, background, fit.function, counts=counts, slope_prior=prior)
    content = likelihood.workspace([channel], measurement="sidebands")
    for key in ("channels", "observations"):
        content[key] = [part for part, dead in zip(content[key], fit.dead, strict=True) if not dead]
    return content


def _numbers(array):
    return None if array is None else [finite(value) for value in array]


def _array(numbers):
    return None if numbers is None else np.array(numbers, float)  # None becomes NaN


def _value(entry):
    if entry is None:
        return None
    return Value(*(np.inf if entry[key] is None else entry[key] for key in ("value", "error")))
