"""The background events of a batch as the objectives see them, and the objective that sees nothing."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

TINY = 1e-12


@dataclass(frozen=True)
class Variable:
    """A protected variable of the background events of a batch, continuous or a category.

    value : (K, B), scaled to [0, 1]; None for a category.
    bin : (K, B), the number of its bin, or category, from 0.
    centres : (K, M), mean value in each of the M bins; None for a category.
    bins : M.
    """

    value: Tensor | None
    bin: Tensor
    centres: Tensor | None
    bins: int


@dataclass(frozen=True)
class Background:
    """The background events of a batch; only background is protected.

    variables : the protected variables.
    weight : (K, B), positive.
    conditions : (K, B, C), standardised features that the adversary sees beside the score; None without.
    """

    variables: tuple
    weight: Tensor
    conditions: Tensor | None = None


def weighted_mean(values, weight):
    """Mean over the batch, (K, B) -> (K,)."""
    return (weight * values).sum(1) / weight.sum(1)


class Plain(nn.Module):
    """No objective but the cross-entropy."""

    sign = 0  # of strength times value in the classifier's total loss

    def forward(self, logit, background, strength):
        """The term to be added to the loss and the value to be logged, each (K,)."""
        zero = torch.zeros_like(logit[:, 0])
        return zero, zero
