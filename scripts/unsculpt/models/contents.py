"""The file of trained models: tensors and plain values, nothing that runs."""

import io
import logging
import pickle
from dataclasses import asdict
from itertools import pairwise

import torch

from unsculpt.errors import InputError
from unsculpt.files import written
from unsculpt.models.history import history
from unsculpt.models.judgement import reference_entropy


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


def resume(training, path, identity):
    """Restore a checkpoint if it is readable and of this very training; gives whether it was."""
    if not path.exists():
        return False
    try:
        found = torch.load(path, map_location=training.device, weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError):
        found = {"identity": None}
    if found["identity"] != identity:
        logging.info("%s is unreadable or of another training: starting afresh", path)
        return False
    training.restore(found["state"])
    return True


def content(training, *, odds=1.0):
    """All of a finished training that its file keeps: tensors and plain values.

    Parameters
    ----------
    training : training.Training
    odds : float
        By which those of the scores are multiplied, see `examples.channel_odds`.
    """
    settings, rows = training.settings, layers(training)
    return {
        "classifier": {name: tensor.cpu().clone() for name, tensor in training.classifier.state_dict().items()},
        "objective": {name: tensor.cpu().clone() for name, tensor in training.objective.state_dict().items()},
        "settings": _settings(settings),
        "features": list(training.examples.names),  # the inputs, in order
        **({"shape": list(training.examples.shape)} if training.examples.shape else {}),
        "odds": odds,
        "members": [asdict(member) for member in training.members],
        "layers": [
            training.examples.features.shape[1],
            *(row["shape"][1] for row in rows if row["network"] == "classifier"),
        ],
        "parameters": training.classifier.parameters_per_model(),
        "summary": rows,
        "reference": {"entropy": reference_entropy(settings, training.examples), "chance": training.task.chance},
        "models": history(training),
    }


def _settings(settings):
    """As plain values; what a perceptron that classifies does not need is left out, as in files of former versions."""
    told = asdict(settings)
    if (settings.architecture, settings.task) == ("perceptron", "classification"):
        told = {name: value for name, value in told.items() if name not in ("architecture", "task", "network")}
    return told


def layers(training):
    """One row for each layer of one model: its network, number, shape (inputs, units), size and what follows."""
    settings, rows = training.settings, []
    if settings.architecture != "perceptron":
        rows += [{"network": "classifier", **row} for row in training.classifier.layers()]
    networks = {"classifier": (training.classifier, settings)} if not rows else {}
    if hasattr(training.objective, "network"):
        networks["adversary"] = (training.objective.network, settings.adversary)
    for name, (network, own) in networks.items():
        sizes = [network.weight[0].shape[1], *(weight.shape[2] for weight in network.weight)]
        for number, (inputs, units) in enumerate(pairwise(sizes), start=1):
            hidden = number < len(sizes) - 1
            row = {"network": name, "layer": number, "shape": [inputs, units], "parameters": (inputs + 1) * units}
            row["activation"] = own.activation if hidden else "linear"
            row["batch_normalisation"] = hidden and network.batch_normalisation
            row["dropout"] = network.dropout if hidden else 0
            row["parameters"] += 2 * units * row["batch_normalisation"]
            rows.append(row)
    return rows


def summary(content):
    """The plain part of `content`, for JSON: settings, history and warnings without the networks."""
    return {name: value for name, value in content.items() if name not in ("classifier", "objective")}
