"""What a search minimises: a number for each fold of events that its model did not train on, and the objective of them.

The objective is the mean over the folds plus one standard deviation (n - 1 in the denominator): of two trials with
the same mean the more stable one wins. Every value is one to be minimised.
"""

from dataclasses import dataclass, field

import numpy as np
import torch

from unsculpt import metrics
from unsculpt.acceptance import tolerated_divergence
from unsculpt.axes import Axis
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.likelihood.significance import asimov_significance


@dataclass(frozen=True)
class Held:
    """Signal and background events, each of which is scored by the model that did not train on its fold.

    features : float32 tensor, shape (n, D).
    signal : bool, shape (n,).
    mass : float64, in GeV.
    weight : float64, positive; the weights of a class sum to the events that are expected of it.
    fold : int, from 0 to folds - 1.
    """

    features: torch.Tensor
    signal: np.ndarray
    mass: np.ndarray
    weight: np.ndarray
    fold: np.ndarray


def held(events, yields, inputs):
    """Those signal and background events of a table that can train (weights above zero).

    Parameters
    ----------
    events : events.Events
    yields : dict
        By label the events that are expected of the class, to which its weights are scaled.
    inputs : sequence of str
        Names of the features that the networks see.
    """
    kept = events[(events.where(SIGNAL) | events.where(BACKGROUND)) & (events.weight > 0)]
    scale = {label: total / kept.weight[kept.label == label].sum() for label, total in yields.items()}
    weight = kept.weight * np.where(kept.label == SIGNAL, scale[SIGNAL], scale[BACKGROUND])
    return Held(torch.tensor(kept.matrix(inputs)), kept.label == SIGNAL, kept.mass, weight, kept.fold.astype(int))


@dataclass(frozen=True)
class Measured:
    """The value of each fold, to be minimised, and what it was made of.

    folds : float array, shape (folds,); infinite where a classifier separates nothing or diverged.
    details : of the criteria with a cut, "rejection" (1 / background efficiency, mean over the folds), "jsd", "floor",
        "over_floor" (their ratio).
    """

    folds: np.ndarray
    details: dict = field(default_factory=dict)

    @property
    def value(self):
        """The objective: mean plus one standard deviation."""
        if not np.all(np.isfinite(self.folds)):
            return float("inf")
        return float(self.folds.mean() + (self.folds.std(ddof=1) if len(self.folds) > 1 else 0))


@dataclass(frozen=True)
class Criterion:
    """A criterion by name, one of `CRITERIA`, and the keys of the configuration that it needs.

    axis : of the mass.
    signal_efficiency, jsd_base, jsd_reference : of `metrics`; deviation_tolerance : of `working_point`.
    jsd_weight : of `tuning.combined`, for the criterion `ratio`.
    """

    name: str
    axis: Axis
    signal_efficiency: float
    jsd_base: float
    jsd_reference: str
    deviation_tolerance: float
    jsd_weight: float

    def measure(self, logit, events):
        """Values of all folds.

        Parameters
        ----------
        logit : float array, shape (n,)
            Of each event by the model of its fold; high for signal.
        events : Held

        Returns
        -------
        Measured
        """
        useless = Measured(np.full(int(events.fold.max()) + 1, np.inf))
        if not np.all(np.isfinite(logit)):
            return useless
        try:
            return CRITERIA[self.name](logit, events, self)
        except InputError:  # a metric refuses a cut that everything passes, as with a score that is the same for all
            return useless


def cross_entropy(logit, events, criterion):
    """Weighted binary cross-entropy in nats, both classes with the same weight; ln 2 is chance."""
    loss = np.logaddexp(0, np.where(events.signal, -1, 1) * logit)
    return Measured(sum(0.5 * _mean_by_fold(loss, events, chosen) for chosen in (events.signal, ~events.signal)))


def constrained(logit, events, criterion):
    """-ln(rejection), plus ln(JSD / limit) where the JSD is above its limit: floor and tolerated deviation.

    Along a trade-off curve the JSD falls faster than the rejection, so the best point is at the limit; and a logarithm
    of both needs no weight between them.
    """
    _, efficiency, details = selection(logit, events, criterion)
    limit = details["floor"] + tolerated_divergence(criterion.deviation_tolerance, criterion.jsd_base)
    return Measured(np.log(efficiency) + np.log(max(details["jsd"], limit) / limit), details)


def ratio(logit, events, criterion):
    """-(rejection + jsd_weight / JSD), as in the published search; a JSD below its floor is luck, and counts as it."""
    _, efficiency, details = selection(logit, events, criterion)
    return Measured(-(1 / efficiency + criterion.jsd_weight / max(details["jsd"], details["floor"])), details)


def significance(logit, events, criterion):
    """Minus the expected discovery significance of the events that pass, counted in the signal window.

    The background is that of the sidebands times the ratio of window to sidebands before any cut. Its error is their
    Poisson error and how much this estimate is wrong, which is the sculpting, in quadrature.
    """
    passed, _, details = selection(logit, events, criterion)
    inside, background = criterion.axis.inside(events.mass), events.weight * ~events.signal
    if not background[~inside].sum() > 0:
        raise InputError("no background is in the sidebands; the background in the window cannot be told")
    transfer = background[inside].sum() / background[~inside].sum()
    sidebands, window = background[passed & ~inside].sum(), background[passed & inside].sum()
    error = np.hypot(transfer * np.sqrt(sidebands), window - transfer * sidebands)
    signal = _mean_by_fold(passed & inside, events, events.signal) * events.weight[events.signal].sum()
    return Measured(-asimov_significance(signal, window, error), details)


CRITERIA = {"loss": cross_entropy, "constrained": constrained, "ratio": ratio, "significance": significance}


def selection(logit, events, criterion):
    """Cut each fold at the signal efficiency of the working point.

    The mass spectra of all folds are compared together: alone, a fold hides more behind its floor.

    Returns
    -------
    bool array, shape (n,)
        Which events pass.
    float array, shape (folds,)
        Background efficiencies; at least that of one event.
    dict
        "rejection", "jsd", "floor", "over_floor".
    """
    passed = np.zeros(len(logit), bool)
    for fold in range(int(events.fold.max()) + 1):
        here = events.fold == fold
        scores, weights = logit[here & events.signal], events.weight[here & events.signal]
        passed |= here & (logit >= metrics.cut_at_efficiency(scores, criterion.signal_efficiency, weights=weights))
    background = ~events.signal
    one_event = 1 / np.bincount(events.fold[background])
    efficiency = np.maximum(_mean_by_fold(passed, events, background), one_event)
    divergence = metrics.jsd(
        events.mass[background],
        passed[background],
        weights=events.weight[background],
        edges=criterion.axis.edges,
        base=criterion.jsd_base,
        reference=criterion.jsd_reference,
        replicas=2,  # of an error that is not used
        rng=np.random.default_rng(0),
    )
    if divergence.over_floor.value is None:
        raise InputError(f"{divergence.over_floor.reason}; nothing can be compared with it")
    details = {"rejection": float(np.mean(1 / efficiency)), "jsd": divergence.value, "floor": divergence.floor}
    details["over_floor"] = divergence.over_floor.value
    return passed, efficiency, details


def _mean_by_fold(values, events, chosen):
    """Weighted mean of the chosen events in each fold, shape (folds,)."""
    fold, weight = events.fold[chosen], events.weight[chosen]
    return np.bincount(fold, weight * values[chosen]) / np.bincount(fold, weight)
