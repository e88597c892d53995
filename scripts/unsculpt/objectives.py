"""What is added to the cross-entropy: nothing, an adversary, distance correlation, or moment decomposition.

Shapes: K models, B background events of a batch. All losses are weighted with the events and come per model, (K,).
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unsculpt.networks import StackedMLP

TINY = 1e-12


@dataclass(frozen=True)
class Background:
    """The background events of a batch as the objectives see them; only background is protected.

    mass : (K, B), the protected variable scaled to [0, 1].
    mass_bin : (K, B), the number of its bin, from 0.
    weight : (K, B), positive.
    centres : (K, M), mean scaled mass of each of the M bins.
    """

    mass: Tensor
    mass_bin: Tensor
    weight: Tensor
    centres: Tensor


@dataclass(frozen=True)
class AdversarySettings:
    """The configuration `training.adversary`, name by name (config/README.md)."""

    head: str = "bins"
    hidden_layers: tuple = (64,)
    activation: str = "leaky_relu"
    mass_bins: int = 32
    components: int = 20
    learning_rate: float = 0.02


def weighted_mean(values, weight):
    """Mean over the batch, (K, B) -> (K,)."""
    return (weight * values).sum(1) / weight.sum(1)


# The adversary ------------------------------------------------------------------------------------------------------


def reverse_gradient(logit, strength):
    """Identity forward; backward the gradient times -strength, (K, 1) (arXiv:1409.7495, section 3)."""
    return logit.detach() * (1 + strength) - strength * logit


def standardise(logit, weight):
    """The logit with mean 0 and variance 1 over the batch: the adversary's input is of order one at any scale."""
    mean = weighted_mean(logit, weight).unsqueeze(1)
    variance = weighted_mean((logit - mean).square(), weight).unsqueeze(1)
    return (logit - mean) * torch.rsqrt(variance + 1e-6)


def bins_loss(output, background):
    """-log p(bin | score) of a softmax over the mass bins; output (K, B, M) -> (K, B), in nats."""
    return torch.logsumexp(output, -1) - output.gather(-1, background.mass_bin.unsqueeze(-1)).squeeze(-1)


def mixture_loss(output, background):
    """-log p(mass | score), p a mixture of C Gaussians, each truncated to [0, 1]; output (K, B, 3C) -> (K, B), in nats.

    As in arXiv:1611.01046 with a mixture density network; everything in logarithms, since log(p + epsilon) hides a
    collapse.
    """
    share, position, width = output.chunk(3, -1)
    mu, sigma = torch.sigmoid(position), F.softplus(width) + 0.01
    pull = (background.mass.unsqueeze(-1) - mu) / sigma
    root = sigma * math.sqrt(2)
    inside = 0.5 * (torch.erf((1 - mu) / root) + torch.erf(mu / root))  # of each Gaussian, between 0 and 1
    log_terms = F.log_softmax(share, -1) - 0.5 * pull.square() - torch.log(sigma * inside)
    return 0.5 * math.log(2 * math.pi) - torch.logsumexp(log_terms, -1)


HEADS = {  # name: (loss, number of outputs)
    "bins": (bins_loss, lambda settings: settings.mass_bins),
    "mixture": (mixture_loss, lambda settings: 3 * settings.components),
}


# Penalties ----------------------------------------------------------------------------------------------------------
# A sum over pairs of coefficients a_ij |s_i - s_j| is 2 sum_i s_i c_i with c_i = sum_j a_ij sign(s_i - s_j). The c_i
# are constant while the order of the scores is, so they come from sorts and cumulative sums without a gradient, and
# the gradient of the sum is exact. No matrix of pairs is ever built.


def distance_correlation(score, background):
    """Squared distance correlation of score and binned mass (DisCo, arXiv:2001.05310), 0 (independent) to 1.

    With weights p_i that sum to one, a_ij = |m_i - m_j|, b_ij = |s_i - s_j| and a_i = sum_j p_j a_ij, the covariance is
    sum_ij p_i p_j a_ij b_ij - 2 sum_i p_i a_i b_i + sum_i p_i a_i sum_j p_j b_j (arXiv:0803.4101).

    Parameters
    ----------
    score : tensor, shape (K, B)
    background : Background
        The mass of an event is the centre of its bin.

    Returns
    -------
    tensor, shape (K,)
        Exact for integer weights: an event of weight 2 counts like two events. O(B (M + log B)).
    """
    s, order = score.sort(1)
    with torch.no_grad():
        p = (background.weight / background.weight.sum(1, keepdim=True)).gather(1, order)
        mass_bin = background.mass_bin.gather(1, order)  # in the order of the scores from here on
        bins = background.centres.shape[1]
        below = (F.one_hot(mass_bin, bins).to(p.dtype) * p.unsqueeze(-1)).cumsum(1)  # weight up to i in each bin
        total = below[:, -1:]
        distance = (background.centres.unsqueeze(1) - background.centres.unsqueeze(2)).abs()  # (K, M, M)
        distance = distance.gather(1, mass_bin.unsqueeze(-1).expand(-1, -1, bins))  # (K, B, M)
        a = (distance * total).sum(-1)
        sign = 2 * p.cumsum(1) - p - 1  # sum_j p_j sign(s_i - s_j)
        product = (distance * (2 * below - total)).sum(-1)  # sum_j p_j a_ij sign(s_i - s_j)
        cumulative = (p * a).cumsum(1)
        rows = a * sign + 2 * cumulative - p * a - cumulative[:, -1:]  # sum_j p_j (a_i + a_j) sign(s_i - s_j)
        mean_a = cumulative[:, -1]
        variance_a = (p * (distance.square() * total).sum(-1)).sum(1) - 2 * (p * a.square()).sum(1) + mean_a.square()
    ps = p * s
    mean_b = 2 * (ps * sign).sum(1)
    covariance = 2 * (ps * (product - rows)).sum(1) + mean_a * mean_b
    cumulative_s = ps.cumsum(1)
    b = s * sign + cumulative_s[:, -1:] - 2 * cumulative_s + ps
    variance_b = 2 * ((ps * s).sum(1) - ps.sum(1).square()) - 2 * (p * b.square()).sum(1) + mean_b.square()
    return covariance / torch.sqrt(variance_a * variance_b + TINY)


