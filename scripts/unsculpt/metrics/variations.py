"""What other scales of objects do to a cut on a score: yields, efficiencies and the score itself, with paired errors.

A copy of an event is no further event. Everything is counted in clusters, by a hash of run and event number, so that an
event and its copies share one: errors leave out one cluster after the other (delete-a-group jackknife, Kott,
J. Official Statistics 17 (2001) 521), and what copies have in common with their events cancels in their difference.
"""

from dataclasses import asdict, dataclass
from itertools import permutations

import numpy as np

from unsculpt.events import BACKGROUND, SIGNAL, cluster
from unsculpt.metrics.shannon import jensen_shannon
from unsculpt.weighted import Measured, effective_number, weighted_quantile

CLUSTERS = 200
BINS = 20  # of the score, of equal content
CLASSES = {"signal": SIGNAL, "background": BACKGROUND}


@dataclass(frozen=True)
class Cut:
    """What passes, and in which bins the score is looked at.

    threshold : events at or above it pass.
    axis : axes.Axis
        Of the mass, perhaps with a window.
    channels : names.
    edges : by class the inner edges of the bins of the score, rising.
    """

    threshold: float
    axis: object
    channels: tuple
    edges: dict


@dataclass(frozen=True)
class Sums:
    """Sums of weights of one class by cluster, (G,), of the events with one scale.

    selected : all; mass : times the mass in GeV; passing : above the threshold; window : of these inside the window,
    None without one; channels : by name selected and passing; scores : (G, BINS) or fewer bins.
    """

    selected: np.ndarray
    mass: np.ndarray
    passing: np.ndarray
    window: np.ndarray | None
    channels: dict
    scores: np.ndarray


def cut(table, score, threshold, axis, channels):
    """The `Cut` of a point, whose bins have equal contents of the events as they are."""
    edges = {}
    for name, label in CLASSES.items():
        rows = table.where(label) & (table.weight > 0)
        inner = weighted_quantile(score[rows], np.linspace(0, 1, BINS + 1)[1:-1], weights=table.weight[rows])
        edges[name] = np.unique(inner)
    return Cut(threshold, axis, tuple(channels), edges)


def summed(table, score, cut):
    """The `Sums` of signal and background of a table by class."""
    number, passed = cluster(table.run, table.event, CLUSTERS).astype(int), score >= cut.threshold
    inside = None if cut.axis.window is None else cut.axis.inside(table.mass)

    def of(rows, weight=table.weight):
        return np.bincount(number[rows], weight[rows], minlength=CLUSTERS)

    found = {}
    for name, label in CLASSES.items():
        rows, bins = table.where(label), len(cut.edges[name]) + 1
        place = np.searchsorted(cut.edges[name], score, side="right") + bins * number
        scores = np.bincount(place[rows], table.weight[rows], minlength=CLUSTERS * bins)
        channels = {channel: rows & (table.channel == channel) for channel in cut.channels}
        found[name] = Sums(
            selected=of(rows),
            mass=of(rows, table.weight * table.mass),
            passing=of(rows & passed),
            window=None if inside is None else of(rows & passed & inside),
            channels={channel: (of(own), of(own & passed)) for channel, own in channels.items()},
            scores=scores.reshape(CLUSTERS, bins),
        )
    return found


def events(table):
    """Number and effective number of events of each class; copies are none."""
    parts = {name: table.weight[table.where(label)] for name, label in CLASSES.items()}
    return {name: {"number": len(w), "effective": float(effective_number(w))} for name, w in parts.items()}


def jackknife(number, *sums):
    """A number of totals with the error of what is left of it without each cluster.

    Parameters
    ----------
    number : callable
        From totals, of shape (...) or (..., bins), to values of shape (...).
    sums : float arrays, shape (G,) or (G, bins)
        By cluster, paired: those of an event and of its copies are in the same.

    Returns
    -------
    Measured
        None and None where it does not exist, as a ratio to nothing.
    """
    totals, groups = [part.sum(0) for part in sums], len(sums[0])
    with np.errstate(all="ignore"):
        value = float(number(*totals))
        left = number(*(total - part for total, part in zip(totals, sums, strict=True)))
        error = float(np.sqrt((groups - 1) / groups * np.sum((left - left.mean()) ** 2)))
    return Measured(value, error) if np.isfinite([value, error]).all() else Measured(None, None)


