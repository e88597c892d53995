"""Events by what a score may know without knowing the mass: the sample, and the size and sign of the weight.

A *stratum* is one sample, one sign and a factor of sqrt(2) in the size of the weight; those of one sample and sign are
a *family*, and the lightest weights, of any size, one of their own. The efficiency of a selection is a smooth function
of the size of the weight in each family, where that describes it, and else that of *groups* of neighbouring strata.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import chdtrc, expit, xlogy

STEPS = 20  # of a factor of sqrt(2) below the largest weight; lighter ones count together
ENOUGH = 60  # events of a group
DEGREE = 2  # of the polynomial in the logarithm of the weight that the logit of the efficiency is, at most
GOOD = 0.01  # p-value of the polynomial, below which the efficiency is that of groups
EQUAL = 1e-9  # relative difference of two weights that are the same
_RIDGE = 1e-3  # where a polynomial has no finite maximum of the likelihood


@dataclass(frozen=True)
class Kinds:
    """What the T strata are, each an int array of shape (T,).

    sample, family, group : numbers from 0.
    step : by how many factors of sqrt(2) the weights lie below the largest of the family.
    """

    sample: np.ndarray
    family: np.ndarray
    group: np.ndarray
    step: np.ndarray

    def __getitem__(self, rows):
        return Kinds(self.sample[rows], self.family[rows], self.group[rows], self.step[rows])


@dataclass(frozen=True)
class Strata:
    """The strata of n events in mass bins.

    cell : int, shape (n,), stratum times bins plus mass bin of each event.
    number, sumw, sumw2 : shape (T, bins), events and sums of their weights and squared weights.
    kinds : Kinds
    """

    cell: np.ndarray
    number: np.ndarray
    sumw: np.ndarray
    sumw2: np.ndarray
    kinds: Kinds

    def selected(self, passed):
        """The `Selected` of a selection, bool of shape (n,)."""
        passing = np.bincount(self.cell[passed], minlength=self.number.size).reshape(self.number.shape)
        return Selected(self.number, passing, self.sumw, self.sumw2, self.kinds)


@dataclass(frozen=True)
class Selected:
    """Strata of a selection: number, sumw and sumw2 of all events as in `Strata`, and the number that passes."""

    number: np.ndarray
    passing: np.ndarray
    sumw: np.ndarray
    sumw2: np.ndarray
    kinds: Kinds

    def __getitem__(self, bins):
        return Selected(*(part[:, bins] for part in self._tables), self.kinds)

    def of_sample(self, i):
        """The strata of one sample."""
        own = self.kinds.sample == i
        return Selected(*(part[own] for part in self._tables), self.kinds[own])

    @property
    def _tables(self):
        return self.number, self.passing, self.sumw, self.sumw2

    @property
    def efficiency(self):
        """Share of the events of each stratum that passes, shape (T,)."""
        return self._efficiency[0]

    @property
    def known_from(self):
        """Number of events from which the efficiency of each stratum is known, by parameter; shape (T,)."""
        return self._efficiency[1]

    @cached_property
    def _efficiency(self):
        number, passing = self.number.sum(axis=1), self.passing.sum(axis=1)
        efficiency, events = np.zeros(len(number)), np.ones(len(number))
        for family in np.unique(self.kinds.family):
            rows = (self.kinds.family == family) & (number > 0)
            if rows.any():
                efficiency[rows], events[rows] = _efficiency(
                    number[rows], passing[rows], self.kinds.step[rows], self.kinds.group[rows]
                )
        return efficiency, events


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
    index, rows_of = np.empty(len(weights), int), []
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
            index[rows] = len(rows_of) + np.searchsorted(filled, step)
            first = rows_of[-1][2] + 1 if rows_of else 0
            family = rows_of[-1][1] + 1 if rows_of else 0
            groups = _grouped(counts[filled], first)
            rows_of += [
                (int(number), family + (own == STEPS), group, own) for group, own in zip(groups, filled, strict=True)
            ]
    cell, kinds = index * bins + mass_bin, Kinds(*np.array(rows_of, int).T)
    number, sumw, sumw2 = (
        np.bincount(cell, values, minlength=len(rows_of) * bins).reshape(len(rows_of), bins)
        for values in (None, weights, weights**2)
    )
    return Strata(cell, number, sumw, sumw2, kinds)


def _efficiency(number, passing, step, group):
    """Efficiency of the strata of one family, and the number of events a parameter; all of shape (strata,).

    The logit is the polynomial in the logarithm of the weight that has the least -2 ln L + 2 parameters (H. Akaike
    1974); where its likelihood ratio to one efficiency a group says that it does not fit, the groups are taken.
    """
    every, groups = number.sum(), len(np.unique(group))
    constant = np.full(len(number), passing.sum() / every)
    best, parameters, least = constant, 1, _deviance(number, passing, constant)
    known = [np.bincount(group - group[0], part)[group - group[0]] for part in (passing, number)]
    if groups == 1 or not 0 < constant[0] < 1:
        return best, np.full(len(number), float(every))
    for degree in range(1, min(DEGREE, len(number) - 1) + 1):
        found = _logistic(number, passing, step, degree)
        deviance = _deviance(number, passing, found)
        if deviance + 2 * (degree + 1) < least + 2 * parameters:
            best, parameters, least = found, degree + 1, deviance
    grouped = known[0] / known[1]
    excess = least - _deviance(number, passing, grouped)
    if groups > parameters and chdtrc(groups - parameters, max(excess, 0)) < GOOD:
        return grouped, known[1].astype(float)
    return best, np.full(len(number), every / parameters)


def _deviance(number, passing, efficiency):
    """-2 ln L of binomial numbers, less a constant."""
    return -2 * float(np.sum(xlogy(passing, efficiency) + xlogy(number - passing, 1 - efficiency)))


def _logistic(number, passing, step, degree):
    """Efficiencies whose logit is a polynomial of the step, of maximum likelihood by Newton's method."""
    x = (step - np.average(step, weights=number)) / max(np.ptp(step), 1)
    powers = x[:, None] ** np.arange(degree + 1)
    mean = passing.sum() / number.sum()
    parameters = np.append(np.log(mean / (1 - mean)), np.zeros(degree))
    ridge = np.append(0.0, np.full(degree, _RIDGE))
    for _ in range(30):
        e = expit(powers @ parameters)
        gradient = powers.T @ (passing - number * e) - ridge * parameters
        curvature = (powers.T * (number * e * (1 - e))) @ powers + np.diag(ridge + 1e-9)
        change = np.clip(np.linalg.solve(curvature, gradient), -3, 3)
        parameters = parameters + change
        if np.all(np.abs(change) < 1e-6):
            break
    return expit(powers @ parameters)


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
