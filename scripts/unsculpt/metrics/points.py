"""Every number and curve of one score at its working point: what metrics/{bkg}/{method}.json holds for a strength."""

import logging
from dataclasses import dataclass, field, fields, is_dataclass, replace

import numpy as np

from unsculpt import axes
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.metrics import curves, folds
from unsculpt.metrics.bootstrap import spread
from unsculpt.metrics.classes import split
from unsculpt.metrics.composition import CompositionDivergence, compose, samples_of
from unsculpt.metrics.dependence import Dependence, distance_correlation
from unsculpt.metrics.divergence import REFERENCES, Divergence
from unsculpt.metrics.efficiencies import accuracy, cut_at_efficiency, roc
from unsculpt.metrics.folds import Trained
from unsculpt.metrics.passing import contents, passing_efficiency, rejection
from unsculpt.metrics.sculpting import divergence_or_none, divergences
from unsculpt.metrics.strata import stratify
from unsculpt.weighted import Measured, attempt, auc, correlation, histogram

THRESHOLD = 0.5  # of the accuracy
PLATEAU = 0.005  # a cut that misses its signal efficiency by more is reported


@dataclass(frozen=True)
class Settings:
    """How a score is measured: the axis of the mass, and the keys of `metrics`."""

    axis: axes.Axis
    signal_efficiency: float
    jsd_base: float
    jsd_reference: str
    bootstrap_replicas: int
    rejection_efficiencies: tuple = (0.3, 0.5)

    @classmethod
    def from_config(cls, mass, metrics):
        """From the sub-trees `mass` and `metrics` of a resolved configuration."""
        return cls(axes.mass(mass), **metrics)

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
    def edges(self):
        """Edges of the mass bins in GeV."""
        return self.axis.edges


@dataclass(frozen=True)
class Rejection(Trained):
    """The background rejection at a signal efficiency."""

    signal_efficiency: float


@dataclass(frozen=True)
class Point:
    """A score at its working point.

    Errors are bootstrap spreads, the cut found again in each replica, and in quadrature what another training would
    change (`folds`, `seeds`); `Trained` and `Divergence` have both parts. Numbers of `samples` and curves, and
    jsd_composition and jsd_other_reference, have the first only.

    auc, accuracy (plain mean of the two classes, at the threshold 0.5), accuracy_signal, accuracy_background.
    signal_efficiency : that of the stored cut; its error is that of an independent sample at this fixed cut.
    background_efficiency, rejection : at the cut; the rejection is 1 / background efficiency.
    rejections : the same at other signal efficiencies (R50, R30), by interpolation; a `Rejection` each.
    threshold : the cut; events at or above it pass.
    jsd, jsd_window, jsd_beyond_slope : over the whole range, in the window (None without), and against the reference
        tilted by its best exponential factor; jsd_other_reference : as jsd, against the one that was not configured.
    samples, jsd_composition : of a background of two or more samples what each is, and the divergence that the change
        of their shares alone makes (`composition`); otherwise empty and None.
    score_mass : of signal and background, the linear and the distance correlation of score and mass.
    folds : of each fold by itself, by name a list, and `fold`, their numbers; None where nothing was trained.
    error_training_from : "folds" or "seeds"; None where nothing was trained.
    events : of signal and background, number, effective number, and the share of the weight that is negative.
    ranges : the same cut in ranges of other columns, an `InRange` each (`ranges`); none where the study has no ranges.
    curves : roc, efficiency_profile, score_profile, spectra, divergence, slices, jsd, scores, composition
        (docs/metrics.md).
    """

    auc: Trained
    accuracy: Trained
    accuracy_signal: Trained
    accuracy_background: Trained
    signal_efficiency: Measured
    background_efficiency: Trained
    rejection: Trained
    rejections: list
    threshold: float
    jsd: Divergence
    jsd_window: Divergence | None
    jsd_beyond_slope: Divergence
    jsd_other_reference: Divergence
    samples: list
    jsd_composition: CompositionDivergence | None
    score_mass: dict
    folds: dict | None
    error_training_from: str | None
    events: dict
    curves: dict
    ranges: list = field(default_factory=list)


