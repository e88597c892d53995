"""The registry of maps that take the mass out of scores, and their fit without self-influence.

A new map is one function `learn(background, signal, settings)` in a module beside this one, and one entry in `MAPS`
and in the schema (docs/methods.md).
"""

import logging

import numpy as np

from unsculpt.decorrelation import cdf, css, ddt, knn
from unsculpt.decorrelation.samples import Sample
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL, subfold

MAPS = {"cdf": cdf.learn, "knn": knn.learn, "ddt": ddt.learn, "css": css.learn}
SUBFOLDS = 10


def transform(name, scores, table, settings):
    """Map out-of-fold scores, each event by a map that was learned without it.

    The scores of a fold come from one network, so each fold has its own map, learned on the background of that fold.
    Signal and data take the map of all of it. Background takes the map of the nine tenths of it that do not hold the
    event (a hash of its identifiers says which tenth). Events of weight zero or below do not learn, as in the training.
    Where all scores that a map would learn from are equal they order nothing, and the scores stay as they are.

    Parameters
    ----------
    name : str
        In `MAPS`.
    scores : float array, shape (n,)
        From 0 (background) to 1 (signal).
    table : events.Events
        The same n events.
    settings : samples.Settings

    Returns
    -------
    float array, shape (n,)
        From 0 to 1.

    Raises
    ------
    InputError
        If a fold has no background, or its scores are missing or outside [0, 1].
    """
    scores, mapped = np.asarray(scores, float), np.full(len(scores), np.nan)
    part = subfold(table.run, table.event, SUBFOLDS)
    for fold in np.unique(table.fold):
        here = table.fold == fold
        background, signal = (here & table.where(label) & (table.weight > 0) for label in (BACKGROUND, SIGNAL))

        def learned(rows, fold=fold, signal=signal, background=background):
            if background.any() and _all_equal(scores[rows]):
                return _unchanged
            try:
                return MAPS[name](_sample(scores, table, rows), _sample(scores, table, signal), settings)
            except InputError as error:
                raise InputError(f"fold {fold}: {error}") from error

        whole, others = learned(background), here & ~table.where(BACKGROUND)
        if whole is _unchanged:
            value = scores[background][0]
            logging.warning(
                "%s: all background of fold %d has the score %g; its scores are not mapped", name, fold, value
            )
        mapped[others] = whole(scores[others], table.mass[others])
        for number in np.unique(part[here & table.where(BACKGROUND)]):
            left_out = here & table.where(BACKGROUND) & (part == number)
            apply = learned(background & (part != number))
            mapped[left_out] = apply(scores[left_out], table.mass[left_out])
    return mapped


def _all_equal(values):
    """Whether there are not two different values; false where one is missing."""
    return not len(values) or values.min() == values.max()


def _unchanged(score, mass):
    return score


def _sample(scores, table, rows):
    return Sample(scores[rows], table.mass[rows], table.weight[rows])
