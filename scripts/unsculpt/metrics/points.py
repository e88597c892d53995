"""Every number and curve of one score at its working point: what metrics/{bkg}/{method}.json holds for a strength."""

import logging
from dataclasses import dataclass, fields, is_dataclass

import numpy as np

from unsculpt.errors import InputError
from unsculpt.metrics import curves
from unsculpt.metrics.bootstrap import spread
from unsculpt.metrics.classes import split
from unsculpt.metrics.divergence import REFERENCES, Divergence
from unsculpt.metrics.efficiencies import accuracy, auc, cut_at_efficiency, roc
from unsculpt.metrics.weighted import Measured, histogram

THRESHOLD = 0.5  # of the accuracy
PLATEAU = 0.005  # a cut that misses its signal efficiency by more is reported


@dataclass(frozen=True)
class Settings:
    """How a score is measured: edges of the mass bins and signal window in GeV, and the keys of `metrics`."""

    edges: np.ndarray
    window_gev: tuple
    signal_efficiency: float
    jsd_base: float
    jsd_reference: str
    bootstrap_replicas: int

    def __post_init__(self):
        if len(self.edges) < 4:
            raise InputError(
                f"mass.bin_width_gev gives {len(self.edges) - 1} mass bins; make it narrower, at least three are needed"
            )
        if self.jsd_reference not in REFERENCES:
            raise InputError(
                f'metrics.jsd_reference "{self.jsd_reference}" is unknown; use one of {", ".join(REFERENCES)}'
            )

    @property
    def window(self):
        """The mass bins of the signal window, as a slice."""
        low, high = np.searchsorted(self.edges, np.asarray(self.window_gev) - 1e-9)
        return slice(int(low), int(high))


@dataclass(frozen=True)
class Point:
    """A score at its working point; errors are bootstrap spreads, the cut found again in each replica.

    auc, accuracy (plain mean of the two classes, at the threshold 0.5), accuracy_signal, accuracy_background.
    signal_efficiency : that of the stored cut; its error is that of an independent sample at this fixed cut.
    background_efficiency, rejection : at the cut; the rejection is 1 / background efficiency.
    threshold : the cut; events at or above it pass.
    jsd, jsd_window, jsd_beyond_slope : over the whole range, in the window, and against the reference tilted by its
        best exponential factor; jsd_other_reference : as jsd, against the reference that was not configured.
    curves : roc, efficiency_profile, spectra, jsd, scores (docs/metrics.md).
    """

    auc: Measured
    accuracy: Measured
    accuracy_signal: Measured
    accuracy_background: Measured
    signal_efficiency: Measured
    background_efficiency: Measured
    rejection: Measured
    threshold: float
    jsd: Divergence
    jsd_window: Divergence
    jsd_beyond_slope: Divergence
    jsd_other_reference: Divergence
    curves: dict


def measure_point(score, *, label, mass, weights, settings, rng):
    """Measure one score on signal (label 1), background (0) and, for its histogram only, data (-1).

    Parameters
    ----------
    score : float array, shape (n,)
        In [0, 1], high for signal.
    label : int array, shape (n,)
    mass, weights : float arrays, shape (n,)
        Mass in GeV, inside the edges of the settings; weights of either sign.
    settings : Settings
    rng : numpy.random.Generator
        Of the bootstrap.

    Returns
    -------
    Point
    """
    signal, background, data = split(score, label=label, mass=mass, weights=weights, edges=settings.edges)
    both = {"weights": (signal.weight, background.weight)}
    area = auc(signal.score, background.score, **both)  # first: it refuses a constant score
    cut = float(cut_at_efficiency(signal.score, settings.signal_efficiency, weights=signal.weight))
    drawn = curves.draw(
        signal,
        background,
        cut=cut,
        threshold=THRESHOLD,
        signal_efficiency=settings.signal_efficiency,
        replicas=settings.bootstrap_replicas,
        rng=rng,
    )
    overall, of_signal, of_background = accuracy(signal.score, background.score, **both, threshold=THRESHOLD)
    efficiency = background.weight[background.score >= cut].sum() / background.weight.sum()
    values = {
        "auc": area,
        "accuracy": overall,
        "accuracy_signal": of_signal,
        "accuracy_background": of_background,
        "signal_efficiency": _achieved(signal, cut, settings.signal_efficiency),
        "background_efficiency": efficiency,
    }
    return Point(
        **{name: Measured(float(value), spread(drawn[name])) for name, value in values.items()},
        rejection=Measured(float(1 / efficiency), spread(drawn["rejection"]))
        if efficiency > 0
        else Measured(None, None),
        threshold=cut,
        **_divergences(background, cut, drawn, settings),
        curves=_curves(signal, background, data, cut, drawn, settings),
    )


