"""The adversary: a network that infers the protected variables from the score, with gradient reversal in between."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from unsculpt.networks import StackedMLP
from unsculpt.objectives.seen import weighted_mean
from unsculpt.rounding import sigmoid, softplus


@dataclass(frozen=True)
class AdversarySettings:
    """The configuration `training.adversary`, name by name (config/README.md)."""

    head: str = "bins"
    hidden_layers: tuple = (64,)
    activation: str = "leaky_relu"
    bins: int = 32
    components: int = 20
    learning_rate: float = 0.02
    conditions: tuple = ()
    ramp: float = 0.0


def reverse_gradient(logit, strength):
    """Identity forward; backward the gradient times -strength, (K, 1) (arXiv:1409.7495, section 3)."""
    return logit.detach() * (1 + strength) - strength * logit


def standardise(logit, weight):
    """The logit with mean 0 and variance 1 over the batch: the adversary's input is of order one at any scale."""
    mean = weighted_mean(logit, weight).unsqueeze(1)
    variance = weighted_mean((logit - mean).square(), weight).unsqueeze(1)
    return (logit - mean) * torch.rsqrt(variance + 1e-6)


def bins_loss(output, variable):
    """-log p(bin | score) of a softmax over the bins or categories; output (K, B, M) -> (K, B), in nats."""
    return torch.logsumexp(output, -1) - output.gather(-1, variable.bin.unsqueeze(-1)).squeeze(-1)


def mixture_loss(output, variable):
    """-log p(value | score) in nats; output (K, B, 3C) -> (K, B).

    p is a mixture of C Gaussians, each truncated to [0, 1], as in arXiv:1611.01046 with a mixture density network;
    everything in logarithms, since log(p + epsilon) hides a collapse.
    """
    share, position, width = output.transpose(1, 2).contiguous().chunk(3, 1)  # (K, C, B): events last, in whole rows
    mu, sigma = sigmoid(position), softplus(width) + 0.01
    pull = (variable.value.unsqueeze(1) - mu) / sigma
    root = sigma * math.sqrt(2)
    inside = 0.5 * (torch.erf((1 - mu) / root) + torch.erf(mu / root))  # of each Gaussian, between 0 and 1
    log_terms = F.log_softmax(share, 1) - 0.5 * pull.square() - torch.log(sigma * inside)
    return 0.5 * math.log(2 * math.pi) - torch.logsumexp(log_terms, 1)


HEADS = {  # name: (loss, number of outputs)
    "bins": (bins_loss, lambda settings: settings.bins),
    "mixture": (mixture_loss, lambda settings: 3 * settings.components),
}


class Adversary(nn.Module):
    """Cross-entropy - strength x loss of an adversary that infers the mass from the score (arXiv:1611.01046).

    The gradient is reversed between the two, so the adversary minimises its own loss, unscaled, in the same step.
    Several protected variables have a head each on the same hidden layers, and their losses are added: a softmax for a
    category, the head of the settings for a continuous one. With conditions, in so many columns, the adversary infers
    p(mass | score, conditions), and the score is made independent of the mass at given conditions.
    """

    sign = -1

    def __init__(self, seeds, settings, dtype, categories=(0,), conditions=0):
        super().__init__()
        loss, outputs = HEADS[settings.head]
        self.losses = [bins_loss if number else loss for number in categories]
        self.outputs = [number or outputs(settings) for number in categories]
        sizes = (1 + conditions, *settings.hidden_layers, sum(self.outputs))
        self.network = StackedMLP(seeds, sizes, activation=settings.activation, dtype=dtype)

    def forward(self, logit, batch, strength):
        """The term to be added to the loss and the value to be logged, each (K,)."""
        known = standardise(reverse_gradient(logit, strength), batch.weight).unsqueeze(-1)
        if batch.conditions is not None:
            known = torch.cat([known, batch.conditions], -1)
        parts = self.network(known).split(self.outputs, -1)
        losses = [f(part, v) for f, part, v in zip(self.losses, parts, batch.variables, strict=True)]
        value = weighted_mean(sum(losses[1:], losses[0]), batch.weight)
        return value, value
