"""What the maps of scores learn from, with the checks of all input, and the ranks they share."""

from dataclasses import dataclass

import numpy as np

from unsculpt.errors import InputError
from unsculpt.weighted import effective_number


@dataclass(frozen=True)
class Sample:
    """n events of one class.

    score : (n,) float, from 0 (background) to 1 (signal).
    variable : (n,) float, the protected variable: the mass in GeV, or the rank of a feature among the events of the
        background; (n, 2), the ranks of two. For `ddt` features are values less their mean in the background.
    weight : (n,) float, positive.
    """

    score: np.ndarray
    variable: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class MapSettings:
    """What a map may know of the study.

    low, high, bin_width : the range of the protected variable and the width of its bins, in GeV for the mass.
    signal_efficiency : that of the working point, for maps that are made for one cut.
    """

    low: float
    high: float
    bin_width: float
    signal_efficiency: float


@dataclass(frozen=True)
class Ranks:
    """A piecewise linear, strictly rising function from scores to the share of background at or below them.

    score, rank : (t,) knots; the first and the last lie just outside [0, 1] and have the ranks 0 and 1.
    """

    score: np.ndarray
    rank: np.ndarray

    def __call__(self, score):
        return np.interp(score, self.score, self.rank)

    def position(self, score):
        """Where scores lie between the knots: 2.5 is halfway between the third and the fourth."""
        return np.interp(score, self.score, np.arange(len(self.score)))


def check(name, sample, of="background"):
    """Refuse events from which nothing can be learned, in one sentence.

    Parameters
    ----------
    name : str
        Of the map.
    sample : Sample
    of : "background" or "signal"
        Signal may have the same score in all its events: maps learn no order from it.

    Raises
    ------
    InputError
        If there are no events, a number is not finite, a score outside [0, 1], a weight not positive, or all scores
        are equal.
    """
    if not len(sample.score):
        raise InputError(f"{name}: there are no {of} events of positive weight; simulate more")
    for what, values in vars(sample).items():
        wrong = ~np.isfinite(values)
        if wrong.any():
            raise InputError(f"{name}: the {what} of {wrong.sum()} events is {values[wrong][0]}; it must be a number")
    if sample.score.min() < 0 or sample.score.max() > 1:
        raise InputError(f"{name}: scores reach from {sample.score.min():g} to {sample.score.max():g}, not from 0 to 1")
    if not (sample.weight > 0).all():
        raise InputError(f"{name}: {np.sum(sample.weight <= 0)} weights are not positive; such events cannot be ranked")
    if of == "background" and sample.score.min() == sample.score.max():
        raise InputError(
            f"{name}: all background has the score {sample.score[0]:g}; the method that made it learnt nothing"
        )


def pooled_ranks(sample, steps=100, tail=100):
    """The ranks of a sample, whatever the protected variable, at evenly spaced knots and at finer ones towards score 1.

    Parameters
    ----------
    sample : Sample
    steps, tail : int
        Number of knots from rank 0 to 1, and of those that follow the tail down to its last events.

    Returns
    -------
    Ranks
        Equal scores have equal ranks. Beyond the last event a rest of one event's weight is left, so that scores
        that background never reached keep their order.

    Examples
    --------
    >>> ranks = pooled_ranks(Sample(np.array([0.2, 0.4, 0.6]), np.full(3, 125.0), np.ones(3)))
    >>> [round(float(ranks(s)), 6) for s in (0.2, 0.3, 0.4, 0.6)]
    [0.25, 0.375, 0.5, 0.75]
    """
    order = np.argsort(sample.score, kind="stable")
    score, total = sample.score[order].astype(float), np.cumsum(sample.weight[order])
    last = np.append(score[1:] != score[:-1], True)  # of each group of equal scores
    score, share = score[last], total[last] / total[-1]
    effective = effective_number(sample.weight)
    wanted = np.concatenate([np.linspace(0, 1, steps + 1), 1 - np.geomspace(0.5, min(0.5, 2 / effective), tail)])
    knots = np.unique(np.minimum(np.searchsorted(share, np.sort(wanted) * (1 - 1e-12)), len(share) - 1))
    rank = share[knots] * effective / (effective + 1)
    return Ranks(np.concatenate([[-1e-6], score[knots], [1 + 1e-6]]), np.concatenate([[0], rank, [1]]))


def grid(settings, parts=2):
    """Centres of the fine bins of the protected variable on which maps are tabulated, `parts` of them in a bin."""
    bins = parts * round((settings.high - settings.low) / settings.bin_width)
    edges = np.linspace(settings.low, settings.high, bins + 1)
    return (edges[1:] + edges[:-1]) / 2
