"""What autoencoders make of images: means and examples, what they give back, and the error in each pixel."""

import numpy as np
import torch

from unsculpt import models
from unsculpt.events import LABELS
from unsculpt.naming import strength_tag
from unsculpt.weighted import weighted_quantile

MOST = 4000  # events of a class that are looked at
EXAMPLES = (("background", 0.5), ("background", 0.99), ("signal", 0.5))  # events at this quantile of the error
CLASSES = ("background", "signal")


def measure(contents, table, tag):
    """Images of the fold that one model has not seen, and what it makes of them.

    Parameters
    ----------
    contents : sequence of dict
        The files of all parts of a method of autoencoders, as `models.load` gives them.
    table : events.Events
        With the array that they take.
    tag : str
        Of the strength. The model is that of the first fold and seed.

    Returns
    -------
    dict
        tag, fold, shape; means : by class the number of events (`MOST` at most) and the weighted means of image,
        given_back and squared_error, (rows, columns) each; error, the mean of the last; examples : class, quantile of
        the error among the class, and the same of one event. Images have their own unit, errors are in units of the
        mean squared pixel of the class that trained: a mean of one is what giving nothing back costs.
    """
    content, k = _first(contents, tag)
    fold, shape = content["members"][k]["fold"], tuple(content["shape"])
    network, inputs = models.classifier(content).select([k]).eval(), table.inputs(content["features"])[0]
    width = network.of_model(0)["width"].numpy()
    means, examples = {}, []
    for name in CLASSES:
        rows = np.flatnonzero(table.where(LABELS[name]) & (table.fold == fold) & (table.weight > 0))[:MOST]
        wrong, weight = _wrong(network, inputs[rows]), table.weight[rows]
        image, error = inputs[rows], np.square(wrong).mean(1)
        given_back = image + wrong * width
        about = {"image": image, "given_back": given_back, "squared_error": np.square(wrong)}
        averages = {key: np.average(values, axis=0, weights=weight) for key, values in about.items()}
        means[name] = {"events": len(rows)} | _told(averages, shape)
        for quantile in (share for of, share in EXAMPLES if of == name):
            wanted = weighted_quantile(error, [quantile], weights=weight)[0]
            row = int(np.argmin(np.abs(error - wanted)))
            found = {key: values[row] for key, values in about.items()}
            examples.append({"class": name, "quantile": quantile} | _told(found, shape))
    return {"tag": tag, "fold": fold, "shape": list(shape), "means": means, "examples": examples}


def _first(contents, tag):
    """The file, and the place in it, of the model of this strength with the first fold and seed."""
    every = [(content, k) for content in contents for k in range(len(content["members"]))]
    of_tag = [(c, k) for c, k in every if strength_tag(c["members"][k]["strength"]) == tag]
    return min(of_tag, key=lambda place: [place[0]["members"][place[1]][key] for key in ("replica", "fold")])


@torch.no_grad()
def _wrong(network, inputs):
    """What a stack of one makes wrong with each pixel, (n, D), in units of its scale."""
    parts = torch.tensor(inputs).split(network.chunk)
    return torch.cat([network(part[None])[0] for part in parts]).numpy()


def _told(images, shape):
    """Flat images as rows of numbers, and the mean of the squared error."""
    rows = {name: values.reshape(shape).tolist() for name, values in images.items()}
    return {"error": float(images["squared_error"].mean())} | rows
