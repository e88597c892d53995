"""A score at its working signal efficiency within ranges of other columns, with and without a cut on the mass.

In each range the cut is found again, so that it has the working signal efficiency there: what a selection does to the
events of a range must not be mixed with how its efficiency changes from range to range.
"""

import logging
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.metrics import folds
from unsculpt.metrics.bootstrap import spread
from unsculpt.metrics.classes import split
from unsculpt.metrics.composition import samples_of
from unsculpt.metrics.curves import draw_cut
from unsculpt.metrics.divergence import Divergence
from unsculpt.metrics.efficiencies import cut_at_efficiency
from unsculpt.metrics.folds import Trained
from unsculpt.metrics.passing import contents, passing_efficiency, rejection
from unsculpt.metrics.sculpting import divergence_or_none
from unsculpt.metrics.strata import stratify
from unsculpt.weighted import Measured, bin_index

NOTHING = folds.of_events(None, None)


@dataclass(frozen=True)
class Inverse(Measured):
    """1/JSD; `limit` is 1/floor, which no selection of this size that ignores the mass exceeds on average."""

    limit: float | None


@dataclass(frozen=True)
class InRange:
    """A score at the working signal efficiency among the events of a range.

    name : of the ranges; column, low, high : the range, low <= column < high (the last of them holds its upper edge).
    mass_cut_gev : lower and upper end of the cut on the mass that signal and background must pass besides, or None. It
        counts in the efficiencies; spectra and JSD are those of the cut on the score alone, over the whole mass range.
    threshold : the cut on the score.
    signal_efficiency, background_efficiency, rejection : of all events of the range; as of `points.Point`.
    jsd : of the background of the range that passes the threshold against the reference of the study, there.
    inverse_jsd : 1/JSD, to first order in its error.
    events : of signal and background of the range, as of `points.Point`.
    All numbers are None where a class has no events, or the cut on the mass leaves too little signal.
    """

    name: str
    column: str
    low: float
    high: float
    mass_cut_gev: tuple | None
    threshold: float | None
    signal_efficiency: Measured
    background_efficiency: Trained
    rejection: Trained
    jsd: Divergence
    inverse_jsd: Inverse = field(init=False)
    events: dict

    def __post_init__(self):
        object.__setattr__(self, "inverse_jsd", _inverse(self.jsd))


def measure_ranges(
    score, ranges, columns, *, label, mass, weights, settings, rng, name="score", sample=None, fold=None
):
    """Measure one score in ranges.

    Parameters
    ----------
    score, label, mass, weights, settings, rng, name, sample, fold
        As of `points.measure_point`.
    ranges : dict
        By name `column`, rising `edges` and `mass_cut_gev` (a pair on edges of mass bins, or None).
    columns : dict
        By name the columns that the ranges are of, float arrays of shape (n,).

    Returns
    -------
    list of InRange
        In the order of the ranges; of each range that without the cut on the mass first.
    """
    *classes, _ = split(score, label=label, mass=mass, weights=weights, edges=settings.edges)
    masks = [np.asarray(label) == role for role in (SIGNAL, BACKGROUND)]
    index = samples_of(sample[masks[1]])[1] if sample is not None else None
    own = None if fold is None else [np.asarray(fold)[mask] for mask in masks]
    measured = []
    for of, about in ranges.items():
        place = bin_index(np.asarray(columns[about["column"]], float), about["edges"])
        for i, (low, high) in enumerate(zip(about["edges"], about["edges"][1:], strict=False)):
            inside = [place[mask] == i for mask in masks]
            parts = [part[chosen] for part, chosen in zip(classes, inside, strict=True)]
            within = {"index": index if index is None else index[inside[1]]}
            within["fold"] = own and [numbers[chosen] for numbers, chosen in zip(own, inside, strict=True)]
            where = {"name": of, "column": about["column"], "low": float(low), "high": float(high)}
            said = name, f"{about['column']} from {low:g} to {high:g}"
            for cut in dict.fromkeys([None, about["mass_cut_gev"] and tuple(about["mass_cut_gev"])]):
                numbers = _measure(*said, *parts, mass_cut=cut, **within, settings=settings, rng=rng)
                measured.append(InRange(**where, mass_cut_gev=cut, **numbers))
    return measured


