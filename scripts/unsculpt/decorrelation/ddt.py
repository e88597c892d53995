"""Designed decorrelated tagger: a shift that takes the linear trend with the mass out of a score (arXiv:1603.00027).

A line follows what it is a line in: of anything but the mass alone the trend is taken in the variables themselves, so
that one can name that in which the mean is linear, as ln(m^2 / (pT 1 GeV)) is for the shape of jets in this paper.
"""

from dataclasses import dataclass

import numpy as np

from unsculpt.decorrelation.samples import check


@dataclass(frozen=True)
class Shift:
    """score - slope (variable - middle), brought to [0, 1] by the same linear map for any slope.

    slope : float, or (2,) of two variables; in 1/GeV for the mass.
    middle : float, where nothing is shifted.
    """

    slope: float | np.ndarray
    middle: float

    def __call__(self, score, variable):
        """The new scores (n,) of scores (n,) at a variable (n,) or (n, 2)."""
        distance = np.asarray(variable, float) - self.middle
        shift = self.slope * distance if distance.ndim == 1 else distance @ self.slope
        return np.clip((score - np.clip(shift, -1, 1) + 1) / 3, 0, 1)  # a shift by one passes, or fails, any event

    @staticmethod
    def unscaled(mapped):
        """New scores as score - slope (variable - middle), to be compared with the former."""
        return 3 * mapped - 1

    def about(self):
        """What a figure shows of it."""
        return {"slope": np.ravel(self.slope).tolist()}


def learn(background, signal, settings):
    """Learn the slope of the mean background score in the mass, by weighted least squares.

    Parameters
    ----------
    background : samples.Sample
        Its variable is the mass, or are one or two features less their means.
    signal : samples.Sample
        Not used.
    settings : samples.MapSettings

    Returns
    -------
    Shift
    """
    check("ddt", background)
    return Shift(trend(background), (settings.low + settings.high) / 2)


def trend(sample):
    """Slope of the mean score in the mass, in 1/GeV, or in each of two variables; 0 where all values are equal."""
    share = sample.weight / sample.weight.sum()
    distance = sample.variable - share @ sample.variable
    if distance.ndim == 2:
        root = np.sqrt(share)
        return np.linalg.lstsq(root[:, None] * distance, root * sample.score, rcond=None)[0]
    variance = share @ distance**2
    return float(share @ (distance * sample.score) / variance) if variance > 0 else 0.0
