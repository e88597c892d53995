"""Unequal weights: the variance of each bin, and how well a sample knows it.

The likelihood of effective events takes one weight kappa for all of them. Where weights depend on the mass, or few
events carry most of the squared weights, its estimate stays right and its errors do not. What is here mends them
(docs/fits.md, "Weighted templates"); for equal weights it changes nothing.
"""

from dataclasses import dataclass

import numpy as np

from unsculpt import shapes

MIN_ERROR_EVENTS = 4.0  # events on which the errors rest, below which there is no fit
MIN_UNEQUAL_EVENTS = 40.0  # effective events, where the errors rest on fewer events than these
_REACH = 0.07  # of the range: over how much of the mass the mean weight is taken
_SKEWNESS = 2.0  # errors are longer by this over the number of events they rest on: from toys (docs/fits.md)
_EQUAL = 1e-9  # of kappa


@dataclass(frozen=True)
class Weights:
    """The weights behind a spectrum of B bins.

    kappa : sum w^2 / sum w of the fitted bins, the weight of an effective event.
    scale : (B,) the same around each bin over kappa: its variance is kappa x scale x expectation. Ones for equal
        weights, and in bins that are not fitted.
    error_events : how many events the sum of the squared weights rests on; infinite where all weights around a bin are
        the same.
    """

    kappa: float
    scale: np.ndarray
    error_events: float

    @property
    def equal(self):
        """Whether all weights are the same: then the likelihood of effective events is right as it is."""
        return bool(np.isinf(self.error_events) and (self.scale == 1).all())

    @property
    def stretch(self):
        """Factor on errors, at least one: few events of large weight tell too little of their own variance."""
        return 1 + _SKEWNESS / self.error_events


def measure(sumw, sumw2, edges, fitted):
    """The weights of a spectrum.

    kappa around a bin is a ratio of sums under a Gaussian of 7 % of the range, on its own side of the window. The
    variance of sum w^2 comes from its bins: what is left when kappa sum w is taken off, divided by what the bin's own
    part in kappa has hidden.

    Parameters
    ----------
    sumw, sumw2 : arrays, shape (B,)
        Finite in the bins that are fitted.
    edges : array, shape (B + 1,)
    fitted : bool array, shape (B,)
        The bins of the fit; both sums are positive over them.

    Returns
    -------
    Weights
    """
    edges, here = np.asarray(edges, float), np.flatnonzero(fitted)
    w, squares, middle = sumw[here], sumw2[here], shapes.centres(edges)[here]
    kappa = float(squares.sum() / w.sum())
    side = np.cumsum(np.diff(here, prepend=here[0]) > 1)  # runs of neighbours
    kernel = np.exp(-0.5 * ((middle[:, None] - middle) / (_REACH * (edges[-1] - edges[0]))) ** 2)
    kernel *= side[:, None] == side
    above, below = kernel @ squares, kernel @ w
    sound = (above > 0) & (below > 0)
    local = np.where(sound, above / np.where(sound, below, 1.0), kappa)
    scale, scatter = np.ones(len(edges) - 1), squares - local * w
    if np.ptp(local) > _EQUAL * kappa:
        scale[here] = local / kappa
    if not (np.abs(scatter) > _EQUAL * squares.sum()).any():
        return Weights(kappa, scale, np.inf)
    own = np.where(sound, w / np.where(sound, below, 1.0), 0.0)  # the kernel is one at the bin itself
    variance = (scatter**2 / np.clip(1 - own, 0.1, 1.0)).sum()
    return Weights(kappa, scale, float(squares.sum() ** 2 / variance))
