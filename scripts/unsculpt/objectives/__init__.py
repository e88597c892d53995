"""What is added to the loss of a task: nothing, an adversary, distance correlation, or moment decomposition.

Shapes: K models, B protected events of a batch. All losses are weighted with the events and come per model, (K,).
"""

from functools import partial

import torch

from unsculpt.objectives.adversary import (
    HEADS,
    Adversary,
    AdversarySettings,
    bins_loss,
    mixture_loss,
    reverse_gradient,
    standardise,
)
from unsculpt.objectives.penalties import PENALTIES, Penalty, distance_correlation, moment_decomposition
from unsculpt.objectives.seen import TINY, Batch, Plain, Variable, weighted_mean
from unsculpt.rounding import sigmoid

__all__ = [
    "HEADS",
    "PENALTIES",
    "TINY",
    "Adversary",
    "AdversarySettings",
    "Batch",
    "Penalty",
    "Plain",
    "Variable",
    "bins_loss",
    "build",
    "distance_correlation",
    "mixture_loss",
    "moment_decomposition",
    "reverse_gradient",
    "standardise",
    "weighted_mean",
]


def build(objective, *, seeds, settings, dtype=torch.float32, order=0, categories=(0,), conditions=0, score=sigmoid):
    """The objective of K models by its name in the configuration: a module that is called with (response of the
    protected events (K, B), a logit for one, Batch, strength (K, 1)) and returns the term to be added to the loss and
    the value to be logged.

    Parameters
    ----------
    objective : "none", "adversarial", "disco" or "mode"
    seeds : sequence of K integers
        They start the adversaries.
    settings : AdversarySettings
    dtype : torch.dtype
    order : int
        Of the moment decomposition.
    categories : sequence of int
        For each protected variable its number of categories, 0 if it is continuous.
    conditions : int
        Columns that the adversary sees beside the score.
    score : callable
        Makes scores, which penalties see, of the response.
    """
    if objective == "none":
        return Plain()
    if objective == "adversarial":
        return Adversary(seeds, settings, dtype, categories, conditions)
    options = {"order": order} if objective == "mode" else {}
    return Penalty(partial(PENALTIES[objective], **options), score)
