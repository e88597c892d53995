"""The curves of a score, and the bootstrap replicas of everything that is measured on it."""

import logging

import numpy as np

from unsculpt.axes import bins_to_merge
from unsculpt.errors import InputError
from unsculpt.metrics.bootstrap import crossing, passing_at, replicate, spread, tabulate
from unsculpt.metrics.dependence import profile
from unsculpt.metrics.divergence import compare_spectra
from unsculpt.metrics.efficiencies import ROUNDING, cut_at_efficiency
from unsculpt.metrics.shannon import terms
from unsculpt.weighted import Histogram, area, bin_index, counted, weighted_quantile

ROC_TARGETS = np.linspace(0, 1, 101)  # signal efficiencies of the ROC curve
JSD_TARGETS = np.arange(1, 20) / 20  # background efficiencies of the curve of the JSD
PROFILE_TARGETS = np.array([0.05, 0.1, 0.2, 0.4, 0.8])  # background efficiencies of the profiles in the mass
BACKGROUND_TARGETS = np.concatenate([JSD_TARGETS, PROFILE_TARGETS])
SCORE_EDGES = np.linspace(0, 1, 51)
SLICES = 5  # of the mass, in each of which the scores are counted ...
SLICE_BINS, SLICE_TAILS = 30, 0.01  # ... in so many bins, without this share of a class on either side
CELLS = np.arange(1, 100) / 100  # efficiencies of each class at which the bootstrap cuts the score into cells


def draw(signal, background, *, cut, threshold, signal_efficiency, rejection_efficiencies, replicas, rng):
    """Bootstrap replicas of all numbers: a dictionary of arrays with the replicas along the first axis.

    Parameters
    ----------
    signal, background : classes.EventClass
    cut, threshold : float
        Cut of the working point and threshold of the accuracy, both kept fixed.
    signal_efficiency : float
        At which the cut is found again in each replica.
    rejection_efficiencies : sequence of float
        Further signal efficiencies at which the rejection is taken.
    replicas : int
    rng : numpy.random.Generator
    """
    cells = _cells(signal, background, [cut, threshold])
    blocks = [
        _statistics(block, cells.position(cut), cells.position(threshold), signal_efficiency, rejection_efficiencies)
        for block in replicate(cells, replicas, rng)
    ]
    return _joined(blocks)


def draw_cut(signal, background, *, cut, signal_efficiency, bins, replicas, rng):
    """Bootstrap replicas of one cut alone, found again in each; parameters as of `draw`.

    `bins` is the slice of mass bins of which background efficiency and rejection are; the spectra that pass and fail
    are whole.
    """
    cells = _cells(signal, background, [cut])
    return _joined(
        [_selected(block, cells.position(cut), signal_efficiency, bins) for block in replicate(cells, replicas, rng)]
    )


def _cells(signal, background, cuts):
    """Cells between these cuts and those of evenly spaced efficiencies of each class."""
    even = [cut_at_efficiency(part.score, CELLS, weights=part.weight) for part in (signal, background)]
    return tabulate(signal, background, np.concatenate([cuts, *even]))


def _joined(blocks):
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _selected(block, cut, signal_efficiency, bins=slice(None)):
    """The numbers of a cut at this position of the cells, and what passes it where it is found again."""
    signal, inclusive = block.signal, block.background[:, -1]
    passed = passing_at(block.background, crossing(signal, signal_efficiency))
    with np.errstate(divide="ignore", invalid="ignore"):  # a replica without events has no efficiency; spread drops it
        efficiency = _share(passed[:, bins].sum(-1), inclusive.sum(-1))
        return {
            "signal_efficiency": signal[:, cut] / signal[:, -1],
            "background_efficiency": efficiency,
            "rejection": 1 / efficiency,
            "passed": passed,
            "failed": inclusive - passed,
            "inclusive": inclusive,
        }


def _share(passing, inclusive):
    """The share that passes; what sums leave over by rounding is none."""
    share = passing / inclusive
    return np.where(share < ROUNDING, 0.0, share)


def _statistics(block, cut, threshold, signal_efficiency, rejection_efficiencies):
    """All numbers of a block of replicas; cut and threshold are positions in the cells."""
    signal, background = block.signal, block.background.sum(axis=-1)
    selected = _selected(block, cut, signal_efficiency)
    cuts = [passing_at(block.background, crossing(background, t)) for t in BACKGROUND_TARGETS]
    with np.errstate(divide="ignore", invalid="ignore"):  # a replica without events has no efficiency; spread drops it
        of_signal = signal[:, threshold] / signal[:, -1]
        of_background = 1 - background[:, threshold] / background[:, -1]
        curve, chosen = (
            np.stack([_share(passing_at(background, crossing(signal, t)), background[:, -1]) for t in targets], axis=1)
            for targets in (ROC_TARGETS, rejection_efficiencies)
        )
        return selected | {
            "auc": area(np.diff(signal), np.diff(background)),
            "accuracy": (of_signal + of_background) / 2,
            "accuracy_signal": of_signal,
            "accuracy_background": of_background,
            "rejections": 1 / chosen,
            "roc": curve,
            "cuts": np.stack(cuts, axis=1),
        }


def background_cuts(background):
    """Cuts of the efficiencies BACKGROUND_TARGETS, and the mass histograms of the background that passes them."""
    cuts = cut_at_efficiency(background.score, BACKGROUND_TARGETS, weights=background.weight)
    return cuts, [background.spectrum(background.score >= cut) for cut in cuts]


