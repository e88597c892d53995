"""The registry of maps that take the mass, or other variables, out of scores, and their fit without self-influence.

A new map is one function `learn(background, signal, settings)` in a module beside this one, and one entry in `MAPS`
and in the schema (docs/methods.md).
"""

import logging
from dataclasses import replace

import numpy as np

from unsculpt.decorrelation import cdf, css, ddt, knn, pairs
from unsculpt.decorrelation.samples import Sample
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL, subfold
from unsculpt.ranks import distribution

MASS = ("mass",)
RANKS = {"low": 0, "high": 1, "bin_width": 0.02}  # settings of a map of anything but the mass
MAPS = {"cdf": cdf.learn, "knn": knn.learn, "ddt": ddt.learn, "css": css.learn}
SUBFOLDS = 10


def transform(name, scores, table, settings, protected=MASS):
    """Map out-of-fold scores, each event by a map that was learned without it.

    The scores of a fold come from one network, so each fold has its own map, learned on the background of that fold.
    Signal and data take the map of all of it. Background takes the map of the nine tenths of it that do not hold the
    event (a hash of its identifiers says which tenth). Events of weight zero or below do not learn, as in the training.
    Where all scores that a map would learn from are equal they order nothing, and the scores stay as they are.
    The mass alone enters in GeV; a feature, or two variables, by ranks in the background that the map learns from.

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

    Returns
    -------
    float array, shape (n,)
        From 0 to 1.

    Raises
    ------
    InputError
        If a fold has no background, or its scores are missing or outside [0, 1], or a feature is not finite.
    """
    protected = tuple(protected)
    columns, learn = [_column(table, column) for column in protected], MAPS[name]
    if len(protected) == 2:
        learn = pairs.MAPS[name]
    settings = settings if protected == MASS else replace(settings, **RANKS)
    scores, mapped = np.asarray(scores, float), np.full(len(scores), np.nan)
    part = subfold(table.run, table.event, SUBFOLDS)
    for fold in np.unique(table.fold):
        here = table.fold == fold
        background, signal = (here & table.where(label) & (table.weight > 0) for label in (BACKGROUND, SIGNAL))

        def learned(rows, fold=fold, signal=signal, background=background):
            if background.any() and _all_equal(scores[rows]):
                return None
            place = _placed(protected, columns, rows, table.weight)
            samples = [Sample(scores[at], place(at), table.weight[at]) for at in (rows, signal)]
            try:
                apply = learn(*samples, settings)
            except InputError as error:
                raise InputError(f"fold {fold}: {error}") from error
            return lambda at: apply(scores[at], place(at))

        whole, others = learned(background), here & ~table.where(BACKGROUND)
        if whole is None:
            value = scores[background][0]
            logging.warning(
                "%s: all background of fold %d has the score %g; its scores are not mapped", name, fold, value
            )
        mapped[others] = scores[others] if whole is None else whole(others)
        for number in np.unique(part[here & table.where(BACKGROUND)]):
            left_out = here & table.where(BACKGROUND) & (part == number)
            apply = learned(background & (part != number))
            mapped[left_out] = scores[left_out] if apply is None else apply(left_out)
    return mapped


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


def _placed(protected, columns, rows, weight):
    """The function from row numbers to the variable of `samples.Sample`, with ranks in the background of these rows."""
    if protected == MASS:
        return lambda at: columns[0][at]
    ranks = [distribution(column[rows], weight[rows]) if rows.any() else np.zeros_like for column in columns]
    of_two = [lambda at, f=f, column=column: f(column[at]) for f, column in zip(ranks, columns, strict=True)]
    return of_two[0] if len(of_two) == 1 else lambda at: np.stack([place(at) for place in of_two], axis=1)
