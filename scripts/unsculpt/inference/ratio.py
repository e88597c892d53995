"""A classifier as likelihood ratio of events and parameters (arXiv:1506.02169), and the parameters it likes best.

A network of (x, theta) is trained to tell pairs of a parameter and its own event from pairs of a parameter and the
event of another one. Its logit tends to log p(x|theta) / p(x), so the sum over the data, as a function of theta, is
their log-likelihood up to a constant. One training serves all data sets.
"""

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import minimize

from unsculpt.networks import StackedMLP, generator
from unsculpt.patches.torch import Adam

COARSE = 2000  # events that choose where the search begins
STARTS = 200  # points of the prior among which they choose


class Ratio:
    """A trained log ratio.

    Parameters
    ----------
    network : networks.StackedMLP
        Of one model.
    prior : pair of float arrays (P,)
    centre, width : float tensors (D,)
        Of the simulated events.
    """

    def __init__(self, network, prior, centre, width):
        self.network, self.centre, self.width = network, centre, width
        self.low, self.high = (torch.from_numpy(edge).float() for edge in prior)

    def __call__(self, x, theta):
        """log p(x|theta) / p(x) of events (n, D) and parameters (n, P), (n,)."""
        inputs = torch.cat([(x - self.centre) / self.width, self.unit(theta)], -1)
        return self.network(inputs.unsqueeze(0))[0, :, 0]

    def unit(self, theta):
        """Parameters from -1 to 1 over the prior."""
        return 2 * (theta - self.low) / (self.high - self.low) - 1


def train(simulator, prior, *, calls, about, seed):
    """Train a log ratio on events that are simulated from the prior.

    Parameters
    ----------
    simulator, prior, calls, seed
        As of `approximate.abc`.
    about : dict
        The key `inference.contenders.ratio`: hidden_layers, batch, epochs, learning_rate.

    Returns
    -------
    Ratio
    """
    draws = generator(seed)
    low, high = (torch.from_numpy(edge).float() for edge in prior)
    theta = low + (high - low) * torch.rand(calls, len(low), generator=draws)
    x = torch.cat([simulator(part.unsqueeze(0), [draws])[0] for part in theta.split(1_000_000)])
    sizes = (x.shape[1] + len(low), *about["hidden_layers"], 1)
    network = StackedMLP([seed], sizes, activation="relu", matmul="torch")
    ratio = Ratio(network, prior, x.mean(0), x.std(0).clamp(min=1e-6))
    batch = about["batch"]
    steps = max(1, about["epochs"] * calls // batch)
    optimiser = Adam(network.parameters(), about["learning_rate"], fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        mine = torch.randint(calls, (batch,), generator=draws)
        own, other = theta[mine], theta[torch.randint(calls, (batch,), generator=draws)]
        joint, apart = ratio(x[mine], own), ratio(x[mine], other)
        loss = F.softplus(-joint).mean() + F.softplus(apart).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
    return ratio


def estimate(ratio, data, rng):
    """The parameters at which the sum of the log ratios of the data (n, D) is largest, (P,)."""
    x = torch.from_numpy(np.asarray(data)).float()
    span = ratio.high - ratio.low
    few = x[torch.from_numpy(rng.permutation(len(x))[:COARSE])]
    starts = ratio.low + span * torch.from_numpy(rng.random((STARTS, len(span)))).float()
    with torch.no_grad():
        sums = [float(ratio(few, start.expand(len(few), -1)).sum()) for start in starts]

    def cost(unit):
        theta = torch.from_numpy(unit).float().requires_grad_()
        value = -ratio(x, (ratio.low + span * theta).expand(len(x), -1)).mean()
        value.backward()
        return float(value.detach()), theta.grad.double().numpy()

    first = ((starts[int(np.argmax(sums))] - ratio.low) / span).double().numpy()
    best = minimize(cost, first, jac=True, method="L-BFGS-B", bounds=[(0, 1)] * len(first), options={"ftol": 1e-12})
    return (ratio.low + span * torch.from_numpy(best.x).float()).numpy()
