"""The events of a batch as the objectives see them, and the objective that sees nothing."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

TINY = 1e-12


@dataclass(frozen=True)
class Variable:
    """A protected variable of the events of a batch that are protected, continuous or a category.

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
class Batch:
    """The events of a batch that are protected: its background, or all (`training.protect`).

    variables : the protected variables.
    weight : (K, B), positive.
    conditions : (K, B, C), standardised columns that the adversary sees beside the score; None without.
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

    def forward(self, logit, batch, strength):
        """The term to be added to the loss and the value to be logged, each (K,)."""
        zero = torch.zeros_like(logit[:, 0])
        return zero, zero
