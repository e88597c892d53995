"""The AMS of one training of a point against threshold and signal efficiency, with a bootstrap of the events."""

from dataclasses import dataclass, field

import numpy as np

from unsculpt.metrics.efficiencies import cut_at_efficiency
from unsculpt.metrics.threshold.formula import approximate_median_significance
from unsculpt.metrics.threshold.groups import CLUSTERS
from unsculpt.weighted import auc, counted

PARTS = 2  # of the events: one finds a threshold, or a point, and the other measures it
PLATEAU = 0.9  # of the peak: what counts as flat


def draw(replicas, rng):
    """How often each cluster counts in each replica of a bootstrap, (replicas, CLUSTERS); the same for all scores."""
    return rng.poisson(1.0, (replicas, CLUSTERS)).astype(float)


@dataclass(frozen=True)
class Curve:
    """The AMS of one score at some cuts.

    x : (t,), thresholds or signal efficiencies.
    signal : (t,) and background : (values, t), expected events that pass; of the background by value of the nuisance.
    ams : (t,), NaN where fewer than the least number of simulated events are left, or it does not exist.
    parts : (PARTS, t), in each part of the events alone, measurable or not; measurable : (PARTS, t), where it is.
    replicas : (r, t) and replicas_of_parts : (PARTS, r, t).
    """

    x: np.ndarray
    signal: np.ndarray
    background: np.ndarray
    ams: np.ndarray
    parts: np.ndarray
    measurable: np.ndarray
    replicas: np.ndarray
    replicas_of_parts: np.ndarray


def scan(score, cuts, x, groups, times, settings):
    """The AMS of a score of all events of the table, (n,), at rising cuts, (t,); events at or above a cut pass."""
    index = np.searchsorted(cuts, np.asarray(score, float)[groups.rows], side="right")
    t, number = len(cuts), groups.number
    cell = (groups.cluster * number + groups.group) * (t + 1) + index
    table = counted(cell, groups.weight, CLUSTERS * number * (t + 1))
    sumw, sumw2 = (part.reshape(CLUSTERS, number, t + 1) for part in (table.sumw, table.sumw2))
    own = np.arange(CLUSTERS) % PARTS
    measured = [_significances(sumw[own == p].sum(0), settings)[0] for p in range(PARTS)]
    enough = [_enough(sumw[own == p].sum(0), sumw2[own == p].sum(0), settings) for p in range(PARTS)]
    drawn = [np.einsum("rc,cgt->rgt", times[:, own == p], sumw[own == p]) for p in range(PARTS)]
    ams, signal, background = _significances(sumw.sum(0), settings)
    return Curve(
        x=np.asarray(x),
        signal=signal,
        background=background,
        ams=np.where(_enough(sumw.sum(0), sumw2.sum(0), settings), ams, np.nan),
        parts=np.array(measured),
        measurable=np.array(enough) & np.isfinite(measured),
        replicas=_significances(sum(drawn), settings)[0],
        replicas_of_parts=np.array([_significances(sums, settings)[0] for sums in drawn]),
    )


def _passing(cells):
    """Sums over what passes each cut, (..., t), of cells between cuts, (..., t + 1), the loosest first."""
    return np.flip(np.cumsum(np.flip(cells, -1), -1), -1)[..., 1:]


def _significances(sums, settings):
    """AMS, signal and background that pass, of sums of weights in cells, (..., groups, t + 1)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = _passing(sums) / sums.sum(-1, keepdims=True)
    signal = settings.signal_events * efficiency[..., 0, :]
    background = settings.background_events * efficiency[..., 1:, :]
    sigma = np.abs(background[..., 1:, :] - background[..., :1, :]).max(-2)
    return approximate_median_significance(signal, background[..., 0, :], sigma), signal, background


def _enough(sumw, sumw2, settings):
    """Where enough simulated background of each value of the nuisance passes, (t,)."""
    sums, squares = _passing(sumw[1:]), _passing(sumw2[1:])
    effective = np.divide(sums**2, squares, out=np.zeros_like(sums), where=squares > 0)
    return (effective >= settings.min_events).all(0)


@dataclass(frozen=True)
class Trial:
    """What one training of a point has.

    by_threshold, by_efficiency : `Curve`.
    peak : of the curve against the threshold, its index, or None where nothing is measurable.
    found : (PARTS,), by part the index of the highest measurable AMS there, -1 where there is none.
    auc : by value of the nuisance.
    plateau : share of the measurable signal efficiencies at which the AMS is at least `PLATEAU` of the highest there.
    """

    by_threshold: Curve
    by_efficiency: Curve
    auc: dict
    peak: int | None = field(init=False)
    found: tuple = field(init=False)
    plateau: float | None = field(init=False)

    def __post_init__(self):
        curve = self.by_threshold
        object.__setattr__(self, "peak", _highest(curve.ams))
        highest = [_highest(np.where(ok, row, np.nan)) for ok, row in zip(curve.measurable, curve.parts, strict=True)]
        object.__setattr__(self, "found", tuple(-1 if index is None else index for index in highest))
        ams = self.by_efficiency.ams[np.isfinite(self.by_efficiency.ams)]
        object.__setattr__(self, "plateau", float(np.mean(ams >= PLATEAU * ams.max())) if len(ams) else None)

    def merit(self, part):
        """The highest AMS in a part of the events, where it was looked for: optimistic."""
        return self.by_threshold.parts[part, self.found[part]] if self.found[part] >= 0 else np.nan

    def quote(self, part):
        """The AMS in a part of the events at the threshold that the other part found, and its replicas, (r,)."""
        curve, index = self.by_threshold, self.found[1 - part]
        if index < 0:
            return np.nan, np.full(curve.replicas.shape[0], np.nan)
        return curve.parts[part, index], curve.replicas_of_parts[part, :, index]


def _highest(values):
    """Index of the highest number, or None where there is none."""
    return int(np.nanargmax(values)) if np.isfinite(values).any() else None


def measure(score, groups, times, settings):
    """Measure one training of a point: `score`, (n,), of all events of the table, in [0, 1]."""
    score = np.asarray(score, float)
    nominal = groups.group == 0
    reference = score[groups.rows][nominal]
    cuts = cut_at_efficiency(reference, settings.efficiencies, weights=groups.weight[nominal])
    return Trial(
        scan(score, settings.cuts, settings.cuts, groups, times, settings),
        scan(score, np.maximum.accumulate(cuts), settings.efficiencies, groups, times, settings),
        {name: _auc(score, groups, i) for i, name in enumerate(groups.names)},
    )


def _auc(score, groups, value):
    """Area under the ROC curve among the events of one value of the nuisance; None without signal there."""
    rows = groups.value == value
    signal = rows & groups.signal
    background = np.zeros(len(score), bool)
    background[groups.rows] = groups.group == value + 1
    if not signal.any():
        return None
    pair = score[signal], score[background]
    return float(auc(*pair, weights=(groups.all_weights[signal], groups.all_weights[background])))