def jsd_curve(name, background, cuts, passing, inclusive, drawn, *, edges, base, reference):
    """JSD, error and floor against the background efficiency.

    name : of the score; background : classes.EventClass; cuts, passing : of `background_cuts`; inclusive : histogram of
    all background; drawn : replicas of `draw`. None where a cut keeps, or leaves, no events.
    """
    points, options = [], {"edges": edges, "base": base, "reference": reference}
    for i, passed in enumerate(passing[: len(JSD_TARGETS)]):
        parts = passed, Histogram(inclusive.sumw - passed.sumw, inclusive.sumw2 - passed.sumw2)
        replicas = drawn["cuts"][:, i], drawn["inclusive"] - drawn["cuts"][:, i]
        try:
            strata = background.selected(background.score >= cuts[i])
            points.append(compare_spectra(*parts, replicas, **options, strata=strata))
        except InputError:  # the cut keeps, or leaves, no events
            points.append(None)
    if None in points:
        where = ", ".join(f"{JSD_TARGETS[i]:g}" for i, point in enumerate(points) if point is None)
        logging.info("%s: no JSD at background efficiencies %s, where no event passes or none fails", name, where)
    columns = {key: [point and getattr(point, key) for point in points] for key in ("value", "error", "floor")}
    return {"background_efficiency": JSD_TARGETS} | columns


def efficiency_profile(cuts, inclusive, drawn, *, edges):
    """Background efficiency in bins of the mass, at cuts of fixed inclusive background efficiency."""
    first = len(JSD_TARGETS)
    coarse = np.arange(0, len(edges) - 1, bins_to_merge(len(edges) - 1))

    def efficiency(passed, total):
        passed, total = np.add.reduceat(passed, coarse, axis=-1), np.add.reduceat(total, coarse, axis=-1)
        return np.divide(passed, total, out=np.full_like(passed, np.nan), where=total > 0)

    replicas = (efficiency(drawn["cuts"][:, i], drawn["inclusive"]) for i in range(first, len(cuts)))
    return {
        "edges_gev": np.append(np.asarray(edges)[coarse], edges[-1]),
        "inclusive": PROFILE_TARGETS,
        "value": np.stack([efficiency(passed.sumw, inclusive.sumw) for passed in cuts[first:]]),
        "error": np.stack([spread(values) for values in replicas]),
    }


def score_profile(classes, *, edges):
    """Mean score of each class, by name, in bins of the mass: a flat line does not know it; NaN without events."""
    merged = bins_to_merge(len(edges) - 1)
    starts = np.arange(0, len(edges) - 1, merged)
    result = {"edges_gev": np.append(np.asarray(edges)[starts], edges[-1])}
    for name, part in classes.items():
        mean, error = profile(part.mass_bin // merged, part.score, weights=part.weight, bins=len(starts))
        result[name] = {"value": mean, "error": error}
    return result


def divergence_terms(passed, failed, drawn, *, edges, base, reference):
    """How the JSD of the working point adds up over the mass bins.

    Parameters
    ----------
    passed, failed : float arrays, shape (bins,)
        Mass histograms of what passes the cut and of what fails it.
    drawn : dict
        Their replicas (`draw`).
    edges, base, reference
        As of `jsd_curve`.

    Returns
    -------
    dict
        passed, reference : what each bin adds to KL(P|M) and to KL(Q|M), see `shannon.terms`.
        jsd, cumulative : half of their sum, in each bin and up to it, with errors; the last is the JSD.
    """

    def parts(passed, failed):
        return terms(passed, failed if reference == "fail" else passed + failed, base=base)

    def both(values):
        return sum(values) / 2

    own, replicas = parts(passed, failed), both(parts(drawn["passed"], drawn["failed"]))
    jsd = both(own)
    return {
        "edges_gev": edges,
        "passed": own[0],
        "reference": own[1],
        "jsd": {"value": jsd, "error": spread(replicas)},
        "cumulative": {"value": np.cumsum(jsd), "error": spread(np.cumsum(replicas, axis=-1))},
    }


def score_slices(classes, *, edges):
    """Histograms of the score of each class, by name, in slices of the mass: the same in all where it does not know it.

    Of shape (slices, bins), to six digits; scores beyond the last percent of a class on either side are left out.
    """
    merged = bins_to_merge(len(edges) - 1, most=SLICES)
    starts = np.arange(0, len(edges) - 1, merged)
    tails = [
        weighted_quantile(part.score, [SLICE_TAILS, 1 - SLICE_TAILS], weights=part.weight) for part in classes.values()
    ]
    low, high = np.min(tails), np.max(tails)
    shown = np.linspace(low, high, SLICE_BINS + 1) if high > low else np.linspace(low - 0.5, low + 0.5, SLICE_BINS + 1)
    result = {"edges_gev": np.append(np.asarray(edges)[starts], edges[-1]), "edges": shown}
    for name, part in classes.items():
        index = bin_index(part.score, shown)
        inside = (index >= 0) & (index < SLICE_BINS)
        cell = (part.mass_bin // merged)[inside] * SLICE_BINS + index[inside]
        found = counted(cell, part.weight[inside], len(starts) * SLICE_BINS)
        result[name] = {key: _short(values).reshape(-1, SLICE_BINS) for key, values in vars(found).items()}
    return result


def _short(values):
    """Values to six digits, which files of many histograms are a third of the size with."""
    return np.array([float(f"{value:.6g}") for value in values])
