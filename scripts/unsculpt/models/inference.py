"""Scores of trained models."""

import math

import torch

from unsculpt.naming import strength_tag
from unsculpt.networks import StackedMLP
from unsculpt.rounding import sigmoid

CHUNK = 16384  # events at a time in inference


def classifier(content):
    """The stack of classifiers of a file, ready for inference."""
    settings, inputs, units = content["settings"], len(content["features"]), tuple(content["settings"]["hidden_layers"])
    networks = len(content["members"])
    scaling = (torch.zeros(networks, inputs), torch.ones(networks, inputs))  # both are overwritten by the state
    stack = StackedMLP(
        [0] * networks,
        (inputs, *units, 1),
        activation=settings["activation"],
        batch_normalisation=settings["batch_normalisation"],
        scaling=scaling,
        dtype=content["classifier"]["centre"].dtype,
        matmul=settings.get("matmul", "auto"),
    )
    stack.load_state_dict(content["classifier"])
    return stack.eval()


@torch.no_grad()
def logits(stack, features):
    """Output of a stack in evaluation mode for the same events, (n, D) -> (K, n)."""
    networks = len(stack.centre)
    chunks = features.to(stack.centre.device, stack.centre.dtype).split(CHUNK)
    return torch.cat([stack(x.unsqueeze(0).expand(networks, -1, -1)).squeeze(-1) for x in chunks], 1)


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
