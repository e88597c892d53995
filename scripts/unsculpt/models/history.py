"""The course of a training as plain numbers."""

import logging

import torch

from unsculpt.models.judgement import LOSSES, reference_entropy, warnings
from unsculpt.naming import strength_tag


def history(training):
    """Losses of each model by epoch, and the sentences about what went wrong in it.

    Training losses are means over the epoch while the networks learn; held-out ones are those after it. The total is
    loss of the task + sign x strength x value, with sign -1 for an adversary and +1 for a penalty.
    """
    losses = torch.tensor(training.history, dtype=torch.float64).permute(2, 1, 0)  # (K, 4, epochs)
    entropy = reference_entropy(training.settings, training.examples)
    sign, models = training.objective.sign, []
    for k, member in enumerate(training.members):
        last, best = training.last_epoch(k), training.kept_epoch(k)
        values = dict(zip(LOSSES, losses[k, :, :last], strict=True))
        model = {"strength": member.strength, "tag": strength_tag(member.strength), "fold": member.fold}
        model |= {
            "channel": member.channel,
            "seed": member.replica,
            "random_seed": member.seed,
            "attempt": member.attempt,
        }
        model |= {"epochs": list(range(1, last + 1)), "best_epoch": best}
        for part in ("train", "validation"):
            classifier, other = values[f"classifier_{part}"], values[f"adversary_{part}"]
            model[f"classifier_{part}"] = classifier.tolist()
            model[f"adversary_{part}"] = other.tolist() if sign else []
            model[f"total_{part}"] = (classifier + sign * member.strength * other).tolist()
        sentences = training.retried[k] + warnings(training, k, entropy)
        for sentence in sentences:
            logging.warning("%s", sentence)
        models.append(model | {"warnings": sentences})
    return models
