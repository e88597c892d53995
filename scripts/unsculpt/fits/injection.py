"""A bump hunt with an answer that is known: signal is added to a background template, and a fit looks for it.

The spectrum is that of the simulation itself, not of the fitted function. What is found without any signal is therefore
a bump that the selection made, and what is missed of an injected one is what the function swallows.
"""

import logging

import numpy as np
from pyhf.exceptions import FailedMinimization

from unsculpt import likelihood
from unsculpt.fits.settings import SpuriousCriteria
from unsculpt.fits.spurious import spurious_signal

_FAILURES = (FailedMinimization, ValueError, FloatingPointError)
_NAME = "bump"
_IN_PLACE = SpuriousCriteria(masses_gev=(0.0,))  # one fit, with the signal where it is


def study(background, signal, fit, *, strengths):
    """Fit signal plus background to a background template with injected signal, in the full range.

    Parameters
    ----------
    background, signal : objects with arrays sumw, sumw2 of shape (B,)
        Background template and signal that pass the selection, at the luminosity, full range.
    fit : results.SidebandFit
        Of the background template: its function is that of the hunt.
    strengths : sequence of float
        Injected signal, in units of the expected one.

    Returns
    -------
    dict or None
        limit_expected, limit_band : CLs limits on the strength at 95 % CL that the fitted function alone lets expect.
        injected : by strength what is found (docs/fits.md). None without a sideband fit, without signal, or where a
        fit fails.
    """
    total = float(np.sum(signal.sumw))
    if not (fit.fitted and strengths and total > 0):
        return None
    try:
        rows = [_injected(background, signal, fit, strength, total) for strength in strengths]
    except _FAILURES as error:  # a degenerate spectrum must not stop a study
        logging.warning("no injected signal is looked for: the fit of signal and background failed (%s)", error)
        return None
    first = rows[0][1]
    return {
        "limit_expected": first.limit_expected,
        "limit_band": list(first.limit_band),
        "expected_signal": total,
        "injected": [row for row, _ in rows],
    }


def _injected(background, signal, fit, strength, total):
    """What a fit finds of one injected strength, as a dictionary, and the `likelihood.Combination` behind it."""
    counts, squares = (_with(background, signal, strength, key) for key in ("sumw", "sumw2"))
    counts = np.maximum(counts, 0.0)
    channel = likelihood.Channel(
        _NAME, fit.axis, background=fit.expected, function=fit.function, signal=signal.sumw, counts=counts
    )
    found = likelihood.combined([channel])
    row = {
        "strength": float(strength),
        "fitted": {"value": found.observed_mu.value, **_errors(found.observed_mu)},
        "error_template": _template_error(counts, squares, signal, fit, total),
        "significance": found.observed_significance,
        "limit": found.observed_limit,
    }
    return row, found


def _with(background, signal, strength, key):
    power = {"sumw": 1, "sumw2": 2}[key]
    return np.asarray(getattr(background, key), float) + strength**power * np.asarray(getattr(signal, key), float)


def _errors(strength):
    """The error of a strength that data of this luminosity would have: the mean of both sides, or the one there is."""
    sides = {"error_low": strength.error_low, "error_high": strength.error_high}
    known = [side for side in sides.values() if side is not None]
    return {"error": float(np.mean(known)) if known else None, **sides}


def _template_error(counts, squares, signal, fit, total):
    """Error of the fitted strength from the statistics of the simulation; None where it is not known."""
    shape = np.maximum(signal.sumw, 0.0) / np.maximum(signal.sumw, 0.0).sum()
    options = {"function": fit.function, "expected_signal": total, "criteria": _IN_PLACE}
    found = spurious_signal(counts, squares, fit.axis.edges, lambda _: shape, **options)
    return None if found is None else found.template_error / total
