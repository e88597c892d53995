"""The curves of a score, and the bootstrap replicas of everything that is measured on it."""

import logging

import numpy as np

from unsculpt.errors import InputError
from unsculpt.metrics.bootstrap import crossing, passing_at, replicate, spread, tabulate
from unsculpt.metrics.dependence import profile
from unsculpt.metrics.divergence import compare_spectra
from unsculpt.metrics.efficiencies import cut_at_efficiency
from unsculpt.weighted import Histogram, area

ROC_TARGETS = np.linspace(0, 1, 101)  # signal efficiencies of the ROC curve
JSD_TARGETS = np.arange(1, 20) / 20  # background efficiencies of the curve of the JSD
PROFILE_TARGETS = np.array([0.05, 0.1, 0.2, 0.4, 0.8])  # background efficiencies of the profiles in the mass
BACKGROUND_TARGETS = np.concatenate([JSD_TARGETS, PROFILE_TARGETS])
SCORE_EDGES = np.linspace(0, 1, 51)
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
        efficiency = passed[:, bins].sum(-1) / inclusive.sum(-1)
        return {
            "signal_efficiency": signal[:, cut] / signal[:, -1],
            "background_efficiency": efficiency,
            "rejection": 1 / efficiency,
            "passed": passed,
            "failed": inclusive - passed,
            "inclusive": inclusive,
        }


def _statistics(block, cut, threshold, signal_efficiency, rejection_efficiencies):
    """All numbers of a block of replicas; cut and threshold are positions in the cells."""
    signal, background = block.signal, block.background.sum(axis=-1)
    selected = _selected(block, cut, signal_efficiency)
    cuts = [passing_at(block.background, crossing(background, t)) for t in BACKGROUND_TARGETS]
    with np.errstate(divide="ignore", invalid="ignore"):  # a replica without events has no efficiency; spread drops it
        of_signal = signal[:, threshold] / signal[:, -1]
        of_background = 1 - background[:, threshold] / background[:, -1]
        curve, chosen = (
            np.stack([passing_at(background, crossing(signal, t)) / background[:, -1] for t in targets], axis=1)
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


def bins_to_merge(bins, most=20, least=5):
    """How many neighbours make a bin of a profile: a divisor that leaves `least` to `most` bins, if there is one.

    Examples
    --------
    >>> bins_to_merge(55), bins_to_merge(50), bins_to_merge(12), bins_to_merge(47)
    (5, 5, 1, 3)
    """
    smallest = -(-bins // most)
    return next((n for n in range(smallest, bins // least + 1) if bins % n == 0), smallest)