def moment_decomposition(score, background):
    """MoDe of order zero (arXiv:2010.09745) in a form without bias and scale: 1 - (mean Gini of the bins) / Gini.

    The published sum_m w_m int (F_m - F)^2 ds equals [V(all) - sum_m w_m V(m)] / 2, with V the mean of |s_i - s_j|
    over all pairs of events, i = j included. That is positive for an independent score, and falls when the score
    shrinks. Here the pairs i = j are left out (the Gini mean difference, sum_{i != j} w_i w_j |s_i - s_j| /
    (W^2 - sum_i w_i^2)) and the result is divided by that of all events: zero on average for an independent score,
    unchanged by its scale.

    Parameters
    ----------
    score : tensor, shape (K, B)
    background : Background
        Bins with one event say nothing and are left out.

    Returns
    -------
    tensor, shape (K,)
        An event of weight 2 is one event, not two: two copies would pretend to a spread of zero.
    """
    w, bins = background.weight, background.centres.shape[1]
    with torch.no_grad():
        order = score.argsort(1)
        everyone = _gini_coefficients(w, order, torch.zeros_like(background.mass_bin), 1)[0]
        by_bin = order.gather(1, background.mass_bin.gather(1, order).argsort(dim=1, stable=True))
        within, share = _gini_coefficients(w, by_bin, background.mass_bin, bins)
        within = within * share / share.new_zeros(len(w), bins).scatter_(1, background.mass_bin, share).sum(1, True)
    return 1 - (within * score).sum(1) / ((everyone * score).sum(1) + TINY)


def _gini_coefficients(weight, order, group, groups):
    """Coefficients c_i with sum_i c_i s_i = the Gini mean difference of each group, and each event's group weight.

    `order` sorts by (group, score). Groups with fewer than two events get zeros.
    """
    zeros = weight.new_zeros(len(weight), groups)
    total, squares, count = (
        zeros.scatter_add(1, group, values) for values in (weight, weight.square(), torch.ones_like(weight))
    )
    cumulative = weight.gather(1, order).cumsum(1)
    start = (total.cumsum(1) - total).gather(1, group)
    below = torch.empty_like(weight).scatter_(1, order, cumulative) - start  # weight of the group up to this event
    own = total.gather(1, group)
    usable = (count > 1).gather(1, group)
    pairs = (total.square() - squares).gather(1, group)
    coefficients = 2 * weight * (2 * below - weight - own) / torch.where(usable, pairs, 1)
    return coefficients * usable, own * usable


PENALTIES = {"disco": distance_correlation, "mode": moment_decomposition}


# The interface ------------------------------------------------------------------------------------------------------


class Plain(nn.Module):
    """No objective but the cross-entropy."""

    sign = 0  # of strength times value in the classifier's total loss

    def forward(self, logit, background, strength):
        """The term to be added to the loss and the value to be logged, each (K,)."""
        zero = torch.zeros_like(logit[:, 0])
        return zero, zero


class Penalty(nn.Module):
    """Cross-entropy + strength x penalty, the penalty a function of the background's scores (sigmoid) and masses."""

    sign = 1

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, logit, background, strength):
        """The term to be added to the loss and the value to be logged, each (K,)."""
        value = self.function(torch.sigmoid(logit), background)
        return strength.squeeze(1) * value, value


class Adversary(nn.Module):
    """Cross-entropy - strength x loss of an adversary that infers the mass from the score (arXiv:1611.01046).

    The gradient is reversed between the two, so the adversary minimises its own loss, unscaled, in the same step.
    """

    sign = -1

    def __init__(self, seeds, settings, dtype):
        super().__init__()
        self.loss, outputs = HEADS[settings.head]
        sizes = (1, *settings.hidden_layers, outputs(settings))
        self.network = StackedMLP(seeds, sizes, activation=settings.activation, dtype=dtype)

    def forward(self, logit, background, strength):
        """The term to be added to the loss and the value to be logged, each (K,)."""
        known = standardise(reverse_gradient(logit, strength), background.weight)
        value = weighted_mean(self.loss(self.network(known.unsqueeze(-1)), background), background.weight)
        return value, value


def build(objective, *, seeds, settings, dtype=torch.float32):
    """The objective of K models by its name in the configuration; `seeds` start the adversaries."""
    if objective == "none":
        return Plain()
    if objective == "adversarial":
        return Adversary(seeds, settings, dtype)
    return Penalty(PENALTIES[objective])
