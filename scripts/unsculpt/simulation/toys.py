"""Samples without physics, whose densities are known: two Gaussians, one of which a nuisance parameter shifts.

The toy of "Learning to pivot" (arXiv:1611.01046): background x ~ N((0, 0), [[1, -1/2], [-1/2, 1]]), signal
x ~ N((1, 1 + z), 1), and z ~ N(0, 1) for both, equally many of each. Here are its events and its exact classifiers, by
integration: nothing is sampled to know them.

The best classifier whose output does not know z: given z the x2 of signal is a Gaussian of mean 1 + z, a family that is
complete, so that P(f > t | signal, x2) must be the same for all x2. Among such f the best one orders x1 at each x2 by
the likelihood ratio (Neyman and Pearson, level by level); its output is the posterior of that rank. It is the limit of
an adversary of unlimited strength that sees the events of both classes.
"""

from functools import cache

import numpy as np
from scipy.special import ndtr, xlog1py

ENTROPY = 0.5 * np.log(2 * np.pi * np.e)  # of z in nats: the loss of an adversary that knows nothing
CORRELATION, VARIANCE = -0.5, 0.75  # of the background: x2 given x1 has mean -x1/2 and this variance, and so has x1
MEANS = {"background": (0.0, 0.0), "signal": (1.0, 1.0)}  # of x, that of signal at z = 0
NAMES = ("x1", "x2")


def draw(signal, number, rng, z=None):
    """Events of a class.

    Parameters
    ----------
    signal : bool
    number : int
    rng : numpy.random.Generator
    z : float, optional
        The same for all events; by default drawn from N(0, 1).

    Returns
    -------
    dict of float arrays, shape (number,)
        x1, x2, z.
    """
    z = rng.standard_normal(number) if z is None else np.full(number, float(z))
    a, b = rng.standard_normal((2, number))
    if signal:
        return {"x1": 1 + a, "x2": 1 + z + b, "z": z}
    return {"x1": a, "x2": CORRELATION * a + np.sqrt(VARIANCE) * b, "z": z}


def background(number, rng):
    """Events of the background, see `draw`."""
    return draw(False, number, rng)


def signal(number, rng):
    """Events of the signal, see `draw`."""
    return draw(True, number, rng)


def posterior(x1, x2):
    """P(signal | x1, x2), z unknown: the best classifier of all."""
    background, signal = _densities(x1, x2)
    return signal / (background + signal)


def pivotal(x1, x2):
    """The output of the best classifier that does not know z (see the module)."""
    t, ratio = _rank_density()
    u = _rank(x1, x2)
    return 1 / (1 + np.interp(u, ndtr(t), ratio))


@cache
def anchors(half=9.0, points=1801):
    """What the losses tend to, by numerical integration, in nats.

    Parameters
    ----------
    half : float
        Half the width of the square over which is integrated.
    points : int
        Along each side.

    Returns
    -------
    dict
        entropy, of z; bayes, the cross-entropy of `posterior`; pivotal, of `pivotal`; first_only, of the best function
        of x1 alone, which does not know z either; closure, the integral of the density of the rank, 1.
    """
    grid = np.linspace(-half, half, points)
    step = grid[1] - grid[0]
    x1, x2 = np.meshgrid(grid, grid, indexing="ij")
    t, ratio = _rank_density()
    du = _normal(t, 0, 1) * (t[1] - t[0])
    return {
        "entropy": float(ENTROPY),
        "bayes": _cross_entropy(*_densities(x1, x2), step**2),
        "pivotal": float(0.5 * np.sum(du * (xlog1py(ratio, 1 / ratio) + np.log1p(ratio)))),
        "first_only": _cross_entropy(_normal(grid, 0, 1), _normal(grid, 1, 1), step),
        "closure": float(np.sum(du * ratio)),
    }


def _normal(x, mean, variance):
    return np.exp(-((x - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def _densities(x1, x2):
    """Of background and signal at x, z integrated out: signal then has variance 2 along x2."""
    return (
        _normal(x1, 0, 1) * _normal(x2, CORRELATION * x1, VARIANCE),
        _normal(x1, 1, 1) * _normal(x2, 1, 2),
    )


def _cross_entropy(background, signal, volume):
    """Cross-entropy of the posterior of two densities on a grid, as many events of each."""
    p, q = (np.maximum(density, 1e-300) for density in (background, signal))
    return float(0.5 * np.sum(p * np.log1p(q / p) + q * np.log1p(p / q)) * volume)


def _least(x2):
    """Where the likelihood ratio, signal over background, of x1 at given x2 is least: its logarithm is a parabola."""
    return -3 - 2 * x2


def _rank(x1, x2):
    """Share of signal of the same x2 with a larger ratio: all that lies further from the least one."""
    least = _least(x2)
    distance = np.abs(x1 - least)
    return ndtr(least - distance - 1) + ndtr(1 - least - distance)


@cache
def _rank_density(half=9.0, points=601):
    """The density of background in the rank u, which is uniform for signal, on a grid in t with u = Phi(t)."""
    x2, t = np.linspace(-half, half, points)[:, None], np.linspace(-7.5, 7.5, 2 * points)[None]
    least = _least(x2)
    low, high = np.zeros_like(x2 + t), np.full_like(x2 + t, 60.0)
    for _ in range(60):  # the distance from the least ratio at which the rank is u
        middle = (low + high) / 2
        outside = ndtr(least - middle - 1) + ndtr(1 - least - middle) > ndtr(t)
        low, high = np.where(outside, middle, low), np.where(outside, high, middle)
    distance, weight = (low + high) / 2, _normal(x2, 0, 1)
    sides = [least + distance, least - distance]
    of_signal = sum(_normal(x1, 1, 1) for x1 in sides)
    of_background = sum(_normal(x1, CORRELATION * x2, VARIANCE) for x1 in sides)
    ratio = np.sum(weight * of_background / np.maximum(of_signal, 1e-290), axis=0) / weight.sum()
    return t[0], ratio
