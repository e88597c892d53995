"""Fits of a simulator, and what they are worth: estimates in units of the exact error, distances with their floor."""

import numpy as np
import torch

from unsculpt.inference import simulators
from unsculpt.inference.game import Game, Model
from unsculpt.metrics.independence import divergence

EXPECTED_FROM = 100_000  # draws of q for an expectation
BINS = 30  # of distributions that are drawn


def seeds_of(base, number, first=0):
    """Seeds of data sets and fits, in ascending order.

    Examples
    --------
    >>> seeds_of(1, 3)
    [1001, 1002, 1003]
    """
    return [1000 * base + first + i + 1 for i in range(number)]


def models_of(seeds, entropy_weights, uncontrolled):
    """The fits of a study: every seed with every weight, and the last weight without control variate if asked."""
    models = [Model(seed, gamma) for gamma in entropy_weights for seed in seeds]
    return models + [Model(seed, entropy_weights[-1], False) for seed in seeds if uncontrolled]


def fit(simulator, about, observed, models, recipe, variance=None):
    """Play all fits of a simulator.

    Parameters
    ----------
    simulator, about, recipe
        As of `game.Game`.
    observed : float tensor, shape (S, N, D)
        Data of each seed that the models have, in ascending order of the seeds.
    models : sequence of game.Model
    variance : dict, optional
        The key `inference.variance`, where the variance of the gradient is asked for.

    Returns
    -------
    game.Game
    """
    seeds = sorted({model.seed for model in models})
    rows = [seeds.index(model.seed) for model in models]
    watching = {}
    if variance is not None:
        watching = {"watch": variance["iterations"], "watched": (variance["repeats"], variance["draws"])}
    return Game(simulator, about, observed[rows], models, recipe, **watching).play()


def to_json(game, name, about, *, seed):
    """What all fits of a simulator found.

    Returns
    -------
    dict
        models (`judge`), traces of each model, distributions of the first data set for each weight, variances of the
        gradient for the models with control variate and the largest weight, and what the simulator is.
    """
    simulator = game.simulator
    models = judge(game, about, np.random.default_rng([seed, 12]))
    first = [k for k, model in enumerate(game.models) if model.seed == game.models[0].seed and model.controlled]
    gammas = [model.gamma for model in game.models if model.controlled]
    watched = [k for k, model in enumerate(game.models) if model.controlled and model.gamma == max(gammas)]
    return {
        "kind": "fits",
        "simulator": name,
        "process": about["process"],
        "events": about["events"],
        "dispersion": about["dispersion"],
        "calls": getattr(simulator, "calls", game.recipe.calls),
        "parameters": simulator.parameters,
        "symbols": simulator.symbols,
        "columns": simulator.columns,
        "interest": simulator.interest,
        "true_parameters": simulators.truth(about),
        "ridge": simulator.ridge(simulators.truth(about)) if hasattr(simulator, "ridge") else None,
        "models": models,
        "traces": [traces(game, k) for k in range(len(game.models))],
        "distributions": [
            {"gamma": game.models[k].gamma, "columns": distributions(game, k, about["events"])} for k in first
        ],
        "variances": [
            {"iteration": row["iteration"]}
            | {key: row[key][watched] for key in ("plain", "controlled", "gradient", "offset", "spread")}
            for row in game.variances
        ],
    }


@torch.no_grad()
def expectations(game):
    """Of what is identified the expectation and the standard deviation under q, (K, Q), and the value at its mean."""
    simulator, q = game.simulator, game.proposal
    drawn = simulator.identified(q.natural(q.sample(game.lookers, EXPECTED_FROM))).double()
    at_mean = simulator.identified(q.natural(q.mean))[:, 0].double()
    return drawn.mean(1).numpy(), drawn.std(1).numpy(), at_mean.numpy()


@torch.no_grad()
def judge(game, about, rng):
    """What each fit found, as JSON.

    Returns
    -------
    list of dict
        For each model: seed, gamma, controlled; mean and width of q; the estimate E_q[.] of what is identified
        (`expected`), its standard deviation under q (`spread`) and its value at the mean of q (`at_mean`); the
        maximum-likelihood estimate (`best`), the truth and the exact error; `jsd`, the largest over the columns of
        events under q against the data (value, floor, over_floor).
    """
    simulator = game.simulator
    truth = simulators.truth(about)
    error = np.asarray(simulator.error(truth, about["events"]), float)
    true = simulator.identified(torch.tensor(truth)).numpy()
    expected, spread, at_mean = expectations(game)
    fake = game.events(about["events"]).numpy()
    means, widths, found = game.proposal.means(), game.proposal.widths(), []
    for k, model in enumerate(game.models):
        real = game.observed[k].numpy()
        apart = [divergence(a, b, replicas=20, rng=rng) for a, b in zip(real.T, fake[k].T, strict=True)]
        worst = max(apart, key=lambda one: one.over_floor or 0)
        found.append(
            {
                "seed": model.seed,
                "gamma": model.gamma,
                "controlled": model.controlled,
                "mean": means[k],
                "width": widths[k],
                "expected": expected[k],
                "spread": spread[k],
                "at_mean": at_mean[k],
                "best": simulator.best(real),
                "truth": true,
                "error": error,
                "jsd": {"value": worst.value, "floor": worst.floor, "over_floor": worst.over_floor},
            }
        )
    return found


def traces(game, model):
    """Loss -U_d, means, widths and entropy of one model against the iteration."""
    return {key: np.round(np.array(values)[:, model].astype(float), 5) for key, values in game.trace.items()}


@torch.no_grad()
def distributions(game, model, events):
    """Histograms of data and of as many events under q as there are data, and at the mean of q, by column.

    Returns
    -------
    list of dict
        edges, observed, fitted, at_mean: counts.
    """
    mean = game.proposal.natural(game.proposal.mean.expand(-1, events, -1))
    real = game.observed[model].numpy()
    fitted, at_mean = game.events(events)[model].numpy(), game.simulator(mean, game.lookers)[model].numpy()
    found = []
    for column in range(real.shape[1]):
        values = real[:, column]
        edges = edges_of(values)
        counts = [np.histogram(x[:, column], edges)[0] for x in (real, fitted, at_mean)]
        found.append({"edges": edges, **dict(zip(("observed", "fitted", "at_mean"), counts, strict=True))})
    return found


def edges_of(values):
    """Bins around counts where all values are whole numbers (or all of them even), else 30 over the whole range.

    Examples
    --------
    >>> edges_of(np.array([2.0, 0.0, 1.0])).tolist(), edges_of(np.array([2.0, 6.0, 4.0])).tolist()
    ([-0.5, 0.5, 1.5, 2.5], [1.0, 3.0, 5.0, 7.0])
    """
    low, high = float(values.min()), float(values.max())
    if np.all(values == np.round(values)):
        step = max(1, int(np.gcd.reduce(np.diff(np.unique(values)).astype(int))))
        return np.arange(low - step / 2, high + step, step)
    return np.linspace(low, high, BINS + 1)
