"""How inputs are scaled: centre and width of each number of an event, from the events that a model learns from."""

import torch

from unsculpt.architectures.apart import mean


def harmless(width, like=1.0):
    """Widths, with one in the place of those that are zero but for rounding."""
    return torch.where(width > 1e-7 * like, width, torch.ones_like(width))


def of_features(x, weight):
    """Each by its mean and standard deviation."""
    centre = mean(x, weight)
    return centre, harmless(mean((x - centre).square(), weight).sqrt(), centre.abs())


def of_image(x, weight):
    """All pixels by their common root mean square; what is dark stays zero."""
    width = mean(x.square().mean(1), weight).sqrt()
    return torch.zeros(x.shape[1], dtype=x.dtype), harmless(width).expand(x.shape[1])


def of_fields(x, weight, present):
    """Each field by mean and standard deviation over the constituents that are present: x (n, C, F), present (n, C)."""
    counts = weight[:, None] * present
    total = counts.sum().clamp(min=1e-300)
    centre = torch.einsum("nc,ncf->f", counts, x) / total
    width = (torch.einsum("nc,ncf->f", counts, (x - centre).square()) / total).sqrt()
    return centre, harmless(width, centre.abs())
