"""Sideband fits: order choice, goodness of fit, extrapolation into the signal window, spurious signal, signal shape."""

from unsculpt.fits.results import SidebandFit, Value, from_json, to_json, workspace
from unsculpt.fits.sidebands import fit_asimov, fit_spectrum, sideband_yields
from unsculpt.fits.signal import SignalFit, fit_signal
from unsculpt.fits.spurious import SpuriousSignal, spurious_signal

__all__ = [
    "SidebandFit",
    "SignalFit",
    "SpuriousSignal",
    "Value",
    "fit_asimov",
    "fit_signal",
    "fit_spectrum",
    "from_json",
    "sideband_yields",
    "spurious_signal",
    "to_json",
    "workspace",
]
