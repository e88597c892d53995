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
    kappa, scale, events = _measure(np.atleast_2d(sumw), np.atleast_2d(sumw2), edges, fitted)
    return Weights(float(kappa[0]), scale[0], float(events[0]))


def variances(sumw, sumw2, edges, fitted):
    """kappa of many spectra, and what the expectation of each of their bins is multiplied by to be its variance.

    Parameters
    ----------
    sumw, sumw2 : arrays, shape (T, B)
    edges, fitted
        As in `measure`, which is the same for one spectrum.

    Returns
    -------
    kappa : array, shape (T,)
    ratio : array, shape (T, B)
        kappa x scale x stretch^2 of `Weights`: kappa itself for equal weights.
    """
    kappa, scale, events = _measure(sumw, sumw2, edges, fitted)
    return kappa, (kappa * (1 + _SKEWNESS / events) ** 2)[:, None] * scale


def _measure(sumw, sumw2, edges, fitted):
    """kappa (T,), scale (T, B) and error_events (T,) of `Weights` for spectra of shape (T, B)."""
    edges, here = np.asarray(edges, float), np.flatnonzero(fitted)
    w, squares, middle = sumw[:, here], sumw2[:, here], shapes.centres(edges)[here]
    total = squares.sum(1)
    kappa = total / w.sum(1)
    side = np.cumsum(np.diff(here, prepend=here[0]) > 1)  # runs of neighbours
    kernel = np.exp(-0.5 * ((middle[:, None] - middle) / (_REACH * (edges[-1] - edges[0]))) ** 2)
    kernel *= side[:, None] == side
    above, below = squares @ kernel, w @ kernel
    sound = (above > 0) & (below > 0)
    local = np.where(sound, above / np.where(sound, below, 1.0), kappa[:, None])
    scale, scatter = np.ones(np.shape(sumw)), squares - local * w
    unequal = np.ptp(local, axis=1) > _EQUAL * kappa
    scale[:, here] = np.where(unequal[:, None], local / kappa[:, None], 1.0)
    own = np.where(sound, w / np.where(sound, below, 1.0), 0.0)  # the kernel is one at the bin itself
    variance = (scatter**2 / np.clip(1 - own, 0.1, 1.0)).sum(1)
    known = (np.abs(scatter) > _EQUAL * total[:, None]).any(1)
    return kappa, scale, np.where(known, total**2 / np.where(known, variance, 1.0), np.inf)
