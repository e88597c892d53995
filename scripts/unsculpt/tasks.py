"""What networks are trained for: which classes train, what an output means, its loss, and how it becomes a score.

Shapes: K models, B events of a batch, n events. A task has

    classes     labels of the events that train, in the order of a batch, which has as many of each
    chance      loss of a network that knows nothing
    loss_name   for the log
    judged      a class and its share that passes the cut on which models are judged
    penalised   what penalties see of a response, a function of it
    attach      called with a new network, which then knows its task
    response    (K, B), high for signal, from the output of the network, (K, B, outputs)
    loss        (K,), from the responses and weights of a batch, (K, B)
    finish      called with the trained network and what it learnt from
    logit       (K, n) of the score, from network and response, (K, n)
    failure     a sentence if a model did not learn its task, or None
"""

import math

import numpy as np
import torch

from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.objectives import weighted_mean
from unsculpt.rounding import sigmoid, softplus
from unsculpt.weighted import effective_number

FLOOR = 1e-6  # of the mean squared content: a smaller error is rounding
KNOTS = 401  # of the distribution of the error
CLOSEST = 2e-6  # two of them, in the logarithm of the error


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
    judged = SIGNAL, 0.5

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

    def failure(self, member, protected, *, area, loss, least):
        if area >= least:
            return None
        if member.strength == 0:
            where = str(member).partition(", ")[2]
            return f"the classifier of {where} learnt nothing (AUC {area:.3f} at strength 0)"
        reason = f"AUC {area:.3f}, below training.min_auc {least:g}"
        return f"the classifier of {member} overshot, it lost the signal with {protected} ({reason})"


class Reconstruction:
    """Background is given back: the response is the logarithm of an event's error, its rank in background the score.

    Of the error e, the mean square of what is wrong with the inputs in units of their mean squared content, objectives
    see ln e: an error of twice the size is as far from the mean whether both are large or small.

    The rank of a response r is its distribution function F in the background that trained. As a logit, ln(F / (1 - F)),
    it is kept at `KNOTS` equal steps and is linear in between; beyond the last ones at a and b it goes on as
    ln(1 + (r - b) / w), with w the mean inverse slope of that half, so 1 - F falls like 1 / (r - b): it rises strictly,
    and slowly, so that events with a larger error than any in background have different scores still.
    """

    classes = (BACKGROUND,)
    chance = 1.0
    loss_name = "error"
    judged = BACKGROUND, 0.1  # the signal has no say, not even in which epoch is kept

    def attach(self, network):
        network.task = self
        like = next(network.parameters())
        network.register_buffer("ranks", like.new_zeros(len(like), 2, KNOTS))  # responses, and logits of their ranks

    @staticmethod
    def penalised(response):
        """Penalties see the logarithm itself; none of them cares for its scale."""
        return response

    def response(self, output):
        return torch.log(output.square().mean(-1) + FLOOR)

    def loss(self, response, weight):
        """Mean error in units of the mean squared content."""
        return weighted_mean(response.exp(), weight)

    def finish(self, network, learnt):
        """Keep the distribution of the error in the background of each model."""
        for k in range(len(network.ranks)):
            features, weight = learnt.sample(k)
            found = responses(network.select([k]), features)[0].double().cpu().numpy()
            network.ranks[k] = torch.from_numpy(distribution(found, weight.double().numpy()))

    def logit(self, network, response):
        known, ranks = (part.contiguous() for part in network.ranks.unbind(1))
        below, above = tails(network.ranks)
        left = (torch.searchsorted(known, response.contiguous(), right=True) - 1).clamp(0, KNOTS - 2)
        (x, y), (x_next, y_next) = ([part.gather(1, left + step) for part in (known, ranks)] for step in (0, 1))
        inside = torch.minimum(torch.maximum(response, known[:, :1]), known[:, -1:])
        beyond = torch.log1p((response - known[:, -1:]).clamp(min=0) / above)
        short = torch.log1p((known[:, :1] - response).clamp(min=0) / below)
        return y + (inside - x) * ((y_next - y) / (x_next - x)) + beyond - short

    def failure(self, member, protected, *, area, loss, least):
        """With an objective an AUC near 0.5 is no fault: that autoencoder knew little of signal but the mass."""
        if loss >= self.chance:
            return _nothing_back(member, loss)
        if area >= (least if member.strength == 0 else min(least, 1 - least)):
            return None
        if area < 0.5:
            return (
                f"the autoencoder of {member} gives signal back better than background (AUC {area:.3f}): it is "
                "undertrained, or signal is the simpler of the two"
            )
        return (
            f"the autoencoder of {member} hardly tells signal from background (AUC {area:.3f}, below training.min_auc "
            f"{least:g})"
        )


class Inverse(Reconstruction):
    """Signal is given back, and background is what is unlike it: the response is the negative logarithm of the error.

    The score is the rank of the response in the signal that trained: low where the error is larger than that of signal.
    An autoencoder that gives background back better, though it never saw any, has an AUC below 0.5. That is no fault of
    a training: background may be the simpler of the two (arXiv:2104.09051).
    """

    classes = (SIGNAL,)

    def response(self, output):
        return -super().response(output)

    def loss(self, response, weight):
        """Mean error in units of the mean squared content."""
        return weighted_mean((-response).exp(), weight)

    def failure(self, member, protected, *, area, loss, least):
        """What the AUC is is the question that the task asks."""
        return _nothing_back(member, loss) if loss >= self.chance else None


def _nothing_back(member, loss):
    return (
        f"the autoencoder of {member} gives nothing back, its error is {loss:.3g} times the content; lower its "
        "strength or training.learning_rate"
    )


def distribution(response, weight):
    """Responses at equal steps of the logit of their rank, and these logits, (2, KNOTS); weights are positive."""
    order = response.argsort()
    cumulative = weight[order].cumsum()
    rank = (cumulative - 0.5 * weight[order]) / cumulative[-1]
    reach = math.log(2 * effective_number(weight))  # an event of average weight at the end is worth half of itself
    logits = np.linspace(-reach, reach, KNOTS)
    known = np.interp(1 / (1 + np.exp(-logits)), rank, response[order])
    rising = CLOSEST * np.arange(KNOTS)
    return np.stack([np.maximum.accumulate(known - rising) + rising, logits])


def tails(ranks):
    """Inverse slopes of the halves of the knots, below and above, (K, 1) each, of ranks (K, 2, KNOTS)."""
    middle = ranks[..., KNOTS // 2]
    ends = (middle - ranks[..., 0], ranks[..., -1] - middle)
    return [(end[:, 0] / end[:, 1]).unsqueeze(1) for end in ends]


TASKS = {"classification": Classification, "reconstruction": Reconstruction, "inverse": Inverse}
