"""What networks are trained for: which classes train, what an output means, its loss, and how it becomes a score.

Shapes: K models, B events of a batch, n events. A task has

    classes     labels of the events that train, in the order of a batch, which has as many of each
    chance      loss of a network that knows nothing
    loss_name   for the log
    penalised   what penalties see of a response, a function of it
    attach      called with a new network, which then knows its task
    response    (K, B), high for signal, from the output of the network, (K, B, outputs)
    loss        (K,), from the responses and weights of a batch, (K, B)
    finish      called with the trained network and what it learnt from
    logit       (K, n) of the score, from network and response, (K, n)
    cut         a response on which a cut is judged, from those of some events (n,)
    failure     a sentence if a model did not learn its task, or None
"""

import math

import torch

from unsculpt import alarms
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.objectives import weighted_mean
from unsculpt.rounding import sigmoid, softplus


def build(name):
    """The task of this name."""
    return TASKS[name]()


@torch.no_grad()
def responses(network, features):
    """Response of each model of a stack in evaluation mode to the same events, (n, D) -> (K, n)."""
    like = next(network.parameters())
    chunks = features.to(like.device, like.dtype).split(network.chunk)
    return torch.cat([network.task.response(network(x.unsqueeze(0).expand(len(like), -1, -1))) for x in chunks], 1)


class Classification:
    """Signal and background are told apart: the one output is the logit of the score."""

    classes = (BACKGROUND, SIGNAL)
    chance = math.log(2)
    loss_name = "cross-entropy"
    penalised = staticmethod(sigmoid)

    def attach(self, network):
        network.task = self

    def response(self, output):
        return output.squeeze(-1)

    def loss(self, response, weight):
        """Cross-entropy of both classes in equal shares."""
        half = response.shape[1] // 2
        return 0.5 * (
            weighted_mean(softplus(response[:, :half]), weight[:, :half])
            + weighted_mean(softplus(-response[:, half:]), weight[:, half:])
        )

    def finish(self, network, learnt):
        """Nothing is left to do."""

    def logit(self, network, response):
        return response

    def cut(self, response, weight, signal):
        """Above which lies half of the signal."""
        return alarms.median_cut(response[signal], weight[signal])

    def failure(self, member, protected, *, area, loss, least):
        if area >= least:
            return None
        if member.strength == 0:
            where = str(member).partition(", ")[2]
            return f"the classifier of {where} learnt nothing (AUC {area:.3f} at strength 0)"
        reason = f"AUC {area:.3f}, below training.min_auc {least:g}"
        return f"the classifier of {member} overshot, it lost the signal with {protected} ({reason})"


TASKS = {"classification": Classification}
