"""Events by what a score may know without knowing the mass: the sample, and the size and sign of the weight.

A *stratum* is one sample, one sign and a factor of sqrt(2) in the size of the weight. Neighbouring strata of one
sample and sign with few events share an efficiency: they are one *group*.
"""

from dataclasses import dataclass

import numpy as np

STEPS = 20  # of a factor of sqrt(2) below the largest weight; lighter ones count together
ENOUGH = 60  # events of a group, from which its efficiency is taken
EQUAL = 1e-9  # relative difference of two weights that are the same


@dataclass(frozen=True)
class Strata:
    """The strata of n events in mass bins; all arrays of T strata.

    cell : int, shape (n,), stratum times bins plus mass bin of each event.
    number, sumw, sumw2 : shape (T, bins), events and sums of their weights and squared weights.
    group : int, shape (T,), from 0.
    sample : int, shape (T,), number of the sample.
    """

    cell: np.ndarray
    number: np.ndarray
    sumw: np.ndarray
    sumw2: np.ndarray
    group: np.ndarray
    sample: np.ndarray

    def selected(self, passed):
        """The `Selected` of a selection, bool of shape (n,)."""
        passing = np.bincount(self.cell[passed], minlength=self.number.size).reshape(self.number.shape)
        return Selected(self.number, passing, self.sumw, self.sumw2, self.group, self.sample)


@dataclass(frozen=True)
class Selected:
    """Strata of a selection: number, sumw and sumw2 of all events as in `Strata`, and the number that passes."""

    number: np.ndarray
    passing: np.ndarray
    sumw: np.ndarray
    sumw2: np.ndarray
    group: np.ndarray
    sample: np.ndarray

    def __getitem__(self, bins):
        tables = (part[:, bins] for part in (self.number, self.passing, self.sumw, self.sumw2))
        return Selected(*tables, self.group, self.sample)

    def of_sample(self, i):
        """The strata of one sample."""
        own = self.sample == i
        tables = (part[own] for part in (self.number, self.passing, self.sumw, self.sumw2))
        return Selected(*tables, np.unique(self.group[own], return_inverse=True)[1], self.sample[own])

    @property
    def events(self):
        """Number of events in the group of each stratum, shape (T,)."""
        return np.bincount(self.group, self.number.sum(axis=1))[self.group]

    @property
    def efficiency(self):
        """Share of the events that passes in the group of each stratum, shape (T,); 0 without events."""
        passing, number = np.bincount(self.group, self.passing.sum(axis=1))[self.group], self.events
        return np.divide(passing, number, out=np.zeros(len(number)), where=number > 0)


def stratify(mass_bin, weights, bins, sample=None):
    """The strata of events, or None where all weights are equal and there is one sample.

    Parameters
    ----------
    mass_bin : int array, shape (n,), from 0 to bins - 1
    weights : float array, shape (n,)
    bins : int
    sample : int array, shape (n,), or None
        Number of the sample of each event; None is one sample.

    Returns
    -------
    Strata or None
    """
    one_sample = sample is None or not len(sample) or np.all(sample == sample[0])
    if not len(weights) or (one_sample and np.ptp(weights) <= EQUAL * np.abs(weights).max()):
        return None
    index, group, numbers = np.empty(len(weights), int), [], []
    for number in [0] if one_sample else np.unique(sample):
        for negative in (False, True):
            rows = (weights < 0) == negative
            if not one_sample:
                rows &= sample == number
            if not rows.any():
                continue
            step = _steps(np.abs(weights[rows]))
            counts = np.bincount(step)
            filled = np.flatnonzero(counts)
            index[rows] = len(group) + np.searchsorted(filled, step)
            group += _grouped(counts[filled], group[-1] + 1 if group else 0)
            numbers += [int(number)] * len(filled)
    cell = index * bins + mass_bin
    number, sumw, sumw2 = (
        np.bincount(cell, values, minlength=len(group) * bins).reshape(len(group), bins)
        for values in (None, weights, weights**2)
    )
    return Strata(cell, number, sumw, sumw2, np.array(group), np.array(numbers))


def _steps(size):
    """By how many factors of sqrt(2), rounded down, each size lies below the largest."""
    largest = size.max()
    if not largest > 0:
        return np.zeros(len(size), int)
    below = 2 * np.log2(largest / np.maximum(size, largest * 2.0**-STEPS))
    return np.minimum(below * (1 - EQUAL), STEPS).astype(int)


def _grouped(counts, first):
    """Numbers of the groups of strata in order, each with `ENOUGH` events where there are so many."""
    groups, events = [], 0
    for count in counts:
        groups.append(first)
        events += count
        if events >= ENOUGH:
            first, events = first + 1, 0
    if events and groups[0] < first:  # too few at the end: they join the group before
        groups = [min(group, first - 1) for group in groups]
    return groups
