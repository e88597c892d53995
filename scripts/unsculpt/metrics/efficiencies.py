"""Cuts on a score and what passes them: efficiencies, the ROC curve, accuracy.

A signal-like event has a high score and passes a cut when its score is at or above it.
"""

import numpy as np

from unsculpt.weighted import Measured, check, steps, weighted_quantile

ROUNDING = 1e-12  # of a share, by which sums, differences and interpolations fail to be zero


def efficiency(passed, *, weights):
    """Efficiency of a selection that does not depend on these events.

    Parameters
    ----------
    passed : bool array, shape (n,)
    weights : float array, shape (n,)
        Of either sign; their sum must be positive.

    Returns
    -------
    Measured
        Its error is that of a ratio of correlated weighted sums, to first order: sqrt(sum w^2 (p - eff)^2) / sum w.

    Examples
    --------
    >>> efficiency(np.array([True, False]), weights=np.array([3.0, 1.0])).value
    0.75
    """
    passed, weights = check("efficiency", passed, weights)
    total = weights.sum()
    value = np.sum(weights * passed) / total
    return Measured(float(value), float(np.sqrt(np.sum((weights * (passed - value)) ** 2)) / total))


def cut_at_efficiency(score, target, *, weights):
    """The highest cut that at least the share `target` of the events passes: the weighted (1 - target) quantile.

    Ties are kept together, so that the share that passes can be larger; the caller reports what it is.

    Examples
    --------
    >>> float(cut_at_efficiency(np.array([0.1, 0.4, 0.6, 0.9]), 0.5, weights=np.ones(4)))
    0.6
    """
    return -weighted_quantile(-np.asarray(score, float), target, weights=weights)


def roc(signal, background, targets, *, weights):
    """Background efficiency at given signal efficiencies.

    Parameters
    ----------
    signal, background : float array, shapes (s,) and (b,)
        Scores, high for signal.
    targets : float array, in [0, 1]
        Signal efficiencies.
    weights : pair of float arrays, shapes (s,) and (b,)
        Of either sign. With negative weights the signal efficiency is not monotonic in the cut; its running maximum,
        from tight to loose cuts, is then interpolated.

    Returns
    -------
    float array, shape of targets
        Interpolated linearly in the signal efficiency (equal scores are one straight piece); at the end of a plateau,
        where only background is gained, the tighter cut counts.

    Examples
    --------
    >>> roc(np.array([0.8, 0.9]), np.array([0.1, 0.85]), [0.5, 1.0], weights=(np.ones(2), np.ones(2)))
    array([0. , 0.5])
    """
    s, b = steps(signal, background, weights)
    signal_efficiency = np.maximum.accumulate(np.concatenate([[0], np.cumsum(s) / s.sum()]))
    background_efficiency = np.concatenate([[0], np.cumsum(b) / b.sum()])
    # np.interp takes the last of equal abscissae; mirrored, that is the first, the tightest cut
    found = np.interp(-np.asarray(targets, float), -signal_efficiency[::-1], background_efficiency[::-1])
    return np.where(np.abs(found) < ROUNDING, 0.0, found)


def accuracy(signal, background, *, weights, threshold=0.5):
    """Shares of signal at or above the threshold and of background below it, and their plain mean.

    Returns
    -------
    tuple of float
        Overall (both classes count the same), signal, background.
    """
    signal, signal_weights = check("accuracy of the signal", signal, weights[0])
    background, background_weights = check("accuracy of the background", background, weights[1])
    of_signal = float(signal_weights[signal >= threshold].sum() / signal_weights.sum())
    of_background = float(background_weights[background < threshold].sum() / background_weights.sum())
    return (of_signal + of_background) / 2, of_signal, of_background
