"""The numbers of a point over its trainings, and the choice among points by one half of the events for the other."""

import logging
import math

import numpy as np

from unsculpt.metrics.folds import Trained
from unsculpt.metrics.seeds import LEAST
from unsculpt.metrics.threshold.trials import PARTS
from unsculpt.weighted import Measured

ROUNDING = 1e-9  # relative; what differs by less is the same


def summed_up(trials):
    """The numbers of a point from its trainings, the first seed first.

    Returns
    -------
    dict
        seeds; max, the mean over the seeds of the highest AMS, with the error of one training with any seed, and
        `of_seeds`; threshold, signal_efficiency (means where the highest are); quoted, the same of thresholds that each
        part of the events found and the other measured; plateau; auc by value of the nuisance; curves.
    """
    with_peak = [trial for trial in trials if trial.peak is not None]
    peaks = [trial.by_threshold.ams[trial.peak] for trial in with_peak]
    drawn = [trial.by_threshold.replicas[:, trial.peak] for trial in with_peak]
    quotes = [_quoted(trial) for trial in trials]
    first = trials[0]
    return {
        "seeds": len(trials),
        "max": _number(peaks, drawn)
        | {"of_seeds": [None if t.peak is None else float(t.by_threshold.ams[t.peak]) for t in trials]},
        "threshold": _mean([trial.by_threshold.x[trial.peak] for trial in with_peak]),
        "signal_efficiency": _mean([_share(trial) for trial in with_peak]),
        "quoted": _number(*zip(*quotes, strict=True)) | {"of_seeds": [_plain(value) for value, _ in quotes]},
        "plateau": _mean([trial.plateau for trial in trials if trial.plateau is not None]),
        "auc": {name: _over([trial.auc[name] for trial in trials]) for name in first.auc},
        "curves": {
            "threshold": _curves([trial.by_threshold for trial in trials], first),
            "signal_efficiency": _curves([trial.by_efficiency for trial in trials], first),
        },
    }


def _share(trial):
    curve = trial.by_threshold
    return curve.signal[trial.peak] / curve.signal[0] if curve.signal[0] > 0 else np.nan


def _quoted(trial):
    """Mean over the parts of what each quotes, and its replicas."""
    values, replicas = zip(*(trial.quote(part) for part in range(PARTS)), strict=True)
    return np.mean(values), np.mean(replicas, 0)


def _number(values, replicas):
    """Mean over seeds, with the error of one training with any seed: of events and training, in quadrature."""
    values, spreads = np.array(values, float), [_spread(row) for row in replicas]
    known = np.isfinite(values)
    if not known.any():
        return vars(Trained(None, None, None, None)).copy()
    of_events = math.sqrt(np.mean([spread**2 for spread, ok in zip(spreads, known, strict=True) if ok]))
    of_training = _spread(values) if known.sum() >= LEAST else None
    error = math.hypot(of_events, of_training or 0.0)
    return vars(Trained(float(np.mean(values[known])), error, of_events, of_training)).copy()


def _spread(values):
    """Standard deviation of those that are numbers; 0 where they differ by rounding alone, as without any cut."""
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    spread = float(np.std(known, ddof=1)) if len(known) > 1 else 0.0
    return spread if spread > ROUNDING * np.abs(known).max(initial=0) else 0.0


def _mean(values):
    return float(np.mean(values)) if len(values) else None


def _plain(value):
    return float(value) if np.isfinite(value) else None


def _over(values):
    """Mean and standard deviation over seeds; no error for few of them."""
    known = [value for value in values if value is not None]
    spread = float(np.std(known, ddof=1)) if len(known) >= LEAST else None
    return vars(Measured(_mean(known), spread)).copy()


def _curves(curves, first):
    """Mean over the seeds of what is drawn, where at least one of them is measurable."""
    ams = np.ma.masked_invalid([curve.ams for curve in curves])
    variances = np.ma.masked_invalid([curve.replicas for curve in curves]).var(1, ddof=1)
    enough = ams.count(0) >= LEAST
    return {
        "x": curves[0].x,
        "ams": ams.mean(0).filled(np.nan),
        "spread": np.where(enough, ams.std(0, ddof=1).filled(np.nan), np.nan),
        "error_events": np.sqrt(np.ma.array(variances, mask=ams.mask | variances.mask).mean(0)).filled(np.nan),
        "of_seeds": ams.filled(np.nan),
        "signal": np.mean([curve.signal for curve in curves], 0),
        "background": dict(zip(first.auc, np.mean([curve.background for curve in curves], 0), strict=True)),
    }


