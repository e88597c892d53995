"""The events of one class, signal, background or data, ready to be measured."""

from dataclasses import dataclass

import numpy as np

from unsculpt.errors import InputError
from unsculpt.events import LABELS
from unsculpt.metrics.strata import Strata
from unsculpt.weighted import Histogram, bin_index, check, counted


@dataclass(frozen=True)
class EventClass:
    """Score, weight and mass bin of n events.

    score, weight : float64, shape (n,)
    mass_bin : int, shape (n,), from 0 to bins - 1.
    bins : number of mass bins.
    mass : float64, shape (n,), in GeV; None where only bins are needed.
    strata : the events by sample and weight; None for one sample of equal weights, or where no floor is needed.
    """

    score: np.ndarray
    weight: np.ndarray
    mass_bin: np.ndarray
    bins: int
    mass: np.ndarray | None = None
    strata: Strata | None = None

    def spectrum(self, chosen=slice(None)) -> Histogram:
        """Mass histogram of the chosen events."""
        return counted(self.mass_bin[chosen], self.weight[chosen], self.bins)

    def __getitem__(self, chosen):
        """The chosen events; their masses and strata are left out, which whoever needs them makes anew."""
        columns = (getattr(self, name)[chosen] for name in ("score", "weight", "mass_bin"))
        return EventClass(*columns, self.bins)

    def selected(self, passed):
        """The strata of a selection, `strata.Selected`, or None without strata."""
        return self.strata and self.strata.selected(passed)


def split(score, *, label, mass, weights, edges):
    """Signal, background and data; the data are None where there are none.

    Parameters
    ----------
    score, mass, weights : float arrays, shape (n,)
        The masses, in GeV, lie inside the edges.
    label : int array, shape (n,)
        1 signal, 0 background, -1 data.
    edges : float array
        Of the mass bins, in GeV.
    """
    if not len(score) == len(label) == len(mass) == len(weights):
        lengths = f"{len(score)} scores, {len(label)} labels, {len(mass)} masses and {len(weights)} weights"
        raise InputError(f"{lengths} do not belong to the same events; delete the scores and run again")
    parts = {}
    for name, number in LABELS.items():
        chosen = np.asarray(label) == number
        if name == "data" and not chosen.any():
            parts[name] = None
            continue
        values, weight = check(f"scores of the {name}", np.asarray(score)[chosen], np.asarray(weights)[chosen])
        masses, _ = check(f"masses of the {name}", np.asarray(mass)[chosen], weight)
        parts[name] = EventClass(values, weight, _mass_bin(name, masses, edges), len(edges) - 1, masses)
    return parts["signal"], parts["background"], parts["data"]


def _mass_bin(name, mass, edges):
    index = bin_index(mass, edges)
    outside = (index < 0) | (index > len(edges) - 2)
    if outside.any():
        raise InputError(
            f"the {name} has an event of mass {mass[outside][0]:g} GeV outside {edges[0]:g}-{edges[-1]:g} GeV; "
            "select the events again with this mass range"
        )
    return index
