"""The adversary: a network that infers the protected variables from the score, with gradient reversal in between."""

from dataclasses import dataclass

import torch
from torch import nn

from unsculpt.networks import StackedMLP
from unsculpt.objectives.mixture import mixture_loss
from unsculpt.objectives.seen import weighted_mean


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