def compare(names, points):
    """The point with the highest quoted AMS, how far the others are behind, and the choice that each part makes.

    Parameters
    ----------
    names : list of str
        Of the points, for sentences.
    points : list of list of Trial
        Of each point its trainings, whose seeds are paired.

    Returns
    -------
    dict
        behind : for each point the difference to the best in the quoted AMS, with the error of the mean of the paired
        differences (None where nothing is quoted); best : its index. parts : for each part that chose the index of its
        `point`, the AMS that `found` it there (optimistic), the one `quoted` on the other part. chosen : the mean of
        what is quoted, with the error of one training. reason : a sentence.
    """
    quotes = [[_quoted(trial) for trial in trials] for trials in points]
    means = np.array([np.mean([value for value, _ in of_point]) for of_point in quotes])
    if not np.isfinite(means).any():
        logging.warning("threshold: no point has enough simulated background at any threshold in both parts")
        nothing = vars(Trained(None, None, None, None)).copy()
        reason = "No point has enough simulated background at any threshold."
        return {"best": None, "behind": [None] * len(points), "parts": [], "chosen": nothing, "reason": reason}
    best = int(np.nanargmax(means))
    behind = [_behind(quotes[best], of_point) for of_point in quotes]
    behind[best] = {"value": 0.0, "error": 0.0}
    choices, values, drawn = [], [], []
    for part in range(PARTS):
        merits = np.array([np.mean([trial.merit(part) for trial in trials]) for trials in points])
        taken = int(np.nanargmax(merits)) if np.isfinite(merits).any() else best
        quoted = [trial.quote(1 - part) for trial in points[taken]]
        choices.append(
            {
                "point": taken,
                "found": _plain(merits[taken]),
                "quoted": _plain(np.mean([value for value, _ in quoted])),
            }
        )
        values.append([value for value, _ in quoted])
        drawn.append([replicas for _, replicas in quoted])
    seeds = min(map(len, values))
    pairs = [np.mean([row[k] for row in values]) for k in range(seeds)]
    chosen = _number(pairs, [np.mean([row[k] for row in drawn], 0) for k in range(seeds)])
    return {
        "best": best,
        "behind": behind,
        "parts": choices,
        "chosen": chosen,
        "reason": _reason(names, choices, chosen),
    }


def told(points, comparison):
    """What the file says of the points: each with how far it is behind, and the choice among them.

    Parameters
    ----------
    points : list of dict
        method, strength and tag, and what `summed_up` gives.
    comparison : dict
        As `compare` gives it.

    Returns
    -------
    dict
        points, each with `best` and `behind`; chosen, with `parts` (what each half chose) and `reason`.
    """
    rows = [
        point | {"best": i == comparison["best"], "behind": behind}
        for i, (point, behind) in enumerate(zip(points, comparison["behind"], strict=True))
    ]
    parts = [
        {key: points[choice["point"]][key] for key in ("method", "strength", "tag")}
        | {key: choice[key] for key in ("found", "quoted")}
        for choice in comparison["parts"]
    ]
    return {"points": rows, "chosen": comparison["chosen"] | {"parts": parts, "reason": comparison["reason"]}}


def _behind(best, other):
    """How far a point is behind the best, by pairs of seeds, with the error of the mean difference."""
    seeds = min(len(best), len(other)) if 1 not in (len(best), len(other)) else max(len(best), len(other))
    pairs = [(best[k % len(best)], other[k % len(other)]) for k in range(seeds)]
    values = np.array([one[0] - two[0] for one, two in pairs])
    if not np.isfinite(values).all():
        return None
    of_events = _spread(np.mean([one[1] - two[1] for one, two in pairs], 0))
    of_training = float(np.std(values, ddof=1) / math.sqrt(seeds)) if seeds >= LEAST else 0.0
    return {"value": float(np.mean(values)), "error": math.hypot(of_events, of_training)}


def _reason(names, choices, chosen):
    """What the parts chose, in a sentence."""
    if chosen["value"] is None:
        return "The parts of the events choose points that cannot be measured on the other part."
    number = f"{chosen['value']:.2f} ± {chosen['error']:.2f}"
    first, *others = dict.fromkeys(names[choice["point"]] for choice in choices)
    if not others:
        return f"{first} has the highest AMS in both halves of the events, each quoted on the other: {number}."
    said = f"One half of the events chooses {first}, the other {others[0]}"
    return f"{said}; each is quoted on the half that did not choose it: {number}."
