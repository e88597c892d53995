"""Sideband fits: order choice, goodness of fit, extrapolation into the signal window, spurious signal, signal shape."""

from unsculpt.fits.choice import of_category, of_templates, signals_of, spurious_signals
from unsculpt.fits.discrete import quoted as quoted_interval
from unsculpt.fits.envelope import envelope
from unsculpt.fits.extrapolation import fit_asimov, sideband_yields, template_yields
from unsculpt.fits.intervals import profile_distance, window_interval
from unsculpt.fits.measure import measure
from unsculpt.fits.results import SidebandFit, Value, from_json, model_of, remarks, to_json, workspace
from unsculpt.fits.settings import FORGIVEN_ERRORS, PUBLISHED, QUOTED, IntervalSettings, Settings, SpuriousCriteria
from unsculpt.fits.sidebands import fit_spectrum
from unsculpt.fits.signal import SignalFit, fit_signal, signal_shape
from unsculpt.fits.spurious import SpuriousSignal, spurious_signal
from unsculpt.fits.spurious import study as study_spurious_signal

__all__ = [
    "FORGIVEN_ERRORS",
    "PUBLISHED",
    "QUOTED",
    "IntervalSettings",
    "Settings",
    "SidebandFit",
    "SignalFit",
    "SpuriousCriteria",
    "SpuriousSignal",
    "Value",
    "envelope",
    "fit_asimov",
    "fit_signal",
    "fit_spectrum",
    "from_json",
    "measure",
    "model_of",
    "of_category",
    "of_templates",
    "profile_distance",
    "quoted_interval",
    "remarks",
    "sideband_yields",
    "signal_shape",
    "signals_of",
    "spurious_signal",
    "spurious_signals",
    "study_spurious_signal",
    "template_yields",
    "to_json",
    "window_interval",
    "workspace",
]
