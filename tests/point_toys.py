"""A toy score of signal, background and data at its working point."""

import numpy as np
from scipy.special import expit

from unsculpt import axes, metrics

EDGES = np.arange(105, 161.0)


def settings(**changes):
    defaults = {
        "axis": axes.spectrum(EDGES, (120, 130)),
        "signal_efficiency": 0.5,
        "jsd_base": 2,
        "jsd_reference": "inclusive",
        "bootstrap_replicas": 100,
    }
    return metrics.Settings(**defaults | changes)


def sample(rng, n=4000, sculpting=0.0, shift=1.0):
    """Columns of a toy: a normal logit that for background may know the mass."""
    label = np.repeat([1, 0, -1], [n, n, n // 20])
    mass = np.where(label == 1, np.clip(rng.normal(125, 2, len(label)), 105, 160), 105 + 55 * rng.random(len(label)))
    mass = np.where((label < 0) & (np.abs(mass - 125) < 5), 110, mass)  # blinded
    bump = sculpting * np.exp(-(((mass - 125) / 6) ** 2))
    logit = rng.normal(np.where(label == 1, shift, bump), 1)
    return {
        "score": expit(logit),
        "label": label,
        "mass": mass,
        "weights": np.where(label < 0, 1, rng.uniform(0.5, 1.5, len(label))),
    }