def _measure(name, where, signal, background, *, index, fold, mass_cut, settings, rng):
    """The numbers of one range, by the names of `InRange`; `where` says which it is."""
    bins = _bins(mass_cut, settings.edges)
    events = {"signal": contents(signal), "background": contents(background)}
    reason = _nothing(signal, background, bins, settings)
    if reason:
        logging.warning("%s: %s, the numbers are null", where, reason)  # without the name: it is so of every score
        return _nulls(background, settings) | {"events": events}
    stratified = replace(background, strata=stratify(background.mass_bin, background.weight, background.bins, index))
    options = {"bins": bins, "settings": settings}
    of_signal, numbers = _at_cut(f"{name}, {where}", signal, stratified, **options, rng=rng)
    if fold is not None:
        found = folds.each(signal, background, fold, partial(_of_fold, **options), index=index)
        numbers = folds.complete(numbers, found)
    return numbers | of_signal | {"events": events}


def _at_cut(said, signal, background, *, bins, settings, rng):
    """The cut with its signal efficiency, and the numbers that another training would change; errors of the events."""
    confined, cut, efficiency = _cut(signal, background, bins, settings)
    options = {"signal_efficiency": settings.signal_efficiency, "bins": bins, "replicas": settings.bootstrap_replicas}
    drawn = draw_cut(confined, background, cut=cut, **options, rng=rng)
    achieved = float(passing_efficiency(signal, cut, bins))
    of_signal = {
        "threshold": cut,
        "signal_efficiency": Measured(achieved, spread(drawn["signal_efficiency"])),
    }
    return of_signal, {
        "background_efficiency": folds.of_events(efficiency, spread(drawn["background_efficiency"])),
        "rejection": rejection(efficiency, drawn["rejection"]),
        "jsd": _jsd(said, background, cut, (drawn["passed"], drawn["failed"]), settings),
    }


def _of_fold(signal, background, sample, *, bins, settings):
    """The same numbers of one fold, of which only the values are wanted, and of the JSD floor and variance."""
    if reason := _nothing(signal, background, bins, settings):
        raise InputError(reason)  # the fold is left out
    background = replace(background, strata=stratify(background.mass_bin, background.weight, background.bins, sample))
    _, cut, efficiency = _cut(signal, background, bins, settings)
    replicas = [np.empty((0, background.bins))] * 2
    jsd = _jsd("a fold", background, cut, replicas, settings, level=logging.DEBUG)
    return {"background_efficiency": efficiency, "rejection": folds.inverse(efficiency), "jsd": jsd}


def _cut(signal, background, bins, settings):
    """The signal that these mass bins confine, the cut, and its background efficiency."""
    confined = _confined(signal, background, bins)
    cut = float(cut_at_efficiency(confined.score, settings.signal_efficiency, weights=confined.weight))
    return confined, cut, float(passing_efficiency(background, cut, bins))


def _jsd(said, background, cut, replicas, settings, level=logging.WARNING):
    """The divergence of the background that passes a cut."""
    passes = background.score >= cut
    parts = [background.spectrum(chosen) for chosen in (passes, ~passes)]
    options = {"base": settings.jsd_base, "reference": settings.jsd_reference, "level": level}
    options["strata"] = background.selected(passes)
    return divergence_or_none(f"{said}: JSD", parts, replicas, edges=settings.edges, **options)


def _bins(mass_cut, edges):
    """The mass bins that a cut on the mass keeps, as a slice."""
    if mass_cut is None:
        return slice(None)
    return slice(*(int(np.argmin(np.abs(edges - value))) for value in mass_cut))


def _confined(signal, background, bins):
    """The signal, whose events outside these mass bins have a score below all others: no cut lets them pass."""
    if bins == slice(None):
        return signal
    lowest = min(signal.score.min(), background.score.min()) - 1
    inside = (signal.mass_bin >= bins.start) & (signal.mass_bin < bins.stop)
    return replace(signal, score=np.where(inside, signal.score, lowest))


def _nothing(signal, background, bins, settings):
    """Why a range has no numbers, or nothing."""
    for role, part in (("signal", signal), ("background", background)):
        if not len(part.weight) or not part.weight.sum() > 0:
            return f"there is no {role}"
    if passing_efficiency(signal, -np.inf, bins) < settings.signal_efficiency:
        return f"the cut on the mass leaves less than {settings.signal_efficiency:g} of the signal"
    return None


def _nulls(background, settings):
    """What a range without numbers holds."""
    nothing = background[np.zeros(len(background.weight), bool)]
    return {
        **{"threshold": None, "signal_efficiency": Measured(None, None)},
        **{"background_efficiency": NOTHING, "rejection": NOTHING},
        "jsd": _jsd("a range without numbers", nothing, np.inf, None, settings, level=logging.DEBUG),
    }


def _inverse(jsd):
    """1/JSD of a `Divergence`."""
    limit = 1 / jsd.floor if jsd.floor else None
    if not jsd.value:
        return Inverse(None, None, limit)
    return Inverse(1 / jsd.value, None if jsd.error is None else jsd.error / jsd.value**2, limit)
