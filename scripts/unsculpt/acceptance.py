"""Whether the sculpting of a selection is small enough: limits against tolerances; stdlib only.

A p-value asks whether there is any sculpting at all. A small sample finds none, a large one always does, and neither
answer says whether it matters. So a point of the grid is judged by equivalence tests (two one-sided tests,
D. Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657): it is accepted when what it can be at most, at 95 % CL, is
below a tolerance. The tolerance does not depend on the simulation; a larger one decides more points, and accepts none
that it should not. The words of the verdicts are those of docs/metrics.md.
"""

import math

ACCEPTED, UNDECIDED, EXCLUDED = "accepted", "undecided", "excluded"
LEVEL_ERRORS = 1.6448536269514722  # standard errors of a one-sided limit at 95 % CL
SIGNIFICANT = 0.05  # corrected p-values below this say that a selection sculpts
_MOST = 100.0  # times as many simulated events: more are not worth a number


def judge(point, fit, *, settings):
    """The verdict on a point of the grid, which depends on no other point.

    Three things are asked, the last two of studies with fits only: the spectrum that passes deviates from its reference
    by less than `deviation_tolerance`; the sideband fit misses the window by less than `bias_tolerance` times the
    statistical error of the background that data have there; and the fit describes the sidebands.

    Parameters
    ----------
    point : dict
        The point in the metrics JSON; its `jsd` has value, error, floor and base.
    fit : dict or None
        Its fits JSON; None in a study without fits.
    settings : dict
        The sub-tree `working_point` of the configuration.

    Returns
    -------
    dict
        verdict, reasons (sentences on what is not accepted), more_events (how many times the simulated events would
        decide an undecided point, if it stays as it is measured; None where nothing can be said), bias, bias_error,
        limit and tolerance (in units of data_error, which is in events), p_value (of no bias, uncorrected), deviation
        (value, limit, tolerance, verdict), and bias_verdict, fit_verdict (None without fits). docs/metrics.md.
    """
    deviation = _deviation(point["jsd"], settings["deviation_tolerance"])
    bias, quality = (None, None) if fit is None else (_bias(fit, settings), _quality(fit, settings))
    parts = [part for part in (deviation, bias, quality) if part is not None]
    verdicts = [part["verdict"] for part in parts]
    verdict = next((word for word in (EXCLUDED, UNDECIDED) if word in verdicts), ACCEPTED)
    more = [part["more_events"] for part in parts if part["verdict"] == UNDECIDED]
    decidable = verdict == UNDECIDED and None not in more
    return {
        "verdict": verdict,
        "reasons": [part["reason"] for part in parts if part["reason"]],
        "more_events": max(more) if decidable else None,
        **{key: bias and bias[key] for key in ("bias", "bias_error", "limit", "tolerance", "data_error", "p_value")},
        "deviation": {key: deviation[key] for key in ("value", "limit", "tolerance", "verdict")},
        "bias_verdict": bias and bias["verdict"],
        "fit_verdict": quality and quality["verdict"],
    }


def describe(acceptance):
    """The verdict and its reasons in words.

    Examples
    --------
    >>> describe({"verdict": "undecided", "reasons": ["the bias may be 1.2"], "more_events": 3.2})
    'undecided: the bias may be 1.2; about 4 times as many simulated events would decide if it stays so'
    """
    words = [acceptance["verdict"], "; ".join(acceptance["reasons"])]
    return ": ".join(filter(None, words)) + _more(acceptance)


def criterion(settings, fitted):
    """What is asked of an accepted point, as the end of a sentence; `settings` as in `judge`."""
    asked = [f"the spectrum that passes deviates by less than {settings['deviation_tolerance']:.0%}"]
    if fitted:
        asked.append(
            f"the sideband fit misses the window by less than {settings['bias_tolerance']:g} of the statistical error "
            f"of the background of data there (both at 95 % CL) and has p > {settings['fit_p_value_min']:g}"
        )
    return ", ".join(asked) + ("" if fitted else " (95 % CL)")


def tolerated_divergence(tolerance, base):
    """The JSD of a spectrum that deviates by the tolerance from its reference, to second order.

    With M the mean of P and Q, JSD = sum (P - Q)^2 / M / (8 ln b) in base b: the mean square of (P - Q) / M.

    Examples
    --------
    >>> round(tolerated_divergence(0.2, 2), 5)
    0.00721
    """
    return tolerance**2 / (8 * math.log(base))


def corrected(p_values):
    """p-values corrected for their number (S. Holm, Scand. J. Statist. 6 (1979) 65); None stays, and does not count.

    The chance that any of them is below a number, where nothing sculpts, is at most this number, however correlated
    they are.

    Examples
    --------
    >>> corrected([0.01, None, 0.03, 0.04])
    [0.03, None, 0.06, 0.06]
    """
    order = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    found, largest = [None] * len(p_values), 0.0
    for rank, (p, i) in enumerate(order):
        largest = max(largest, min(1.0, p * (len(order) - rank)))
        found[i] = largest
    return found


