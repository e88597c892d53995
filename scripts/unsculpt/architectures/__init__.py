"""Networks by the name of their architecture, K of them at once; what each does with its inputs is its own affair."""

import torch

from unsculpt.architectures import constituents
from unsculpt.architectures.apart import Apart
from unsculpt.architectures.autoencoder import Autoencoder
from unsculpt.architectures.constituents import Boosts, Lola, Sequence, Sets
from unsculpt.architectures.convolution import Convolution
from unsculpt.errors import InputError
from unsculpt.networks import StackedMLP

__all__ = ["Apart", "Autoencoder", "Boosts", "Convolution", "Lola", "Sequence", "Sets", "build"]


def build(settings, *, seeds, inputs, shape=(), dtype=torch.float32, learnt=None):
    """K networks of one architecture, a `networks.Stack`. Model k starts from `seeds[k]` alone.

    Parameters
    ----------
    settings : dict
        As of `training.Settings`: `architecture`, its own settings `network`, and for the perceptron its layers.
    seeds : sequence of K integers
    inputs : int
        Numbers of an event, D.
    shape : tuple
        Of the array that they are; () for features.
    dtype : torch.dtype
    learnt : training.Learnt, optional
        What the models learn from, for scaling and start; without it a state is to be loaded.

    Raises
    ------
    InputError
        If the architecture does not take inputs of this shape.
    """
    return BUILDERS[settings.get("architecture", "perceptron")](settings, seeds, inputs, shape, dtype, learnt)


def _perceptron(settings, seeds, inputs, shape, dtype, learnt):
    """Layers of units, the models of a stack in one product a layer; inputs are standardised one by one."""
    if shape:
        raise InputError(
            f"a perceptron takes features, and its input is an array of shape {shape}; "
            "name another architecture of the method"
        )
    return StackedMLP(
        seeds,
        (inputs, *settings["hidden_layers"], 1),
        activation=settings["activation"],
        batch_normalisation=settings["batch_normalisation"],
        dropout=settings["dropout"],
        scaling=learnt.scaling() if learnt else (torch.zeros(len(seeds), inputs), torch.ones(len(seeds), inputs)),
        dtype=dtype,
        matmul=settings.get("matmul", "auto"),
    )


def _apart(make):
    """A builder of modules side by side."""

    def builder(settings, seeds, inputs, shape, dtype, learnt):
        return Apart(lambda: make(inputs, tuple(shape), **settings["network"]), inputs, seeds, dtype, learnt)

    return builder


BUILDERS = {
    "perceptron": _perceptron,
    "convolution": _apart(Convolution),
    "constituents": _apart(constituents.build),
    "autoencoder": _apart(Autoencoder),
}
