"""Signal among the events that count as background: what an autoencoder that trains on data would see."""

import math
from dataclasses import replace

import numpy as np

from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL, draw


def contaminated(table, share):
    """A table in which some of the signal counts as background.

    Signal events are drawn by a hash of their identifiers, as many as make up this share of the events of background
    and them together; their weights are scaled so that they have the same share of the weight. They stand in all folds,
    so the model that scores one has not trained on it. Events of weight zero or below are none.

    Parameters
    ----------
    table : events.Events
    share : float
        From 0, which leaves the table as it is, to below 1.

    Returns
    -------
    events.Events
        The same rows.

    Raises
    ------
    InputError
        If the signal has too few events: one of a hundred is left as signal at least.
    """
    if not share:
        return table
    background, signal = (np.flatnonzero(table.where(label) & (table.weight > 0)) for label in (BACKGROUND, SIGNAL))
    odds = share / (1 - share)
    number = math.ceil(odds * len(background))
    if number > 0.99 * len(signal):
        raise InputError(
            f"a contamination of {share:g} takes {number} signal events for {len(background)} of background, and there "
            f"are {len(signal)}; give more signal, or a smaller contamination"
        )
    drawn = signal[np.argsort(draw(table.run[signal], table.event[signal]), kind="stable")[:number]]
    label, weight = table.label.copy(), table.weight.copy()
    label[drawn] = BACKGROUND
    weight[drawn] *= odds * weight[background].sum() / weight[drawn].sum()
    return replace(table, label=label, weight=weight)