def _deviation(jsd, tolerance):
    """The relative deviation of the spectrum (root mean square), from the JSD beyond its floor."""
    value, floor = jsd.get("value"), jsd.get("floor")
    error = jsd.get("error_events", jsd.get("error"))  # of the network as it stands, not of another training
    if None in (value, error, floor):
        unknown = _unknown("the spectrum that passes has no JSD with a floor and an error")
        return unknown | {"value": None, "limit": None, "tolerance": tolerance}
    most, excess = tolerated_divergence(tolerance, jsd["base"]), value - floor

    def relative(divergence):
        return tolerance * math.sqrt(max(divergence, 0.0) / most)

    verdict, more = _decide(excess, error, most)
    limit, numbers = relative(excess + LEVEL_ERRORS * error), f"{relative(excess):.0%}"
    reason = {
        EXCLUDED: f"the spectrum that passes deviates by {numbers}, more than {tolerance:.0%}",
        UNDECIDED: f"the spectrum that passes may deviate by up to {limit:.0%}, more than {tolerance:.0%}",
    }.get(verdict, "")
    numbers = {"value": relative(excess), "limit": limit, "tolerance": tolerance}
    return numbers | {"verdict": verdict, "more_events": more, "reason": reason}


def _bias(fit, settings):
    """What the template has in the window beyond the extrapolated fit, in errors of data.

    The unit is the root of the events that the fit predicts, the Poisson error of data in the window at the luminosity.
    It holds neither the signal, beside which any bias could look small, nor the error of the extrapolation, which would
    forgive a function with more parameters more. The error of the template's own content in the window is at least that
    of the predicted content: a window that is empty by chance is no proof.
    """
    tolerance = settings["bias_tolerance"]
    predicted, found = fit.get("window_yield"), fit.get("window_simulated")
    empty = dict.fromkeys(("bias", "bias_error", "limit", "data_error", "p_value")) | {"tolerance": tolerance}
    if fit["status"] != "fitted" or predicted is None or found is None:
        why = f" ({fit['reason']})" if fit.get("reason") else ""
        return empty | _unknown(f"there is no sideband fit{why}")
    numbers = (predicted["value"], predicted["error"], found["value"], found["error"])
    if None in numbers or not predicted["value"] > 0:
        return empty | _unknown("the sideband fit predicts no events in the window, or no error")
    data_error = math.sqrt(predicted["value"])
    own = max(found["error"] ** 2, (fit.get("kappa") or 0.0) * predicted["value"])
    bias = (found["value"] - predicted["value"]) / data_error
    unit = 0.5 * (found["value"] / predicted["value"] + 1)  # an error of the prediction moves the unit, too
    error = math.hypot(math.sqrt(own), unit * predicted["error"]) / data_error
    pull = bias * data_error / math.hypot(math.sqrt(own), predicted["error"])
    verdict, more = _decide(abs(bias), error, tolerance)
    limit, measured = abs(bias) + LEVEL_ERRORS * error, f"{bias:+.2f} ± {error:.2f}"
    reason = {
        EXCLUDED: f"the bias in the window is {measured} errors of data, beyond {tolerance:g}",
        UNDECIDED: f"the bias in the window is {measured} errors of data and may be {limit:.2f}, beyond {tolerance:g}",
    }.get(verdict, "")
    return {
        **{"bias": bias, "bias_error": error, "limit": limit, "tolerance": tolerance, "data_error": data_error},
        "p_value": math.erfc(abs(pull) / math.sqrt(2)),
        **{"verdict": verdict, "more_events": more, "reason": reason},
    }


def _quality(fit, settings):
    """Whether the fit describes the sidebands."""
    if fit["status"] != "fitted" or fit["p_value"] is None:
        return _unknown("" if fit["status"] != "fitted" else "the sideband fit has no p-value")
    good = fit["p_value"] > settings["fit_p_value_min"]
    reason = "" if good else f"the sideband fit has p = {fit['p_value']:.2g}, not above {settings['fit_p_value_min']:g}"
    return {"verdict": ACCEPTED if good else EXCLUDED, "more_events": None, "reason": reason}


def _decide(value, error, tolerance):
    """Verdict on a number that is not to exceed a tolerance, and how many more events would decide it."""
    reach = LEVEL_ERRORS * error
    if value + reach < tolerance:
        return ACCEPTED, None
    if value - reach > tolerance:
        return EXCLUDED, None
    distance = abs(tolerance - value)
    return UNDECIDED, (reach / distance) ** 2 if distance > 0 else None


def _unknown(reason):
    return {"verdict": UNDECIDED, "more_events": None, "reason": reason}


def _more(acceptance):
    """How many more events would decide, at the end of a sentence."""
    if acceptance["verdict"] != UNDECIDED or acceptance["more_events"] is None:
        return ""
    factor = acceptance["more_events"]
    number = f"more than {_MOST:g}" if factor > _MOST else f"about {max(math.ceil(factor), 2)}"
    return f"; {number} times as many simulated events would decide if it stays so"
