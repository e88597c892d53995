"""Scores of trained models."""

import math
from functools import partial

import torch

from unsculpt import architectures, tasks
from unsculpt.naming import strength_tag
from unsculpt.rounding import sigmoid


def classifier(content):
    """The stack of classifiers of a file, ready for inference."""
    settings, shape = content["settings"], tuple(content.get("shape", ()))
    stack = architectures.build(
        settings,
        seeds=[0] * len(content["members"]),
        inputs=math.prod(shape) if shape else len(content["features"]),
        shape=shape,
        dtype=next(iter(content["classifier"].values())).dtype,
    )
    tasks.build(settings.get("task", "classification")).attach(stack)
    stack.load_state_dict(content["classifier"])
    return stack.eval()


def logits(stack, features):
    """Logit of the scores of a stack in evaluation mode for the same events, (n, D) -> (K, n)."""
    return stack.task.logit(stack, tasks.responses(stack, features))


def predict(content, features):
    """Scores of all models of a file for all events.

    Parameters
    ----------
    content : dict
        As `load` gives it.
    features : float32 array, shape (n, D)
        In the order of `content["features"]`, not standardised: the models know their scaling.

    Returns
    -------
    float32 array, shape (K, n)
        From 0 (background) to 1 (signal).
    """
    return sigmoid(logits(classifier(content), torch.tensor(features)) + math.log(content["odds"])).numpy()


def each(content):
    """Each member of a file with the function from features, (n, D) as of `predict`, to its scores, (n,)."""
    stack, shift = classifier(content), math.log(content["odds"])

    def scores(own, features):
        return sigmoid(logits(own, torch.tensor(features)) + shift)[0].numpy()

    for k, member in enumerate(content["members"]):
        yield member, partial(scores, stack.select([k]))


def out_of_fold(contents, features, fold, channel):
    """Scores of each event by the models of its channel that did not train on its fold.

    Parameters
    ----------
    contents : sequence of dict
        The files of all parts of a method, as `load` gives them.
    features : float32 array, shape (n, D)
        The inputs, in the order of `content["features"]`.
    fold : int array, shape (n,)
    channel : str array, shape (n,)

    Returns
    -------
    dict
        By strength tag, `{tag}@{seed}` for further seeds, in the order of training, a float32 array of shape (n,); NaN
        where a model is missing.
    """
    features, fold = torch.tensor(features), torch.tensor(fold)
    names = [column(member) for content in contents for member in content["members"]]
    scores = {name: torch.full((len(fold),), torch.nan) for name in dict.fromkeys(names)}
    for content in contents:
        stack, shift = classifier(content), math.log(content["odds"])
        places = [(member["channel"], member["fold"]) for member in content["members"]]
        for own, held_out in sorted(set(places)):
            chosen = [k for k, place in enumerate(places) if place == (own, held_out)]
            in_channel = torch.from_numpy((channel == own) | (own == "all"))
            rows = torch.where((fold == held_out) & in_channel)[0]
            if not len(rows):
                continue
            values = sigmoid(logits(stack.select(chosen), features[rows]) + shift)
            for k, value in zip(chosen, values, strict=True):
                scores[column(content["members"][k])][rows] = value.float()
    return {name: score.numpy() for name, score in scores.items()}


def column(member):
    """The column of scores that a member of a file belongs to.

    Examples
    --------
    >>> column({"strength": 0.3, "replica": 0}), column({"strength": 10, "replica": 2})
    ('0.3', '10@2')
    """
    return strength_tag(member["strength"]) + f"@{member['replica']}" * (member["replica"] > 0)
