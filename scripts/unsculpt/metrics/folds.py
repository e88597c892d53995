"""The numbers of each fold by itself, and what their spread says of the error that comes from training.

Out-of-fold scores of F folds are those of F trainings, each measured on the events that it did not see. What the
numbers of the folds differ by, beyond what so few events differ by, is the spread of these trainings.
"""

import logging
import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from unsculpt.metrics.efficiencies import accuracy, cut_at_efficiency, roc
from unsculpt.metrics.sculpting import divergences
from unsculpt.metrics.strata import stratify
from unsculpt.weighted import Measured, attempt, auc

LEAST = 2  # folds, for a spread
NUMBERS = ("auc", "accuracy", "accuracy_signal", "accuracy_background", "background_efficiency", "rejection")


@dataclass(frozen=True)
class Trained(Measured):
    """A number of a trained score; `error` holds both parts, in quadrature.

    error_events : what the finite number of events leaves open, the training given (bootstrap).
    error_training : what another training would change; None where that is not known, or nothing was trained.
    """

    error_events: float | None
    error_training: float | None


def of_events(value, error):
    """A number whose error is, so far, that of the events alone."""
    return Trained(value, error, error, None)


def with_training(number, error):
    """A `Trained` or a `Divergence` with this error of training, or without one; the error of events stays.

    Examples
    --------
    >>> with_training(of_events(5.0, 0.3), 0.4)
    Trained(value=5.0, error=0.5, error_events=0.3, error_training=0.4)
    """
    if number is None or number.value is None:
        return number
    parts = [part for part in (number.error_events, error) if part is not None]
    return replace(number, error=math.hypot(*parts) if parts else None, error_training=error)


def spread_of_training(values, variances):
    """Error of a number from training: the spread of the folds over the root of their number, less that of the events.

    Parameters
    ----------
    values : sequence of float or None
        Of the F folds; None where a fold has no such number.
    variances : sequence of float
        Of the same, by the events of the fold alone.

    Returns
    -------
    float or None
        sqrt(max(s^2 - mean variance, 0) / F) with s^2 = sum (x - mean)^2 / (F - 1), the estimate of moments of a
        random effect (R. DerSimonian and N. Laird, Control. Clin. Trials 7 (1986) 177); None for one fold.

    Examples
    --------
    >>> spread_of_training([1.0, 2.0, 3.0], [0.25, 0.25, 0.25])
    0.5
    """
    known = np.array([(x, v) for x, v in zip(values, variances, strict=True) if x is not None], float)
    if len(known) < LEAST:
        return None
    return float(np.sqrt(max(known[:, 0].var(ddof=1) - known[:, 1].mean(), 0.0) / len(known)))


def measure(signal, background, folds, *, index, settings, threshold):
    """The numbers of each fold, with a cut of its own at the signal efficiency of the settings.

    Parameters
    ----------
    signal, background : classes.EventClass
    folds : pair of int arrays
        Fold of each of their events.
    index : int array or None
        Number of the sample of each background event.
    settings : points.Settings
    threshold : float
        Of the accuracy.

    Returns
    -------
    list of dict
        For each fold `fold`, the `NUMBERS`, `rejections` (a list) and the divergences by name, whose error is that
        without sculpting. A fold in which a class has no weight is left out.
    """
    return each(signal, background, folds, partial(_of_fold, settings=settings, threshold=threshold), index=index)


def each(signal, background, folds, numbers, *, index):
    """The numbers of each fold that a function of its signal, its background and the samples of this gives.

    Parameters
    ----------
    signal, background, folds, index
        As of `measure`.
    numbers : callable

    Returns
    -------
    list of dict
        For each fold `fold` and these numbers. A fold of which there are none (`InputError`) is left out.
    """
    found = []
    for fold in np.unique(np.concatenate(folds)):
        ours = [part[own == fold] for part, own in zip((signal, background), folds, strict=True)]
        sample = None if index is None else index[folds[1] == fold]
        known = attempt(f"fold {fold}", numbers, *ours, sample, level=logging.DEBUG, otherwise=None)
        found += [] if known is None else [{"fold": int(fold)} | known]
    return found


