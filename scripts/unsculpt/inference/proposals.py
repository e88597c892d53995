"""Factorised Gaussian proposals q(theta), K of them, and the score-function estimate of a gradient over them."""

import math

import numpy as np
import torch

from unsculpt.inference.drawing import draw


class Proposal:
    """K factorised Gaussians of P parameters, in units of their `scale`.

    Parameters
    ----------
    parameters : dict
        The key `parameters` of a simulator: start, width and scale of each.
    models : int
    """

    def __init__(self, parameters, models):
        start, width, scale = (
            torch.tensor([about[key] for about in parameters.values()], dtype=torch.float32)
            for key in ("start", "width", "scale")
        )
        self.scale = scale
        self.mean = (start / scale).expand(models, 1, -1).clone()
        self.log_sigma = (width / scale).log().expand(models, 1, -1).clone()

    def sample(self, generators, n):
        """Parameters in units of their scale, (K, n, P)."""
        return self.mean + self.log_sigma.exp() * draw(torch.randn, generators, (n, self.mean.shape[2]))

    def natural(self, theta):
        """The same in the units of the study."""
        return theta * self.scale

    def entropy(self):
        """Of the K proposals in units of the scales, in nats."""
        return (self.log_sigma + 0.5 * math.log(2 * math.pi * math.e)).sum((1, 2))

    def means(self):
        """In the units of the study, (K, P) array."""
        return (self.mean[:, 0] * self.scale).numpy().copy()

    def widths(self):
        """In the units of the study, (K, P) array."""
        return (self.log_sigma[:, 0].exp() * self.scale).numpy().copy()


def log_gradients(theta, proposal):
    """d log q / d mean and d log q / d log sigma at each theta, (K, n, P) each."""
    pull = (theta - proposal.mean) / proposal.log_sigma.exp()
    return pull / proposal.log_sigma.exp(), pull.square() - 1


def score_gradient(cost, theta, proposal, controlled):
    """Estimates of the gradient of E_q[cost] with respect to mean and log sigma, (K, 1, P) each.

    Parameters
    ----------
    cost : tensor, shape (K, n, 1)
        At each theta.
    theta : tensor, shape (K, n, P)
        Drawn from the proposal.
    controlled : bool tensor, shape (K, 1, 1), or bool
        Whether the mean cost of the other draws is subtracted: a control variate without bias, for the mean of
        d log q is zero (arXiv:1707.07113, section 3; "leave one out").
    """
    n = cost.shape[1]
    others = (cost.sum(1, keepdim=True) - cost) / (n - 1)
    centred = cost - others * torch.as_tensor(controlled, dtype=cost.dtype)
    return [(centred * gradient).mean(1, keepdim=True) for gradient in log_gradients(theta, proposal)]


def gradient_variance(cost, theta, proposal, batch):
    """Variance of the estimates from `batch` draws, without and with control variate, and their mean.

    Parameters
    ----------
    cost, theta
        As of `score_gradient`, for a multiple of `batch` draws.

    Returns
    -------
    dict of arrays, shape (K, 2 P)
        plain, controlled: variances of the means and then of the log sigmas; gradient: mean of the estimates. And of
        the cost its mean, `offset`, and its standard deviation, `spread`, (K,): the loss of a critic does not know its
        offset, which drifts, and plain over controlled is about 1 + (offset / spread)^2.
    """
    found = {"offset": cost.mean((1, 2)).numpy(), "spread": cost.std((1, 2)).numpy()}
    for name, controlled in (("plain", False), ("controlled", True)):
        parts = zip(cost.split(batch, 1), theta.split(batch, 1), strict=True)
        estimates = [torch.cat(score_gradient(c, t, proposal, controlled), -1)[:, 0] for c, t in parts]
        found[name] = np.var([e.numpy() for e in estimates], axis=0, ddof=1)
        found["gradient"] = np.mean([e.numpy() for e in estimates], axis=0)
    return found