def compare(nominal, copy, replicas, rng, *, base):
    """What becomes of the events of one class under another scale.

    Parameters
    ----------
    nominal, copy : Sums
    replicas : int
        Of the floor of the JSD.
    rng : numpy.random.Generator
    base : float
        Of the logarithm of the JSD.

    Returns
    -------
    dict
        Relative changes, `value` and `error`: selected (before the cut), passing (the yield after it), window (of that
        in the window), efficiency (of the cut alone), mass (of the mean mass before the cut); channels: selected and
        passing of each; jsd: of the distributions of the score.
    """
    return {
        "selected": _change(nominal.selected, copy.selected),
        "passing": _change(nominal.passing, copy.passing),
        "window": None if nominal.window is None else _change(nominal.window, copy.window),
        "efficiency": _change_of_ratio(nominal.passing, nominal.selected, copy.passing, copy.selected),
        "mass": _change_of_ratio(nominal.mass, nominal.selected, copy.mass, copy.selected),
        "channels": {
            name: dict(zip(("selected", "passing"), map(_change, nominal.channels[name], own), strict=True))
            for name, own in copy.channels.items()
        },
        "jsd": divergence(nominal.scores, copy.scores, replicas, rng, base=base),
    }


def sizes(nominal, up, down):
    """The root mean square of both relative changes of one class: what one standard deviation of the scale does.

    Both directions may change a yield in the same sense, such as that of a window around a peak, so that half of their
    difference would miss it. A square is never negative: what is smaller than its error is noise.

    Returns
    -------
    dict
        passing, window (None without one) and efficiency, each `value` and `error`.
    """

    def together(a, b):
        return np.sqrt((a**2 + b**2) / 2)

    def yields(n, u, d):
        return together(u / n - 1, d / n - 1)

    def ratios(n, all_n, u, all_u, d, all_d):
        before = n / all_n
        return together(u / all_u / before - 1, d / all_d / before - 1)

    both = [part for of in (nominal, up, down) for part in (of.passing, of.selected)]
    window = None
    if nominal.window is not None:
        window = asdict(jackknife(yields, nominal.window, up.window, down.window))
    return {
        "passing": asdict(jackknife(yields, nominal.passing, up.passing, down.passing)),
        "window": window,
        "efficiency": asdict(jackknife(ratios, *both)),
    }


def divergence(nominal, copy, replicas, rng, *, base):
    """JSD of the distributions of a score, (G, bins) by cluster, and the floor that pairs of this size have.

    Of each cluster the difference between copies and events, less the mean of all clusters, is added or subtracted at
    random: what would be seen if the scale moved events and not the distribution. The floor is the mean of the JSD over
    such replicas; the p-value the share of them that reach the value. The same events twice have floor and JSD of zero.

    Returns
    -------
    dict
        value, error (jackknife), floor, p_value.
    """
    found = jackknife(lambda n, c: jensen_shannon(n, c, base=base), nominal, copy)
    difference, groups = copy - nominal, len(nominal)
    centred = (difference - difference.mean(0)) * np.sqrt(groups / (groups - 1))
    moved = rng.choice([-0.5, 0.5], size=(replicas, groups)) @ centred
    middle = (nominal.sum(0) + copy.sum(0)) / 2
    drawn = jensen_shannon(middle - moved, middle + moved, base=base)
    floor, value = (None, None) if found.value is None else (float(drawn.mean()), found.value)
    p_value = None if value is None else float((1 + np.sum(drawn >= value)) / (1 + replicas))
    return {"value": value, "error": found.error, "floor": floor, "p_value": p_value}


def known(nominal, up, down, replicas, rng):
    """What a score knows of a scale, by its distributions in the events as they are, and with the scale up and down.

    Parameters
    ----------
    nominal, up, down : float arrays, shape (G, bins)
        By cluster (`Sums.scores`).
    replicas : int
        Of the floor.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        auc : of the score between the copies with the scale up and those with it down, 0.5 where it knows nothing;
        value and error. ceiling : the entropy of the three versions in nats, the cross-entropy of an adversary that
        knows nothing. information : by how much the best adversary of the score is below it, the mutual information of
        version and bin of the score; value, error, floor and p_value. Of each cluster the versions, less their means
        over the clusters, are exchanged at random for the floor: what would be seen if the scale moved events and not
        the distribution.
    """
    found = jackknife(information, nominal, up, down)
    parts, groups = np.stack([nominal, up, down]), len(nominal)
    middle = parts.mean(0)
    centred = parts - middle - (parts - middle).mean(1, keepdims=True)
    centred *= np.sqrt(groups / (groups - 1))
    orders = np.array(list(permutations(range(3))))
    picked = np.eye(len(orders))[rng.integers(len(orders), size=(replicas, groups))]  # (R, G, orders)
    moved = np.stack([sum(picked[..., i] @ centred[o[c]] for i, o in enumerate(orders)) for c in range(3)])
    drawn = information(*np.maximum(middle.sum(0) + moved, 0))
    share = parts.sum((1, 2)) / max(parts.sum(), np.finfo(float).tiny)
    exists = found.value is not None
    return {
        "auc": asdict(jackknife(auc_of_bins, up, down)),
        "ceiling": float(-np.sum(share * np.log(np.where(share > 0, share, 1)))) if exists else None,
        "information": {
            **asdict(found),
            "floor": float(drawn.mean()) if exists else None,
            "p_value": float((1 + np.sum(drawn >= found.value)) / (1 + replicas)) if exists else None,
        },
    }