def _achieved(signal, cut, target):
    """Signal efficiency of the cut, with a warning where equal scores keep it from its target."""
    value = signal.weight[signal.score >= cut].sum() / signal.weight.sum()
    if abs(value - target) > PLATEAU:
        logging.warning("equal scores: the cut %g has signal efficiency %.4f instead of %.4f", cut, value, target)
    return value


def _divergences(background, cut, drawn, settings):
    """The four divergences of the working point."""
    parts = [background.spectrum(background.score >= cut), background.spectrum(background.score < cut)]
    replicas = [drawn["passed"], drawn["failed"]]
    options = {"edges": settings.edges, "base": settings.jsd_base, "reference": settings.jsd_reference}
    other = next(name for name in REFERENCES if name != settings.jsd_reference)
    window = settings.window
    in_window = options | {"edges": settings.edges[window.start : window.stop + 1]}
    measure = curves.divergence_or_none
    return {
        "jsd": measure(parts, replicas, **options),
        "jsd_window": measure([p[window] for p in parts], [r[:, window] for r in replicas], **in_window),
        "jsd_beyond_slope": measure(parts, replicas, **options, free_slope=True),
        "jsd_other_reference": measure(parts, replicas, **options | {"reference": other}),
    }


def _curves(signal, background, data, cut, drawn, settings):
    """The curves, keyed as in the file."""
    inclusive, cuts = background.spectrum(), curves.background_cuts(background)
    jsd = {"edges": settings.edges, "base": settings.jsd_base, "reference": settings.jsd_reference}
    weights = signal.weight, background.weight
    shown = {"signal": signal, "background": background, "data": data}
    return {
        "roc": {
            "signal_efficiency": curves.ROC_TARGETS,
            "background_efficiency": roc(signal.score, background.score, curves.ROC_TARGETS, weights=weights),
            "background_efficiency_error": spread(drawn["roc"]),
        },
        "efficiency_profile": curves.efficiency_profile(cuts, inclusive, drawn, edges=settings.edges),
        "spectra": {
            "edges_gev": settings.edges,
            "pass": background.spectrum(background.score >= cut),
            "fail": background.spectrum(background.score < cut),
            "inclusive": inclusive,
            "signal_pass": signal.spectrum(signal.score >= cut),
        },
        "jsd": curves.jsd_curve(cuts, inclusive, drawn, **jsd),
        "scores": {"edges": curves.SCORE_EDGES}
        | {
            name: part and histogram(part.score, weights=part.weight, edges=curves.SCORE_EDGES)
            for name, part in shown.items()
        },
    }


def to_json(result):
    """Nested dictionaries and lists of a result; None for what does not exist."""
    if is_dataclass(result):
        return {item.name: to_json(getattr(result, item.name)) for item in fields(result)}
    if isinstance(result, dict):
        return {name: to_json(value) for name, value in result.items()}
    if isinstance(result, (list, tuple, np.ndarray)):
        return [to_json(value) for value in result]
    if isinstance(result, (float, np.floating)):
        return float(result) if np.isfinite(result) else None
    return result
