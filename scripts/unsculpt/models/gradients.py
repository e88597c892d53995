"""What networks look at: the mean gradient of their logit by each of their inputs."""

import numpy as np
import torch

from unsculpt.models.inference import classifier

CHUNK = 512  # events at a time


def mean_gradients(contents, features, fold, weight, groups):
    """Mean gradients of the first training of a method, over the events that each of its models did not train on.

    Parameters
    ----------
    contents : sequence of dict
        The files of all parts of the method, as `models.load` gives them; of several strengths the first counts.
    features : float32 array, shape (n, D)
        The inputs, in the order of `content["features"]`.
    fold, weight : arrays, shape (n,)
    groups : dict of bool arrays, shape (n,)
        Events by the name of what they are.

    Returns
    -------
    dict
        By group the mean of d logit / d input, float array of shape (D,).
    """
    first = contents[0]["members"][0]["strength"]
    total = {name: np.zeros(features.shape[1]) for name in groups}
    known = dict.fromkeys(groups, 0.0)
    for content in contents:
        stack = classifier(content)
        for k, member in enumerate(content["members"]):
            if member["replica"] or member["strength"] != first:
                continue
            own = stack.select([k])
            for name, mask in groups.items():
                rows = np.flatnonzero(mask & (fold == member["fold"]))
                total[name] += _summed(own, features[rows], weight[rows])
                known[name] += weight[rows].sum()
    return {name: total[name] / known[name] for name in groups}


def _summed(stack, features, weight):
    """Weighted sum of the gradients of one model, (D,)."""
    total = np.zeros(features.shape[1])
    for first in range(0, len(features), CHUNK):
        x = torch.tensor(features[None, first : first + CHUNK], requires_grad=True)
        response = stack.task.response(stack(x))[0]
        (gradient,) = torch.autograd.grad(response @ torch.tensor(weight[first : first + CHUNK]).to(response), x)
        total += gradient[0].double().sum(0).numpy()
    return total
