"""How significance is measured against the threshold, and the events that count in it."""

from dataclasses import dataclass

import numpy as np

from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL, cluster
from unsculpt.weighted import effective_number

CLUSTERS = 200  # of the bootstrap; those of even and of odd number are the two parts of the events
MOST_VALUES = 20  # of a nuisance; what has more is no category


@dataclass(frozen=True)
class Settings:
    """The key `threshold` of a study.

    nuisance : the column; nominal : its value with which signal and background are counted.
    signal_events, background_events : expected before any cut on the score.
    thresholds : number of thresholds from 0 to 1, and of signal efficiencies from 1 down.
    min_events : of effective simulated background of each value of the nuisance, below which a threshold is left out.
    """

    nuisance: str
    nominal: str | float
    signal_events: float = 100
    background_events: float = 1000
    thresholds: int = 100
    min_events: float = 50

    @property
    def cuts(self):
        """Thresholds of the score, rising."""
        return np.linspace(0, 1, self.thresholds)

    @property
    def efficiencies(self):
        """Signal efficiencies, falling from 1; that of nothing is left out."""
        return np.linspace(1, 1 / self.thresholds, self.thresholds)


@dataclass(frozen=True)
class Groups:
    """Events that are counted: signal and background of the nominal value, then background of each other value.

    names : of the values of the nuisance, the nominal one first.
    rows : (n,) bool, which events of the table these are.
    group : (m,) int, 0 signal and 1 background of the nominal value, 2 and more background of the others.
    signal : (n,) bool; value : (n,) int, of the nuisance, as `names`; both of all events of the table.
    weight : (m,) and cluster : (m,) int.
    """

    names: tuple
    rows: np.ndarray
    group: np.ndarray
    signal: np.ndarray
    value: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray
    all_weights: np.ndarray

    @property
    def number(self):
        """Number of groups."""
        return len(self.names) + 1

    @property
    def events(self):
        """Number and effective number of signal of the nominal value, and of background of each value."""
        parts = [self.weight[self.group == i] for i in range(self.number)]
        told = [{"number": len(part), "effective": float(effective_number(part))} for part in parts]
        return {"signal": told[0], "background": dict(zip(self.names, told[1:], strict=True))}


def grouped(events, settings):
    """The events of a table by class and value of the nuisance.

    Parameters
    ----------
    events : events.Events
        With the nuisance, a category or a feature, among its columns.
    settings : Settings

    Returns
    -------
    Groups

    Raises
    ------
    InputError
        If the nuisance is no category, lacks the nominal or any other value, or a class is empty.
    """
    key = f"threshold.nuisance {settings.nuisance}"
    column, label = np.asarray(events.column(settings.nuisance)), np.asarray(events.label)
    found, place = np.unique(column, return_inverse=True)
    if len(found) > MOST_VALUES:
        raise InputError(f"{key} has {len(found)} values; name a category, of at most {MOST_VALUES} values")
    texts = [str(value) if isinstance(value, str) else f"{value:g}" for value in found.tolist()]
    nominal = settings.nominal if isinstance(settings.nominal, str) else f"{settings.nominal:g}"
    background = np.bincount(place[label == BACKGROUND], minlength=len(found))
    if nominal not in texts or not background[texts.index(nominal)]:
        raise InputError(
            f"threshold.nominal is {nominal}, and no background event has this {settings.nuisance}, only "
            f"{', '.join(text for text, number in zip(texts, background, strict=True) if number)}; name one of these"
        )
    others = [text for text, number in zip(texts, background, strict=True) if number and text != nominal]
    if not others:
        raise InputError(
            f"{key} is {nominal} in all background events, so that nothing moves; add a sample with another value"
        )
    names = (nominal, *others)
    value = np.array([names.index(text) if text in names else -1 for text in texts])[place]
    signal = label == SIGNAL
    group = np.where(label == BACKGROUND, value + 1, np.where(signal & (value == 0), 0, -1))
    group = np.where(value < 0, -1, group)
    if not (group == 0).any():
        raise InputError(f"no signal event has {settings.nuisance} {nominal}; give threshold.nominal another value")
    rows = group >= 0
    numbers = cluster(events.run, events.event, CLUSTERS)[rows].astype(int)
    weights = np.asarray(events.weight, float)
    return Groups(names, rows, group[rows], signal, value, weights[rows], numbers, weights)
