"""Convolutions of an image."""

import torch
from torch import nn

from unsculpt.architectures import scales
from unsculpt.architectures.apart import layers
from unsculpt.errors import InputError


class Image(nn.Unflatten):
    """Flat images, (n, rows * columns), as (n, 1, rows, columns), with the channels last in memory.

    Convolutions keep this order, in which they and maxima take a half to a third of the time on a CPU.
    """

    def __init__(self, shape):
        super().__init__(1, (1, *shape))

    def forward(self, x):
        return x.unflatten(1, (*self.unflattened_size[1:], 1)).permute(0, 3, 1, 2)


class Convolution(nn.Module):
    """Convolutions of 3 x 3, each followed by the maximum of 2 x 2 pixels, and layers of units: a logit of each image.

    Pixels are in units of their common root mean square, so that dark ones stay zero and bright ones bright.

    Parameters
    ----------
    inputs : int
    shape : (rows, columns)
    channels, hidden_layers
        The configuration `architectures.convolution`.
    """

    def __init__(self, inputs, shape, channels, hidden_layers):
        super().__init__()
        if len(shape) != 2:
            found = f"an array of shape {shape}" if shape else f"{inputs} features"
            raise InputError(
                f"the architecture convolution takes an image, an array of two dimensions, and its input is {found}; "
                "name an image in inputs of the method, or another architecture"
            )
        self.register_buffer("centre", torch.empty(inputs))
        self.register_buffer("width", torch.empty(inputs))
        parts, sides = [Image(shape)], shape
        for before, after in zip((1, *channels), channels, strict=False):
            parts.append(nn.Conv2d(before, after, 3, padding=1))
            if min(sides) > 1:
                parts.append(nn.MaxPool2d(2))
                sides = [side // 2 for side in sides]
            parts.append(nn.LeakyReLU(0.1))  # of the maximum: the same as the maximum of it, of a fourth of the pixels
        flat = channels[-1] * sides[0] * sides[1]
        self.layers = nn.Sequential(*parts, nn.Flatten(), *layers((flat, *hidden_layers, 1)))

    def forward(self, x):
        """Logits, (n, 1), of flat images, (n, D)."""
        return self.layers((x - self.centre) / self.width)

    def typical(self, state, normal):
        """Images of the scale of these numbers."""
        return 3 * state["width"] * normal(len(state["width"]))

    def start(self, state, x, weight):
        """The scale of these images, (n, D), with weights that sum to one."""
        state["centre"], state["width"] = scales.of_image(x, weight)
