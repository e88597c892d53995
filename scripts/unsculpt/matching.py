"""Weights that give the signal the spectrum of the background in a column, as comparisons of taggers need them.

Simulated signals of a few masses have a spectrum of transverse momentum that no background has, and a classifier that
has guessed the momentum rejects it for nothing. With weights that undo the difference it has nothing to gain from the
column (ATL-PHYS-PUB-2018-014, where the evaluation uses such weights).
"""

import logging
from dataclasses import dataclass

import numpy as np

from unsculpt.errors import InputError
from unsculpt.weighted import effective_number


@dataclass(frozen=True)
class Matching:
    """Factors of the weights of signal events.

    column : name of a feature.
    edges : (B + 1,) of bins in its unit.
    factors : (B,); zero where the background has nothing.
    """

    column: str
    edges: np.ndarray
    factors: np.ndarray

    def of(self, values):
        """The factors of values that lie between the first and the last edge, shape (n,)."""
        return self.factors[_bins(self.edges, values)]


def match(column, signal, background, *, bins):
    """The factors with which a signal has the spectrum of a background; its sum of weights stays.

    Parameters
    ----------
    column : str
        Its name.
    signal, background : pair of arrays, shape (n,)
        Values and weights.
    bins : int
        Of equal width, from the least to the largest value of both.

    Returns
    -------
    Matching

    Raises
    ------
    InputError
        Where the two have no bin in common, or all values are one.
    """
    low, high = (getattr(np.concatenate([signal[0], background[0]]), name)() for name in ("min", "max"))
    if not low < high:
        raise InputError(f"match_signal.column: {column} has one value only, {low:g}; take match_signal out")
    edges = np.linspace(low, high, bins + 1)
    own, wanted = (
        np.maximum(np.bincount(_bins(edges, values), weights, bins), 0.0) for values, weights in (signal, background)
    )
    factors = np.divide(wanted, own, out=np.zeros(bins), where=own > 0)
    if not (total := float(factors @ own)) > 0:
        raise InputError(f"match_signal: signal and background have no bin of {column} in common; use fewer bins")
    found = Matching(column, edges, factors * own.sum() / total)
    _tell(found, signal, wanted, own)
    return found


def _bins(edges, values):
    return np.searchsorted(edges[1:-1], values, side="right")


def _tell(found, signal, wanted, own):
    """Log what the weights cost, and warn of a spectrum that they cannot make."""
    weights = signal[1] * found.of(signal[0])
    before, after = (effective_number(w) for w in (signal[1], weights))
    logging.info("the signal has %.0f effective events in the spectrum of %s, %.0f before", after, found.column, before)
    missing = wanted[own <= 0].sum() / wanted.sum()
    if missing > 0.01:
        logging.warning(
            "match_signal: %.1f%% of the background lies where the signal has no events in %s; simulate signal there, "
            "or cut it away",
            100 * missing,
            found.column,
        )