def information(*versions):
    """Mutual information in nats of the version and the bin; sums of weights, (..., bins) each; (...).

    Examples
    --------
    >>> one, other = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    >>> print(information(one, one), round(information(one, other) / np.log(2), 12))
    0.0 1.0
    """
    table = np.stack(versions)
    share = table / table.sum((0, -1), keepdims=True)
    apart = share.sum(0, keepdims=True) * share.sum(-1, keepdims=True)
    return (share * np.log(np.where(share > 0, share, 1) / np.where(share > 0, apart, 1))).sum((0, -1))


def auc_of_bins(high, low):
    """Probability that one of `high` has a higher bin than one of `low`, half of it where they share it; (..., bins).

    Examples
    --------
    >>> print(auc_of_bins(np.array([1.0, 1.0]), np.array([1.0, 1.0])))
    0.5
    """
    below = low.cumsum(-1) - low / 2
    return (high * below).sum(-1) / (high.sum(-1) * low.sum(-1))


def uncertainty_of_mu(signal, background, relative):
    """Uncertainty of mu = 1 from counts in the window alone, that of the signal yield, and both in quadrature.

    Parameters
    ----------
    signal, background : float
        Expected events in the window after the cut.
    relative : sequence of float or None
        Independent relative uncertainties of the signal in the window, one a variation.

    Returns
    -------
    dict
        counts : sqrt(s + b)/s; scales : the root of the sum of squares; total. None where there is no signal.
    """
    if not signal > 0 or None in relative:
        return {"counts": None, "scales": None, "total": None}
    counts, scales = np.sqrt(max(signal + background, 0)) / signal, np.sqrt(np.sum(np.square(relative)))
    return {"counts": float(counts), "scales": float(scales), "total": float(np.hypot(counts, scales))}


def of_seeds(found):
    """The sizes of one point for each of its trainings, as lists in the order of the seeds.

    Parameters
    ----------
    found : list of dict
        What `measure` gives, one for each training.

    Returns
    -------
    dict
        variations : of each `name`, by class passing, window and efficiency (values of `sizes`), auc and information
        (values of `known`); mu : scales and total. None where a number does not exist.
    """

    def values(place, c):
        rows = [numbers["variations"][place] for numbers in found]
        parts = {key: [row["size"][c][key] for row in rows] for key in ("passing", "window", "efficiency")}
        parts |= {key: [row["known"][c][key] for row in rows] for key in ("auc", "information")}
        return {key: [part and part["value"] for part in column] for key, column in parts.items()}

    names = [row["name"] for row in found[0]["variations"]]
    rows = [{"name": name} | {c: values(place, c) for c in CLASSES} for place, name in enumerate(names)]
    mu = {key: [numbers["mu"] and numbers["mu"][key] for numbers in found] for key in ("scales", "total")}
    return {"variations": rows, "mu": mu}


def _change(nominal, copy):
    return asdict(jackknife(lambda n, c: c / n - 1, nominal, copy))


def _change_of_ratio(part, whole, copy_part, copy_whole):
    return asdict(jackknife(lambda n, a, c, b: (c / b) / (n / a) - 1, part, whole, copy_part, copy_whole))


def measure(nominal, copies, expected, *, names, replicas, rng, base):
    """All numbers of one point.

    Parameters
    ----------
    nominal : dict
        By class the `Sums` of the events that have copies.
    copies : dict
        By name of the copy the same of it: `{name}_up` and `{name}_down` of each variation.
    expected : dict
        By class the `Sums` of all events, measured ones too.
    names : of the variations.
    replicas, rng, base
        As of `compare`.

    Returns
    -------
    dict
        variations : for each name, up and down (by class what `compare` gives), and by class size (`sizes`) and known
        (`known`); mu : `scales` has the sizes of the signal in the window, which are independent.
    """
    found = []
    for name in names:
        up, down = (copies[f"{name}_{side}"] for side in ("up", "down"))
        row = {"name": name}
        for side, of in (("up", up), ("down", down)):
            row[side] = {c: compare(nominal[c], of[c], replicas, rng, base=base) for c in CLASSES}
        row["size"] = {c: sizes(nominal[c], up[c], down[c]) for c in CLASSES}
        scores = {c: (nominal[c].scores, up[c].scores, down[c].scores) for c in CLASSES}
        found.append(row | {"known": {c: known(*of, replicas, rng.spawn(1)[0]) for c, of in scores.items()}})
    mu = None
    if nominal["signal"].window is not None:
        relative = [row["size"]["signal"]["window"]["value"] for row in found]
        mu = uncertainty_of_mu(*(float(expected[c].window.sum()) for c in CLASSES), relative)
    return {"variations": found, "mu": mu}
