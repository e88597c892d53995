"""Toy background whose score knows the mass, and signal at 125 GeV."""

import numpy as np

from unsculpt.decorrelation.samples import MapSettings, Sample

SETTINGS = MapSettings(low=105, high=160, bin_width=1, signal_efficiency=0.5)
EDGES = np.arange(105, 161.0)


def masses(n, rng, slope=28):
    """Masses that fall exponentially from 105 to 160 GeV."""
    return 105 - slope * np.log(1 - rng.random(n) * (1 - np.exp(-55 / slope)))


def background(n, rng, bump=0.0, trend=0.0, weights=None):
    """Normal logits, higher around 125 GeV by `bump` and rising with the mass by `trend` over the range."""
    mass = masses(n, rng)
    known = bump * np.exp(-0.5 * ((mass - 125) / 4) ** 2) + trend * (mass - 132.5) / 55
    score = 1 / (1 + np.exp(-rng.normal(known)))
    return Sample(score, mass, np.ones(n) if weights is None else weights)


def signal(n, rng, shift=1.5):
    """Signal whose logits are higher than those of background by `shift`."""
    return Sample(1 / (1 + np.exp(-rng.normal(shift, 1, n))), rng.normal(125, 1.7, n), np.ones(n))


def repeated(sample, times):
    """Every event as often as `times` says, with weight one."""
    return Sample(np.repeat(sample.score, times), np.repeat(sample.variable, times), np.ones(times.sum()))


def spectra(sample, values, efficiency):
    """Mass histograms of what passes the cut of this background efficiency on `values`, and of everything."""
    passed = values > np.quantile(values, 1 - efficiency)
    return np.histogram(sample.variable[passed], EDGES)[0], np.histogram(sample.variable, EDGES)[0]


def chi2(sample, values, efficiency):
    """Chi2 of a flat efficiency in bins of 5 GeV, over the number of bins less one."""
    passed, total = (spectrum.reshape(-1, 5).sum(1) for spectrum in spectra(sample, values, efficiency))
    expected = total * passed.sum() / total.sum()
    return float(np.sum((passed - expected) ** 2 / (expected * (1 - expected / total))) / (len(total) - 1))
