"""Parts of the simulated events: one part finds what another one measures."""

from dataclasses import dataclass

import numpy as np

from unsculpt.events import part as part_of


@dataclass(frozen=True)
class Part:
    """Some of the events of a table.

    rows : bool, shape (n,); those of data have no meaning, since data find and measure nothing here.
    scale : factor of the weights with which these simulated events stand for all.
    """

    rows: np.ndarray
    scale: float


def everything(events):
    """All events as one part."""
    return Part(np.ones(len(events), bool), 1.0)


def divide(events, number):
    """Disjoint parts by a hash of the events, and for each the rest.

    Parameters
    ----------
    events : events.Events
    number : int
        Of parts, at least two.

    Returns
    -------
    list of pairs of Part
        What is found on the first of a pair is measured on the second, which holds one of `number` parts.
    """
    parts = part_of(events.run, events.event, number)
    return [(Part(parts != i, number / (number - 1)), Part(parts == i, float(number))) for i in range(number)]
