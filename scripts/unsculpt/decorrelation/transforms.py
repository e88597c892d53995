"""The registry of maps that take the mass, or other variables, out of scores, and their fit without self-influence.

A new map is one function `learn(background, signal, settings)` in a module beside this one, and one entry in `MAPS`
and in the schema (docs/methods.md).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from unsculpt.decorrelation import cdf, css, ddt, knn, pairs
from unsculpt.decorrelation.samples import Sample
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL, subfold
from unsculpt.ranks import distribution
from unsculpt.weighted import balanced

MASS = ("mass",)
RANKS = {"low": 0, "high": 1, "bin_width": 0.02}  # settings of a map of anything but the mass alone ...
VALUES = {"low": -1, "high": 1, "bin_width": 0.02}  # ... and of one that is linear in it, whose middle is zero
MAPS = {"cdf": cdf.learn, "knn": knn.learn, "ddt": ddt.learn, "css": css.learn}
SUBFOLDS = 10


LEARNT_FROM = {"background": (BACKGROUND,), "all": (BACKGROUND, SIGNAL)}  # classes by `protect` of a method


def transform(name, scores, table, settings, protected=MASS, protect="background"):
    """Map out-of-fold scores, each event by a map that was learned without it.

    The scores of a fold come from one network, so each fold has its own map, learned on the background of that fold.
    Signal and data take the map of all of it. Background takes the map of the nine tenths of it that do not hold the
    event (a hash of its identifiers says which tenth). Events of weight zero or below do not learn, as in the training.
    Where all scores that a map would learn from are equal they order nothing, and the scores stay as they are.
    The mass alone enters in GeV; a feature, or two variables, by ranks among the background events that the map learns
    from, whatever their weights: where few events of large weight and many of small weight lie side by side, as along
    a falling spectrum, both are resolved. For `ddt`, which is linear in them, by their distances from their means.

    Parameters
    ----------
    name : str
        In `MAPS`.
    scores : float array, shape (n,)
        From 0 (background) to 1 (signal).
    table : events.Events
        The same n events.
    settings : samples.MapSettings
        Of the mass.
    protected : one or two of "mass" and the features
    protect : "background" or "all"
        The events from which the map learns, in place of background: among these the scores become flat, both classes
        with the same weight.

    Returns
    -------
    float array, shape (n,)
        From 0 to 1.

    Raises
    ------
    InputError
        If a fold has no background, or its scores are missing or outside [0, 1], or a feature is not finite.
    """
    maps = Maps(name, scores, table, settings, protected, protect)
    return maps(scores, table, maps.learns(table))


class Maps:
    """The maps of a method, each learned when it is asked for, for its own events (`transform`) and for new ones."""

    def __init__(self, name, scores, table, settings, protected=MASS, protect="background"):
        self._name, self._protected, self._table = name, tuple(protected), table
        self._columns = [_column(table, column) for column in self._protected]
        self._learn = (pairs.MAPS if len(self._protected) == 2 else MAPS)[name]
        others = VALUES if name == "ddt" else RANKS
        self._settings = settings if self._protected == MASS else replace(settings, **others)
        self._known, self._labels = {}, LEARNT_FROM[protect]
        self._scores, self._part = np.asarray(scores, float), subfold(table.run, table.event, SUBFOLDS)

    def learns(self, table):
        """Mask of the events of a table that are of the classes from which is learnt, (n,)."""
        return np.isin(table.label, self._labels)

    def __call__(self, scores, table, background):
        """Map the scores (n,) of a table; where `background`, (n,) bool, by the map without the event's tenth."""
        columns = [_column(table, column) for column in self._protected]
        scores, mapped = np.asarray(scores, float), np.full(len(scores), np.nan)
        part = subfold(table.run, table.event, SUBFOLDS)
        for fold in np.unique(table.fold):
            here = table.fold == fold
            self._apply(self.of_fold(fold, warn=True), here & ~background, scores, columns, mapped)
            for number in np.unique(part[here & background]):
                left_out = here & background & (part == number)
                self._apply(self._learned(fold, number), left_out, scores, columns, mapped)
        return mapped

    def _apply(self, learned, at, scores, columns, mapped):
        values = [column[at] for column in columns]
        mapped[at] = scores[at] if learned is None else learned(scores[at], values)

    def of_fold(self, fold, warn=False):
        """The `Placed` map of all background of a fold; None where the scores order nothing."""
        if fold not in self._known:
            self._known[fold] = self._learned(fold, warn=warn)
        return self._known[fold]

    def _learned(self, fold, left_out=None, warn=False):
        """The map of a fold without a tenth of its background, or of all of it."""
        table, scores = self._table, self._scores
        here = (table.fold == fold) & (table.weight > 0)
        background, signal = here & self.learns(table), here & table.where(SIGNAL)
        rows = background if left_out is None else background & (self._part != left_out)
        if background.any() and _all_equal(scores[rows]):
            if warn:
                sentence = "%s: all background of fold %d has the score %g; its scores are not mapped"
                logging.warning(sentence, self._name, fold, scores[rows][0])
            return None
        place = self._placed(rows)
        weight = table.weight
        if len(self._labels) > 1 and rows.any():
            weight = np.where(rows, balanced(np.where(rows, table.label, -1), weight) * 2 * rows.sum(), weight)
        samples = [
            Sample(scores[at], place([column[at] for column in self._columns]), weight[at]) for at in (rows, signal)
        ]
        try:
            apply = self._learn(*samples, self._settings)
        except InputError as error:
            raise InputError(f"fold {fold}: {error}") from error
        return Placed(apply, place)

    def _placed(self, rows):
        """The function from protected columns to the variable of `samples.Sample`, as the background `rows` have it."""
        if self._protected == MASS:
            return lambda values: values[0]
        columns, weight = [column[rows] for column in self._columns], self._table.weight[rows]
        if not rows.any():
            own = [np.zeros_like for _ in columns]
        elif self._name == "ddt":
            own = [_centred(np.average(column, weights=weight)) for column in columns]
        else:
            own = [distribution(column, np.ones(len(column))) for column in columns]
        if len(own) == 1:
            return lambda values: own[0](values[0])
        return lambda values: np.stack([f(column) for f, column in zip(own, values, strict=True)], axis=1)


@dataclass(frozen=True)
class Placed:
    """A map that was learnt, as a function of scores (n,) and a list of the protected columns, (n,) each.

    learnt : what `learn` gave; place : from the columns to its variable.
    """

    learnt: Callable
    place: Callable

    def __call__(self, scores, columns):
        return self.learnt(scores, self.place(columns))


def _all_equal(values):
    """Whether there are not two different values; false where one is missing."""
    return not len(values) or values.min() == values.max()


def _column(table, name):
    """A protected column as floats; each of its values must be a number."""
    values = table.column(name).astype(float)
    if not np.isfinite(values).all():
        raise InputError(
            f"{name} is not a number in {np.sum(~np.isfinite(values))} events; mend or leave out the feature"
        )
    return values


def _centred(mean):
    """The function from values to their distances from a mean."""
    return lambda values: values - mean
