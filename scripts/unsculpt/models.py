"""Trained models: what their file holds, their history as plain numbers, and their scores."""

import io
import logging
import math
import pickle
from dataclasses import asdict

import numpy as np
import torch

from unsculpt import alarms
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.examples import NO_FOLD, mass_bins
from unsculpt.files import written
from unsculpt.naming import strength_tag
from unsculpt.networks import StackedMLP

LOSSES = ("classifier_train", "adversary_train", "classifier_validation", "adversary_validation")
CHUNK = 16384  # events at a time in inference


def save(content, path):
    """Write tensors and plain values, readable with `weights_only=True`; the same content gives the same bytes."""
    buffer = io.BytesIO()  # torch writes a file's own name into it, and a buffer has none
    torch.save(content, buffer)
    with written(path) as part:
        part.write_bytes(buffer.getvalue())


def load(path):
    """Read the trained models of a file, on the CPU."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        raise InputError(f"{path}: not a file of trained models ({error}); delete it and run again") from error


def content(training, *, features, provenance):
    """All of a finished training that its file keeps: tensors and plain values.

    Parameters
    ----------
    training : training.Training
    features : sequence of str
        Names of the inputs, in order.
    provenance : dict
    """
    return {
        "classifier": {name: tensor.cpu() for name, tensor in training.classifier.state_dict().items()},
        "objective": {name: tensor.cpu() for name, tensor in training.objective.state_dict().items()},
        "settings": asdict(training.settings),
        "features": list(features),
        "members": [asdict(member) for member in training.members],
        "layers": [len(features), *training.settings.hidden_layers, 1],
        "parameters": training.classifier.parameters_per_model(),
        "reference": {"entropy": reference_entropy(training.settings, training.examples), "chance": math.log(2)},
        "models": history(training),
        "provenance": provenance,
    }


def summary(content):
    """The plain part of `content`, for JSON: settings, history and warnings without the networks."""
    return {name: value for name, value in content.items() if name not in ("classifier", "objective")}


def history(training):
    """Losses of each model by epoch, and the sentences about what went wrong in it.

    Training losses are means over the epoch while the networks learn; held-out ones are those after it. The total is
    cross-entropy + sign x strength x value, with sign -1 for an adversary and +1 for a penalty.
    """
    losses = torch.tensor(training.history, dtype=torch.float64).permute(2, 1, 0)  # (K, 4, epochs)
    entropy = reference_entropy(training.settings, training.examples)
    sign, models = training.objective.sign, []
    for k, member in enumerate(training.members):
        values = dict(zip(LOSSES, losses[k], strict=True))
        model = {"strength": member.strength, "tag": strength_tag(member.strength), "fold": member.fold}
        model["epochs"] = list(range(1, len(training.history) + 1))
        for part in ("train", "validation"):
            classifier, other = values[f"classifier_{part}"], values[f"adversary_{part}"]
            model[f"classifier_{part}"] = classifier.tolist()
            model[f"adversary_{part}"] = other.tolist() if sign else []
            model[f"total_{part}"] = (classifier + sign * member.strength * other).tolist()
        sentences = warnings(training, k, entropy)
        for sentence in sentences:
            logging.warning("%s", sentence)
        models.append(model | {"warnings": sentences})
    return models


def reference_entropy(settings, examples):
    """Loss of an adversary that knows the spectrum alone, in nats, over all background; None without an adversary."""
    if settings.objective != "adversarial":
        return None
    rows = torch.where(examples.label == BACKGROUND)[0]
    mass, weight = examples.mass[rows].double().numpy(), examples.weight[rows].double().numpy()
    edges = mass_bins(examples, NO_FOLD, settings.adversary.mass_bins)[0].numpy()
    if settings.adversary.head == "bins":
        return alarms.entropy(np.searchsorted(edges, mass, side="right"), weight)
    return alarms.entropy(mass, weight, np.unique([0, *edges, 1]))


@torch.no_grad()
def warnings(training, k, entropy):
    """Sentences about what went wrong in model k of a finished training, judged on its held-out events.

    `entropy` is the reference of the adversary's loss, or None without an adversary.
    """
    member, examples = training.members[k], training.examples
    rows = torch.cat([examples.rows(label, member.fold, held_out=True) for label in (BACKGROUND, SIGNAL)])
    stack = training.classifier.select([k]).eval()
    logit = logits(stack, examples.features[rows].to(training.device))[0].double().cpu().numpy()
    weight, signal = examples.weight[rows].double().numpy(), examples.label[rows].numpy() == SIGNAL
    area = alarms.auc(logit, signal, weight)
    if member.strength == 0 and area < alarms.STUCK_AUC:
        return [f"the classifier of fold {member.fold} learnt nothing (AUC {area:.3f} at strength 0)"]
    if entropy is None:
        return []
    mass_bin = torch.bucketize(examples.mass[rows], training.edges[k].cpu(), right=True).numpy()[~signal]
    passed = (logit > alarms.median_cut(logit[signal], weight[signal]))[~signal]
    information, floor = alarms.cut_information(passed, mass_bin, weight[~signal])
    last = dict(zip(LOSSES, training.history[-1], strict=True))
    loss = min(last["adversary_train"][k], last["adversary_validation"][k])  # what it learnt by heart is alive, too
    learnt = entropy - loss
    if not alarms.adversary_is_dead(information, floor, learnt):
        return []
    return [
        f"the adversary of strength {member.strength:g}, fold {member.fold} is dead: it knows {learnt:.2g} nats of the "
        f"mass where a cut on the score knows {information:.2g}"
    ]


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
    return torch.sigmoid(logits(classifier(content), torch.tensor(features))).numpy()


def out_of_fold(contents, features, fold):
    """Scores of each event by the models that did not train on its fold.

    Parameters
    ----------
    contents : sequence of dict
        The files of all parts of a method, as `load` gives them.
    features : float32 array, shape (n, D)
    fold : int array, shape (n,)

    Returns
    -------
    dict
        By strength tag, in the order of training, a float32 array of shape (n,); NaN where a model is missing.
    """
    features, fold, scores = torch.tensor(features), torch.tensor(fold), {}
    for content in contents:
        stack = classifier(content)
        folds = [member["fold"] for member in content["members"]]
        for held_out in sorted(set(folds)):
            chosen = [k for k, number in enumerate(folds) if number == held_out]
            rows = torch.where(fold == held_out)[0]
            if not len(rows):
                continue
            values = torch.sigmoid(logits(stack.select(chosen), features[rows]))
            for k, value in zip(chosen, values, strict=True):
                tag = strength_tag(content["members"][k]["strength"])
                scores.setdefault(tag, torch.full((len(fold),), torch.nan))[rows] = value.float()
    return {tag: score.numpy() for tag, score in scores.items()}
