"""What a map did to the background, in bins of what it protects: means, cut and efficiencies, before and after.

Nothing here is used by a later number; figures show it.
"""

import numpy as np

from unsculpt.axes import bins_to_merge
from unsculpt.decorrelation.knn import upper_cut
from unsculpt.decorrelation.transforms import MASS
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.weighted import bin_index, counted, weighted_quantile

BINS, CELLS = 25, 20  # of one protected variable, at most; of each of two
TAILS = 0.005  # of the background on either side of the range of a feature
FEW = 20  # effective events of a bin, below which it says nothing
KNOTS = 400  # scores at which a map is turned around


def describe(maps, before, after, table, *, protected=MASS, edges, signal_efficiency):
    """What a map learnt, and what it did to the background at the working point.

    Parameters
    ----------
    maps : transforms.Maps
    before, after : float arrays, shape (n,)
        Scores, and what the map made of them, each event by a map that was learnt without it.
    table : events.Events
        The same n events.
    protected : one or two of "mass" and the features
    edges : float array
        Of the mass bins, in GeV.
    signal_efficiency : float
        Of the cut, before and after the map.

    Returns
    -------
    dict
        Lists and numbers as JSON holds them. protected, their names; edges, of the bins of each; with b bins of one
        variable, or (b, c) of two:
        efficiency, before and after, with `inclusive`, and in bins `value` and `error`; cut, the score before the map
        that passes: `learnt`, from the map of all background (mean of the folds), and `measured`, which the inclusive
        efficiency after the map passes in each bin, with its ends of one standard deviation `low` and `high`; of one
        variable mean, before and after on one scale, `value` and `error`, and of a map with a slope line, with `slope`
        (mean of the folds) and `value` at the edges; learnt, of the map of the first fold. None where a bin has fewer
        than `FEW` effective events.
    """
    rows = table.where(BACKGROUND) & (table.weight > 0)
    columns = [table.column(name)[rows].astype(float) for name in protected]
    weight, one = table.weight[rows], len(protected) == 1
    bins = [
        _coarse(edges) if name == "mass" and one else _edges(name, column, weight, edges, BINS if one else CELLS)
        for name, column in zip(protected, columns, strict=True)
    ]
    cell, inside = _cells(columns, bins)
    shape = tuple(len(e) - 1 for e in bins)
    total = counted(cell[inside], weight[inside], int(np.prod(shape)))
    enough = total.sumw**2 > FEW * total.sumw2
    scores = {"before": before, "after": after}
    cuts = {name: _cut(score, table, signal_efficiency) for name, score in scores.items()}
    result = {"protected": list(protected), "edges": bins, "efficiency": {}}
    for name, score in scores.items():
        passed = score[rows] >= cuts[name]
        result["efficiency"][name] = {
            "inclusive": float(weight[passed].sum() / weight.sum()),
            **_means(passed.astype(float), weight, cell, inside, enough, shape),
        }
    if one:
        result["line"] = _line(maps, columns[0], before[rows], weight, bins[0], table)
        same = getattr(_learnt(maps, table.fold.min()), "unscaled", lambda mapped: mapped)
        shown = {"before": before[rows], "after": same(after[rows])}
        result["mean"] = {n: _means(s, weight, cell, inside, enough, shape) for n, s in shown.items()}
    efficiency = result["efficiency"]["after"]["inclusive"]
    measured = _measured_cuts(before[rows], weight, cell, inside, enough, shape, efficiency)
    learnt = _learnt_cut(maps, before[rows], table, bins, cuts["after"])
    result["cut"] = {"learnt": np.where(enough.reshape(shape), learnt, np.nan), **measured}
    result["learnt"] = _about(maps, table.fold.min())
    return _plain(result)


def _learnt(maps, fold):
    """What a map learnt of a fold, or None."""
    return getattr(maps.of_fold(fold), "learnt", None)


def _about(maps, fold):
    """What the map of a fold says of itself, or None."""
    learnt = _learnt(maps, fold)
    return learnt.about() if hasattr(learnt, "about") else None


def _line(maps, variable, score, weight, edges, table):
    """The line that was taken out, through the means of score and variable; None of a map without a slope."""
    about = [_about(maps, fold) or {} for fold in np.unique(table.fold)]
    slopes = [found["slope"][0] for found in about if "slope" in found]
    if not slopes:
        return None
    mean, slope = np.average(score, weights=weight), np.mean(slopes)
    return {"slope": slope, "value": mean + slope * (edges - np.average(variable, weights=weight))}


