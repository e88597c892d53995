"""Autoencoders: what of an event passes through a few numbers, and what is lost on the way."""

import torch
from torch import nn

from unsculpt.architectures import scales
from unsculpt.architectures.apart import layers
from unsculpt.architectures.convolution import Image
from unsculpt.errors import InputError

KERNEL, STEP, EDGE = 4, 2, 1  # of a convolution that halves both sides of an image
LEAST_SIDE = 2


class Autoencoder(nn.Module):
    """Starts as the best linear autoencoder; all else that it learns, before and behind the bottleneck, starts at zero.

    The best linear autoencoder goes through the principal components of the background that trains; an untrained one is
    far worse than it, and may well reconstruct an unknown signal better than what it should learn. Inputs z are scaled:
    features by their mean and standard deviation, an array by one common factor or field by field, and all of them so
    that the mean of z^2 over inputs and events is one. With mean m, components C and corrections e and d,

        code c = (z - m) C + w e(z - m),   result r = c C^T + d(c / w) + m,   w the width of the code at the start.

    The output is r - z, (n, D): what the autoencoder makes wrong, whose mean square is one if it gives nothing back.
    Of kind linear there are no corrections and nothing learns; without any component the result is the mean.

    Parameters
    ----------
    inputs : int
    shape : tuple
        Of the array that the inputs are; () for features.
    kind : "dense", "convolution" or "linear"
        Of the corrections.
    scale : "common" or "fields"
        Of an array; of fields, those of constituents whose first field is zero are absent, and scaled to zero.
    bottleneck, hidden_layers, channels
        The configuration `architectures.autoencoder`.
    """

    def __init__(self, inputs, shape, kind, scale, bottleneck, hidden_layers, channels):
        super().__init__()
        if bottleneck >= inputs:
            raise InputError(
                f"architectures.autoencoder.bottleneck {bottleneck} lets all {inputs} inputs pass; give fewer"
            )
        if kind == "convolution" and (len(shape) != 2 or min(shape) < LEAST_SIDE ** len(channels)):
            raise InputError(
                f"architectures.autoencoder.kind is convolution with {len(channels)} halvings of the input, which is "
                f"no array of at least {LEAST_SIDE ** len(channels)} x {LEAST_SIDE ** len(channels)} numbers "
                f"but of shape {shape}; take dense, or fewer channels"
            )
        self.inputs, self.sides = inputs, (inputs, bottleneck)
        self.fields = shape[-1] if shape and scale == "fields" else 0
        self.array = bool(shape)
        self.register_buffer("centre", torch.empty(inputs))
        self.register_buffer("width", torch.empty(inputs))
        self.register_buffer("spread", torch.empty(()))
        self.mean = nn.Parameter(torch.empty(inputs))
        self.components = nn.Parameter(torch.empty(inputs, bottleneck))
        self.back = nn.Parameter(torch.empty(bottleneck, inputs))
        self.encoder = self.decoder = None
        if kind == "linear":
            self.requires_grad_(False)
        elif kind == "convolution":
            self.encoder, self.decoder = convolutions(shape, channels, hidden_layers, bottleneck)
        else:
            self.encoder = layers((inputs, *hidden_layers, bottleneck))
            self.decoder = layers((bottleneck, *reversed(hidden_layers), inputs))

    def forward(self, x):
        """What is wrong with each input, (n, D) -> (n, D), in units of its scale."""
        z = self.scaled(x, self.centre, self.width)
        shifted = z - self.mean
        code = shifted @ self.components
        if self.encoder is None:
            return code @ self.back + self.mean - z
        code = code + self.spread * self.encoder(shifted)
        return code @ self.back + self.decoder(code / self.spread) + self.mean - z

    def scaled(self, x, centre, width):
        """Inputs about their centre in units of their width, (n, D)."""
        z = (x - centre) / width
        if not self.fields:
            return z
        return (z.unflatten(1, (-1, self.fields)) * self.there(x).unsqueeze(-1)).flatten(1)

    def there(self, x):
        """Whether each constituent is present, (n, C), as a number."""
        return (x.unflatten(1, (-1, self.fields))[..., 0] != 0).to(x.dtype)

    def typical(self, state, normal):
        """Events of the scale of these numbers; of constituents a fifth is absent."""
        x = state["centre"] + state["width"] * normal(self.inputs)
        if not self.fields:
            return x
        there = normal(self.inputs // self.fields, 1) < 0.84
        return torch.where(there, x.unflatten(1, (-1, self.fields)), 0).flatten(1)

    def start(self, state, x, weight):
        """Scales and principal components of these events, (n, D), with weights that sum to one."""
        if self.fields:
            found = scales.of_fields(lambda x: (x.unflatten(1, (-1, self.fields)), self.there(x)), x, weight)
            centre, width = (value.repeat(x.shape[1] // self.fields) for value in found[:2])
        else:
            centre, width = (scales.of_image if self.array else scales.of_features)(x, weight)
        content = scales.average(lambda x: self.scaled(x, centre, width).square().mean(1), x, weight)
        width = width * scales.harmless(content.sqrt())
        middle = scales.average(lambda x: self.scaled(x, centre, width), x, weight)
        state["centre"], state["width"], state["mean"] = centre, width, middle
        covariance = 0
        for events, weights in scales.parts(x, weight):
            covariance = covariance + scales.products(self.scaled(events, centre, width), weights)
        values, vectors = torch.linalg.eigh(covariance - middle[:, None] * middle)
        first = x.shape[1] - state["components"].shape[1]
        state["components"] = vectors[:, first:]
        state["back"] = vectors[:, first:].T.contiguous()
        if self.encoder is None:
            return
        state["spread"] = values[first:].clamp(min=1e-12).mean().sqrt()
        for network in ("encoder", "decoder"):
            last = max(int(name.split(".")[1]) for name in state if name.startswith(f"{network}."))
            state[f"{network}.{last}.weight"].zero_()


def convolutions(shape, channels, hidden_layers, bottleneck):
    """An encoder of convolutions that halve both sides, and a decoder back, of flat images."""
    sides, encoder, decoder = [shape], [Image(shape)], []
    for before, after in zip((1, *channels), channels, strict=False):
        encoder += [nn.Conv2d(before, after, KERNEL, STEP, EDGE), nn.LeakyReLU(0.1)]
        odd = tuple(side % 2 for side in sides[-1])
        parts = [nn.ConvTranspose2d(after, before, KERNEL, STEP, EDGE, output_padding=odd)]
        decoder = [*parts, *([nn.LeakyReLU(0.1)] if decoder else []), *decoder]
        sides.append(tuple(side // 2 for side in sides[-1]))
    small = (channels[-1], *sides[-1])
    flat = small[0] * small[1] * small[2]
    encoder += [nn.Flatten(), *layers((flat, *hidden_layers, bottleneck))]
    decoder = [
        *layers((bottleneck, *reversed(hidden_layers), flat), last=True),
        nn.Unflatten(1, small),
        *decoder,
        nn.Flatten(),
    ]
    return nn.Sequential(*encoder), nn.Sequential(*decoder)
