"""The area under the ROC curve with its error in closed form."""

import numpy as np

from unsculpt.weighted import Measured, auc


def area(signal, background, *, weights):
    """Area under the ROC curve, and the error of DeLong et al. (Biometrics 44 (1988) 837), with weights.

    Parameters
    ----------
    signal, background : arrays, shapes (n,) and (m,)
        Scores.
    weights : pair of arrays
        Of the same events, positive.

    Returns
    -------
    weighted.Measured
        The error is that of the events: of each class the spread of the share of the other that an event is above
        (signal) or below (background), over the effective number of events.
    """
    value = auc(signal, background, weights=weights)
    shares = _below(signal, background, weights[1]), 1 - _below(background, signal, weights[0])
    variance = sum(
        np.sum(np.square(w * (share - value))) / np.sum(w) ** 2 for share, w in zip(shares, weights, strict=True)
    )
    return Measured(value, float(np.sqrt(variance)))


def _below(scores, others, weight):
    """The share of the others that is below each score, ties counted half, shape of scores."""
    order = np.argsort(others, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    low, high = (total[np.searchsorted(others[order], scores, side)] for side in ("left", "right"))
    return (low + high) / (2 * total[-1])
