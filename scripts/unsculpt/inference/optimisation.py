"""Variational optimisation of one number: -sin(x)/x through its expectation under a normal proposal (arXiv:1212.4507).

U(mu, sigma) = E_{x ~ N(mu, sigma)}[f(x)] bounds the minimum of f from above and has gradients where f has none; a wide
proposal does not see the ripples of f in which descent is caught. Here U is known: sin(x)/x is the integral of
cos(t x) over t from 0 to 1, so U = - integral of cos(t mu) exp(-t^2 sigma^2 / 2).
"""

import numpy as np

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2  # of the integral over t from 0 to 1


def ripples(x):
    """f(x) = -sin(x)/x, the minimum -1 of which is at 0."""
    return -np.sinc(np.asarray(x) / np.pi)


def slope(x):
    """f'(x)."""
    x = np.asarray(x, float)
    safe = np.where(np.abs(x) < 1e-6, 1.0, x)
    return np.where(np.abs(x) < 1e-6, x / 3, (np.sin(safe) - safe * np.cos(safe)) / safe**2)


def expectation(mu, sigma):
    """U(mu, sigma), broadcast over both."""
    mu, sigma = (np.asarray(value, float)[..., None] for value in (mu, sigma))
    return -(np.cos(NODES * mu) * np.exp(-0.5 * (NODES * sigma) ** 2)) @ WEIGHTS


def descend(start, steps, rate):
    """Plain gradient descent of f, the path (steps + 1,)."""
    path = [float(start)]
    for _ in range(steps):
        path.append(path[-1] - rate * float(slope(path[-1])))
    return np.array(path)


def optimise(start, width, *, steps, draws, rate, rng):
    """Score-function descent of U in (mu, log sigma), with the mean of the draws as control variate.

    Parameters
    ----------
    start, width : float
        Of the proposal at first.
    steps, draws : int
        Steps, and values of f for each.
    rate : float
        Of the step; the gradient is taken in units of sigma (the natural one), so that it does not depend on scales.
    rng : numpy.random.Generator

    Returns
    -------
    float array, shape (steps + 1, 2)
        mu and sigma.
    """
    path = [(start, width)]
    for _ in range(steps):
        mu, sigma = path[-1]
        z = rng.normal(size=draws)
        f = ripples(mu + sigma * z)
        f = f - (f.sum() - f) / (draws - 1)
        move, widen = np.mean(f * z) * sigma, np.mean(f * (z**2 - 1)) / 2
        path.append((mu - rate * move, sigma * np.exp(-np.clip(rate * widen, -0.2, 0.2))))
    return np.array(path)


def compare(about, rng):
    """Both descents from the same start, the function and its expectation, as JSON.

    Parameters
    ----------
    about : dict
        The key `inference.optimisation`.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        x and f; mu, sigma and U on a grid of both; path, of the proposal, (steps + 1, 2); descent, of plain gradients.
    """
    reach = max(20.0, 1.4 * abs(about["start"]))
    x, mu, sigma = np.linspace(-reach, reach, 401), np.linspace(-reach, reach, 101), np.geomspace(0.05, reach / 2, 61)
    path = optimise(
        about["start"],
        about["width"],
        steps=about["steps"],
        draws=about["draws"],
        rate=about["learning_rate"],
        rng=rng,
    )
    return {
        "x": x,
        "f": ripples(x),
        "mu": mu,
        "sigma": sigma,
        "expectation": expectation(mu[:, None], sigma[None]),
        "path": path,
        "path_expectation": expectation(*path.T),
        "descent": descend(about["start"], about["steps"], about["learning_rate"]),
    }