def _plain(content):
    """Arrays as lists, in which what is not finite is None."""
    if isinstance(content, dict):
        return {name: _plain(value) for name, value in content.items()}
    if isinstance(content, (list, np.ndarray)):
        return [_plain(value) for value in content]
    return (float(content) if np.isfinite(content) else None) if isinstance(content, (float, np.floating)) else content


def _coarse(edges):
    """Edges of the mass bins, several of them together where they are many."""
    starts = np.arange(0, len(edges) - 1, bins_to_merge(len(edges) - 1, most=BINS))
    return np.append(np.asarray(edges)[starts], edges[-1])


def _edges(name, values, weight, edges, bins):
    """Edges of equally wide bins that show the bulk of a variable; of whole numbers that are few one bin for each."""
    if name == "mass":
        return np.linspace(edges[0], edges[-1], bins + 1)
    low, high = weighted_quantile(values, [TAILS, 1 - TAILS], weights=weight)
    if high - low < bins and np.all(values == np.round(values)):
        return np.arange(low - 0.5, high + 1)
    return np.linspace(low, high, bins + 1) if high > low else np.linspace(low - 0.5, low + 0.5, 2)


def _cells(columns, bins):
    """The number of the bin, or of the cell of two variables, of each event, and whether it is in one."""
    index = [bin_index(column, edges) for column, edges in zip(columns, bins, strict=True)]
    inside = np.all([(i >= 0) & (i < len(edges) - 1) for i, edges in zip(index, bins, strict=True)], axis=0)
    shape = [len(edges) - 1 for edges in bins]
    return np.ravel_multi_index([np.where(inside, i, 0) for i in index], shape), inside


def _cut(score, table, signal_efficiency):
    """The cut that a share of the signal passes."""
    rows = table.where(SIGNAL)
    return -weighted_quantile(-score[rows], signal_efficiency, weights=table.weight[rows])


def _means(values, weight, cell, inside, enough, shape):
    """Weighted mean of values in each bin with its standard error."""
    cell, w, x = cell[inside], weight[inside], values[inside]
    total = np.bincount(cell, w, minlength=len(enough))
    safe = np.where(enough, total, 1)
    mean = np.bincount(cell, w * x, minlength=len(enough)) / safe
    error = np.sqrt(np.bincount(cell, (w * (x - mean[cell])) ** 2, minlength=len(enough))) / safe
    return {k: np.where(enough, v, np.nan).reshape(shape) for k, v in (("value", mean), ("error", error))}


def _measured_cuts(score, weight, cell, inside, enough, shape, efficiency):
    """In each bin the score that a share of the background exceeds, and those one standard deviation away."""
    found = {name: np.full(len(enough), np.nan) for name in ("measured", "low", "high")}
    rows = np.flatnonzero(inside)
    rows = rows[np.argsort(cell[rows], kind="stable")]
    for part in np.split(rows, np.flatnonzero(np.diff(cell[rows])) + 1):
        if len(part) and enough[cell[part[0]]]:
            w = weight[part]
            error = np.sqrt(efficiency * (1 - efficiency) * np.sum(w**2)) / w.sum()
            for name, shift in (("measured", 0), ("low", error), ("high", -error)):
                share = np.clip(efficiency + shift, 0, 1 - 1e-9)
                found[name][cell[part[0]]] = upper_cut(score[part], w, share)
    return {name: values.reshape(shape) for name, values in found.items()}


def _learnt_cut(maps, score, table, bins, cut):
    """The score that the maps of all background turn into the cut at the middle of each bin, a mean of the folds."""
    middles = np.meshgrid(*((edges[1:] + edges[:-1]) / 2 for edges in bins), indexing="ij")
    knots = np.unique(np.quantile(score, np.linspace(0, 1, KNOTS)))
    found = []
    for fold in np.unique(table.fold):
        learnt = maps.of_fold(fold)
        if learnt is None:
            continue
        places = [np.repeat(middle.ravel(), len(knots)) for middle in middles]
        mapped = learnt(np.tile(knots, middles[0].size), places).reshape(-1, len(knots))
        found.append([np.interp(cut, row, knots) for row in np.maximum.accumulate(mapped, axis=1)])
    return np.mean(found, axis=0).reshape(middles[0].shape) if found else np.full(middles[0].shape, np.nan)