def measure_point(score, *, label, mass, weights, settings, rng, name="score", sample=None, fold=None):
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
    name : str
        Of the score, for warnings: which numbers do not exist, and why.
    sample : str array, shape (n,), optional
        The sample of each event: where the background has two or more, each is measured, too.
    fold : int array, shape (n,), optional
        Which training each event was scored by; without it the errors hold nothing of trainings.

    Returns
    -------
    Point
    """
    signal, background, data = split(score, label=label, mass=mass, weights=weights, edges=settings.edges)
    names, index = samples_of(sample[np.asarray(label) == BACKGROUND]) if sample is not None else ([], None)
    strata = stratify(background.mass_bin, background.weight, background.bins, index)
    background = replace(background, strata=strata)
    classes = {"signal": signal, "background": background}
    both = {"weights": (signal.weight, background.weight)}
    _warn_if_constant(name, signal, background)
    cut = float(cut_at_efficiency(signal.score, settings.signal_efficiency, weights=signal.weight))
    drawn = curves.draw(
        signal,
        background,
        cut=cut,
        threshold=THRESHOLD,
        signal_efficiency=settings.signal_efficiency,
        rejection_efficiencies=settings.rejection_efficiencies,
        replicas=settings.bootstrap_replicas,
        rng=rng,
    )
    overall, of_signal, of_background = accuracy(signal.score, background.score, **both, threshold=THRESHOLD)
    composition = compose(
        name,
        signal,
        background,
        names,
        index,
        cut=cut,
        signal_efficiency=settings.signal_efficiency,
        **{"edges": settings.edges, "base": settings.jsd_base, "reference": settings.jsd_reference},
        replicas=settings.bootstrap_replicas,
        rng=rng,
    )
    efficiency = passing_efficiency(background, cut)
    values = {
        "auc": auc(signal.score, background.score, **both),
        "accuracy": overall,
        "accuracy_signal": of_signal,
        "accuracy_background": of_background,
        "background_efficiency": efficiency,
    }
    numbers = {key: folds.of_events(float(value), spread(drawn[key])) for key, value in values.items()} | {
        "rejection": rejection(efficiency, drawn["rejection"]),
        "rejections": _rejections(signal, background, drawn["rejections"], settings.rejection_efficiencies),
        **_divergences(name, background, cut, drawn, settings),
    }
    found = None
    if fold is not None:
        own = [np.asarray(fold)[np.asarray(label) == role] for role in (SIGNAL, BACKGROUND)]
        found = folds.measure(signal, background, own, index=index, settings=settings, threshold=THRESHOLD)
        numbers = folds.complete(numbers, found)
    achieved = _achieved(name, signal, cut, settings.signal_efficiency)
    return Point(
        **numbers,
        signal_efficiency=Measured(float(achieved), spread(drawn["signal_efficiency"])),
        threshold=cut,
        samples=composition.samples,
        jsd_composition=composition.jsd_composition,
        folds=folds.listed(found),
        error_training_from=found and "folds",
        score_mass={of: _score_mass(f"{name}, {of}", part) for of, part in classes.items()},
        events={of: contents(part) for of, part in classes.items()},
        curves=_curves(name, signal, background, data, cut, drawn, settings) | {"composition": composition.profile},
    )


def _warn_if_constant(name, signal, background):
    """A warning where all events have one score: its numbers are those of a cut that passes everything."""
    if min(signal.score.min(), background.score.min()) == max(signal.score.max(), background.score.max()):
        logging.warning("%s: every event has %g; it orders nothing", name, signal.score[0])


def _achieved(name, signal, cut, target):
    """Signal efficiency of the cut, with a warning where equal scores keep it from its target."""
    value = passing_efficiency(signal, cut)
    if abs(value - target) > PLATEAU:
        found = name, cut, value, target
        logging.warning("%s: equal values, the cut %g has signal efficiency %.4f instead of %.4f", *found)
    return value


def _rejections(signal, background, replicas, targets):
    """Rejection at each of the given signal efficiencies."""
    found = roc(signal.score, background.score, targets, weights=(signal.weight, background.weight))
    numbers = [rejection(efficiency, replicas[:, i]) for i, efficiency in enumerate(found)]
    return [
        Rejection(number.value, number.error, number.error_events, None, signal_efficiency=float(target))
        for target, number in zip(targets, numbers, strict=True)
    ]


def _divergences(name, background, cut, drawn, settings):
    """The four divergences of the working point."""
    passes = background.score >= cut
    parts = [background.spectrum(passes), background.spectrum(~passes)]
    replicas = [drawn["passed"], drawn["failed"]]
    options = {"base": settings.jsd_base, "strata": background.selected(passes), "level": logging.WARNING}
    reference = settings.jsd_reference
    other = next(known for known in REFERENCES if known != reference)
    return divergences(name, parts, replicas, **options, axis=settings.axis, reference=reference) | {
        "jsd_other_reference": divergence_or_none(
            f"{name}: JSD against {other}", parts, replicas, **options, edges=settings.edges, reference=other
        )
    }


def _score_mass(name, part):
    """How much the score of a class says of its mass."""
    columns, options = (part.score, part.mass), {"weights": part.weight}
    linear, distance = Measured(None, None), Dependence(None, None, None, None)
    of, also = f"{name}: correlation with the mass", f"{name}: distance correlation with the mass"
    return {
        "linear": attempt(of, correlation, *columns, **options, otherwise=linear),
        "distance": attempt(also, distance_correlation, *columns, **options, otherwise=distance),
    }


def _curves(name, signal, background, data, cut, drawn, settings):
    """The curves, keyed as in the file."""
    inclusive, (cuts, passing) = background.spectrum(), curves.background_cuts(background)
    jsd = {"edges": settings.edges, "base": settings.jsd_base, "reference": settings.jsd_reference}
    weights = signal.weight, background.weight
    cut_spectra = [background.spectrum(chosen) for chosen in (background.score >= cut, background.score < cut)]
    shown = {"signal": signal, "background": background, "data": data}
    return {
        "roc": {
            "signal_efficiency": curves.ROC_TARGETS,
            "background_efficiency": roc(signal.score, background.score, curves.ROC_TARGETS, weights=weights),
            "background_efficiency_error": spread(drawn["roc"]),
        },
        "efficiency_profile": curves.efficiency_profile(passing, inclusive, drawn, edges=settings.edges),
        "score_profile": curves.score_profile({"signal": signal, "background": background}, edges=settings.edges),
        "spectra": {
            "edges_gev": settings.edges,
            "pass": cut_spectra[0],
            "fail": cut_spectra[1],
            "inclusive": inclusive,
            "signal": signal.spectrum(),
            "signal_pass": signal.spectrum(signal.score >= cut),
        },
        "divergence": curves.divergence_terms(*(s.sumw for s in cut_spectra), drawn, **jsd),
        "slices": curves.score_slices({"signal": signal, "background": background}, edges=settings.edges),
        "jsd": curves.jsd_curve(name, background, cuts, passing, inclusive, drawn, **jsd),
        "scores": {"edges": curves.SCORE_EDGES}
        | {
            of: part and histogram(part.score, weights=part.weight, edges=curves.SCORE_EDGES)
            for of, part in shown.items()
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