def _of_fold(signal, background, sample, *, settings, threshold):
    scores, weights = (signal.score, background.score), (signal.weight, background.weight)
    overall, of_signal, of_background = accuracy(*scores, weights=weights, threshold=threshold)
    cut = cut_at_efficiency(signal.score, settings.signal_efficiency, weights=signal.weight)
    passes = background.score >= cut
    efficiency = float(background.weight[passes].sum() / background.weight.sum())
    strata = stratify(background.mass_bin, background.weight, background.bins, sample)
    parts, nothing = [background.spectrum(chosen) for chosen in (passes, ~passes)], np.empty((0, background.bins))
    return {
        "auc": auc(*scores, weights=weights),
        **{"accuracy": overall, "accuracy_signal": of_signal, "accuracy_background": of_background},
        **{"background_efficiency": efficiency, "rejection": inverse(efficiency)},
        "rejections": [inverse(e) for e in roc(*scores, settings.rejection_efficiencies, weights=weights)],
        **divergences(
            "a fold",
            parts,
            (nothing, nothing),  # only the value, the floor and the variance without sculpting are wanted
            axis=settings.axis,
            base=settings.jsd_base,
            reference=settings.jsd_reference,
            strata=strata and strata.selected(passes),
            level=logging.DEBUG,
        ),
    }


def inverse(efficiency):
    """The rejection of a background efficiency, None where nothing passes."""
    return float(1 / efficiency) if efficiency > 0 else None


def complete(numbers, found):
    """Numbers of all events, by name, with the error of training that the folds tell.

    Parameters
    ----------
    numbers : dict
        Of `Trained` and `Divergence`, and under `rejections` a list; only those that the folds have are completed.
    found : list of dict
        As `measure` returns it.

    Returns
    -------
    dict
    """
    done = {}
    for name, number in numbers.items():
        own = [fold.get(name) for fold in found]
        if isinstance(number, list):
            columns = list(zip(*own, strict=True)) or [()] * len(number)
            done[name] = [_of_number(entry, column) for entry, column in zip(number, columns, strict=True)]
        elif isinstance(number, Trained):
            done[name] = _of_number(number, own)
        else:
            done[name] = number and _of_divergence(number, own)
    return done


def _of_number(number, own):
    """The events of one of F folds scatter with F times the variance of all events."""
    known = sum(value is not None for value in own)
    return with_training(number, spread_of_training(own, [known * (number.error_events or 0.0) ** 2] * len(own)))


def _of_divergence(number, own):
    """Of the excess over the floor: a fold has fewer events, and so a higher floor.

    JSD = c X, X a noncentral chi2 of d degrees and noncentrality L, c = floor / d, has the excess c L and the variance
    c^2 (2 d + 4 L), which is 1 + 2 excess / floor times that without sculpting.
    """
    known = [jsd for jsd in own if jsd is not None and jsd.value is not None and jsd.floor > 0]
    if not known:
        return with_training(number, None)
    excess = [jsd.value - jsd.floor for jsd in known]
    sculpting = max(float(np.mean(excess)), 0.0)
    variances = [jsd.error**2 * (1 + 2 * sculpting / jsd.floor) for jsd in known]
    return with_training(number, spread_of_training(excess, variances))


def listed(found):
    """The numbers of the folds as they are kept: by name a list over the folds; of a divergence value and floor."""
    if not found:
        return None
    divergence = {
        name: {key: [getattr(fold[name], key) for fold in found] for key in ("value", "floor")}
        for name, number in found[0].items()
        if hasattr(number, "floor")
    }
    return {name: [fold[name] for fold in found] for name in ("fold", *NUMBERS, "rejections")} | divergence
