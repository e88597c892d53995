"""Approximate Bayesian computation (ABC): rejection and sequential Monte Carlo with semi-automatic summaries.

Summaries of a data set are means and widths of the columns, of which a linear regression predicts what is wanted
(Fearnhead and Prangle, arXiv:1004.1112); what is accepted is corrected by a regression on them (Beaumont, Zhang and
Balding, Genetics 162:2025). Rounds after the first draw around what the last one accepted, with importance weights
(Beaumont, Cornuet, Marin and Robert, arXiv:0805.2256).
"""

from dataclasses import dataclass

import numpy as np
import torch

LEAST_KEPT = 30
AT_A_TIME = 2_000_000  # events that are in memory
PAIRS = 5_000_000  # of parameters, whose kernel is in memory


@dataclass(frozen=True)
class Result:
    """What ABC found.

    mean, width : of the posterior of what is identified, (Q,).
    plain_mean, plain_width : the same of what was accepted, without regression.
    calls : simulated events.
    """

    mean: np.ndarray
    width: np.ndarray
    plain_mean: np.ndarray
    plain_width: np.ndarray
    calls: int


def summaries(x):
    """Means and widths of the columns of data sets, (..., events, D) -> (..., 2 D)."""
    return np.concatenate([x.mean(-2, dtype=float), x.std(-2, dtype=float)], -1)


def simulate_sets(simulator, thetas, events, seed):
    """Summaries of one data set for each theta, (n, P) -> (n, 2 D)."""
    generators, found = [torch.Generator().manual_seed(seed)], []
    for part in np.array_split(thetas, max(1, -(-len(thetas) * events // AT_A_TIME))):
        theta = torch.from_numpy(np.repeat(part, events, 0)).float().unsqueeze(0)
        found.append(summaries(simulator(theta, generators)[0].numpy().reshape(len(part), events, -1)))
    return np.concatenate(found)


def abc(simulator, prior, data, *, calls, events, rounds, keep, seed):
    """Posterior of what a simulator identifies.

    Parameters
    ----------
    simulator : as in `simulators`
    prior : pair of float arrays (P,)
        Edges of the uniform prior.
    data : float array, shape (N, D)
    calls : int
        Events that may be simulated, over all rounds.
    events : int
        Events of a simulated data set.
    rounds : int
        1 is rejection.
    keep : float
        Share of the data sets that a round accepts.
    seed : int

    Returns
    -------
    Result
    """
    rng, (low, high) = np.random.default_rng(seed), prior
    number = max(2 * LEAST_KEPT, calls // events // rounds)
    target = summaries(data)
    thetas, weights = rng.uniform(low, high, (number, len(low))), np.ones(number)
    for step in range(rounds):
        if step:
            thetas, weights = _around(thetas, weights, number, prior, rng)
        found = simulate_sets(simulator, thetas, events, seed * 100 + step)
        wanted = simulator.identified(torch.from_numpy(thetas)).numpy()
        predict = _regression(found, wanted, weights)
        predicted, goal = predict(found), predict(target[None])
        distance = (((predicted - goal) / predicted.std(0)) ** 2).sum(1)
        kept = np.argsort(distance)[: max(LEAST_KEPT, int(keep * number))]
        thetas, weights, wanted, predicted = thetas[kept], weights[kept], wanted[kept], predicted[kept]
    expected = _regression(predicted - goal, wanted, weights)
    adjusted = wanted - expected(predicted - goal) + expected(np.zeros_like(goal))
    return Result(*_moments(adjusted, weights), *_moments(wanted, weights), number * events * rounds)


def _regression(x, y, weights):
    """The weighted least-squares linear prediction of y (n, Q) from x (n, D), as a function."""
    root = np.sqrt(weights)[:, None]
    slopes = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]) * root, y * root, rcond=None)[0]
    return lambda new: np.column_stack([np.ones(len(new)), new]) @ slopes


def _moments(values, weights):
    """Weighted mean and standard deviation of each column."""
    mean = np.average(values, axis=0, weights=weights)
    return mean, np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights))


def _around(thetas, weights, number, prior, rng):
    """Parameters drawn around accepted ones, inside the prior, with a kernel of twice their variance; their weights."""
    (low, high), share = prior, weights / weights.sum()
    spread = np.atleast_2d(2 * np.cov(thetas.T, aweights=weights)) + 1e-12 * np.diag((high - low) ** 2)
    drawn = np.empty((0, len(low)))
    while len(drawn) < number:
        trial = thetas[rng.choice(len(thetas), number, p=share)]
        trial = trial + rng.multivariate_normal(np.zeros(len(low)), spread, number)
        drawn = np.concatenate([drawn, trial[((trial >= low) & (trial <= high)).all(1)]])
    drawn, inverse, found = drawn[:number], np.linalg.inv(spread), []
    for part in np.array_split(drawn, max(1, number * len(thetas) // PAIRS)):
        apart = part[:, None] - thetas[None]
        found.append(1 / (np.exp(-0.5 * np.einsum("abi,ij,abj->ab", apart, inverse, apart)) @ share))
    return drawn, np.concatenate(found)
