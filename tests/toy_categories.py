"""Categories for the tests of the combined fit: a Crystal Ball on an exponential, some with few events."""

import numpy as np

from unsculpt import axes, shapes
from unsculpt.likelihood import Channel, Nuisances

AXIS = axes.spectrum(np.linspace(105, 160, 56), (120, 130))
EDGES = AXIS.edges
INSIDE = AXIS.in_window
PEAK = shapes.CrystalBall(1.0, 125.0, 1.7, 1.6, 6.0, 1.5, 15.0).bins(EDGES)


def channel(name, signal, background, order=1, **options):
    """A category with these expected events in the full range (signal) and in the window (background)."""
    expected = np.exp(-shapes.centres(EDGES) / 28)
    return Channel(name, AXIS, expected * background / expected[INSIDE].sum(), order, signal * PEAK, **options)


def seven():
    """Seven categories as a real study has them, one with a slope from elsewhere, two with a second order."""
    signals, backgrounds = (2, 3.5, 5, 7, 8, 3, 4), (4, 6, 20, 80, 200, 3, 10)
    orders, priors = (1, 1, 1, 2, 1, 1, 2), {5: (1 / 28, 0.007)}
    numbers = enumerate(zip(signals, backgrounds, orders, strict=True))
    return [channel(f"c{i}", s, b, order, slope_prior=priors.get(i)) for i, (s, b, order) in numbers]


def uncertain(channels, spurious=0.1, template=0.03, luminosity=0.017):
    """Systematic uncertainties of channels: a tenth of the signal is spurious."""
    events = {c.name: spurious * float(c.signal.sum()) for c in channels}
    return Nuisances(luminosity, events, {c.name: template for c in channels})
