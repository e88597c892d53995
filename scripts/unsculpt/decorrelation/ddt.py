"""Designed decorrelated tagger: a shift that takes the linear trend with the mass out of a score (arXiv:1603.00027)."""

import numpy as np

from unsculpt.decorrelation.samples import check


def learn(background, signal, settings):
    """Learn the slope of the mean background score in the mass, by weighted least squares.

    Parameters
    ----------
    background : samples.Sample
    signal : samples.Sample
        Not used.
    settings : samples.MapSettings

    Returns
    -------
    function of (score, mass), float arrays of shape (n,)
        score - slope (mass - middle of the range), brought to [0, 1] by the same linear map for any slope.
    """
    check("ddt", background)
    middle = (settings.low + settings.high) / 2
    slope = trend(background)

    def apply(score, mass):
        return np.clip((score - slope * (np.asarray(mass, float) - middle) + 1) / 3, 0, 1)  # |shift| stays below 1

    return apply


def trend(sample):
    """Slope of the mean score in the mass, in 1/GeV; 0 where all masses are equal."""
    share = sample.weight / sample.weight.sum()
    distance = sample.variable - share @ sample.variable
    variance = share @ distance**2
    return float(share @ (distance * sample.score) / variance) if variance > 0 else 0.0
