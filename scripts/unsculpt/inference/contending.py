"""All contenders on the same data, prior and number of simulated events, and how their estimates scatter."""

import numpy as np
import torch

from unsculpt.inference import approximate, fitting, ratio, simulators
from unsculpt.inference.game import Model

OF_ABC = ("rejection", "rejection_plain", "smc")


def run(simulator, about, observed, *, calls, abc, carl, seeds):
    """Estimates of what is identified, by rejection with and without regression, sequential ABC, and a classifier.

    Parameters
    ----------
    simulator, about
        As of `game.Game`.
    observed : float tensor, shape (S, N, D)
    calls : int
        Events that each may simulate for a data set; the classifier trains once for all of them.
    abc : dict
        The key `inference.abc`: events, rounds, keep.
    carl : dict or None
        The key `inference.ratio`.
    seeds : sequence of int, of the data sets

    Returns
    -------
    list of dict
        contender, seed, estimate (Q,), width (Q,) or None, calls.
    """
    prior, found = simulators.prior(about), []
    for seed, data in zip(seeds, observed.numpy(), strict=True):
        found += of_abc(simulator, prior, data, calls=calls, abc=abc, seed=seed)
    if carl is not None:
        learnt = ratio.train(simulator, prior, calls=calls, about=carl, seed=seeds[0])
        for seed, data in zip(seeds, observed.numpy(), strict=True):
            theta = ratio.estimate(learnt, data, np.random.default_rng(seed))
            value = simulator.identified(torch.from_numpy(theta)).double().numpy()
            found.append({"contender": "ratio", "seed": seed, "estimate": value, "width": None, "calls": calls})
    return found


def of_abc(simulator, prior, data, *, calls, abc, seed):
    """The three of ABC on one data set, as in `run`."""
    found = []
    options = {"calls": calls, "events": abc["events"], "keep": abc["keep"], "seed": seed}
    for name, rounds in (("rejection", 1), ("smc", abc["rounds"])):
        result = approximate.abc(simulator, prior, data, rounds=rounds, **options)
        common = {"seed": seed, "calls": result.calls}
        found.append({"contender": name, "estimate": result.mean, "width": result.width} | common)
        if rounds == 1:
            plain = {"estimate": result.plain_mean, "width": result.plain_width}
            found.append({"contender": "rejection_plain"} | plain | common)
    return found


def in_dimension(dimension, about, recipe, *, abc, seeds):
    """Estimates of the means of a mixed Gaussian of so many dimensions, of variational optimisation and of ABC.

    Returns
    -------
    list of dict
        As in `run`, with `offset`: estimate less maximum-likelihood estimate in errors of the latter, (D,).
    """
    simulator = simulators.Gaussian(dimension)
    one = {"start": 0.0, "width": 1.0, "scale": 1.0, "prior": list(about["prior"])}
    parameters = {name: one | {"truth": 1.0 - 2 * (i % 2)} for i, name in enumerate(simulator.parameters)}
    entry = {"events": about["events"], "penalty": about["penalty"], "parameters": parameters}
    observed = simulators.observed(simulator, entry, seeds)
    game = fitting.fit(simulator, entry, observed, [Model(seed, 0.0) for seed in seeds], recipe)
    expected = fitting.expectations(game)[0]
    widths = game.proposal.widths()
    found = [
        {"contender": "avo", "seed": seed, "estimate": expected[k], "width": widths[k], "calls": recipe.calls}
        for k, seed in enumerate(seeds)
    ]
    for seed, data in zip(seeds, observed.numpy(), strict=True):
        found += of_abc(simulator, simulators.prior(entry), data, calls=recipe.calls, abc=abc, seed=seed)
    error = simulator.error(None, about["events"])
    best = {seed: simulator.best(data) for seed, data in zip(seeds, observed.numpy(), strict=True)}
    return [row | {"offset": (row["estimate"] - best[row["seed"]]) / error} for row in found]


def coverage(simulator, about, recipe, *, gamma, abc, seeds):
    """Pulls of many data sets: (estimate - truth) / exact error, of variational optimisation, ABC and likelihood.

    Returns
    -------
    dict of float arrays, shape (S, Q)
    """
    observed = simulators.observed(simulator, about, seeds)
    truth = simulators.truth(about)
    true, error = simulator.identified(torch.tensor(truth)).numpy(), simulator.error(truth, about["events"])
    game = fitting.fit(simulator, about, observed, [Model(seed, gamma) for seed in seeds], recipe)
    found = {"avo": fitting.expectations(game)[0], "likelihood": [simulator.best(data) for data in observed.numpy()]}
    prior, options = simulators.prior(about), {key: abc[key] for key in ("events", "keep")}
    for name, rounds in (("rejection", 1), ("smc", abc["rounds"])):
        found[name] = [
            approximate.abc(simulator, prior, data, calls=recipe.calls, rounds=rounds, seed=seed, **options).mean
            for seed, data in zip(seeds, observed.numpy(), strict=True)
        ]
    return {name: (np.array(values) - true) / error for name, values in found.items()}
