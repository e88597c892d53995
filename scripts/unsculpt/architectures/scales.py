"""How inputs are scaled: centre and width of each number of an event, from the events that a model learns from.

Events x are (n, D) with weights that sum to one, (n,). Some thousands at a time are looked at, in double precision.
"""

import torch
from scipy.sparse import csr_array

AT_ONCE = 4096
SPARSE = 0.1  # of the numbers are not zero: below this it is faster to multiply these alone


def parts(x, weight):
    """The events and their weights, part by part, in double precision."""
    for events, weights in zip(x.split(AT_ONCE), weight.split(AT_ONCE), strict=True):
        yield events.double(), weights.double()


def average(function, x, weight):
    """Weighted mean of a function of the events, (n, D) -> (n, ...)."""
    return sum(torch.tensordot(weights, function(events), 1) for events, weights in parts(x, weight))


def products(x, weight):
    """Weighted sum of the products of all pairs of numbers of an event, (n, D) -> (D, D); most pixels are dark."""
    weighted = weight[:, None] * x
    if x.device.type != "cpu" or x.count_nonzero() > SPARSE * x.numel():
        return weighted.T @ x
    return torch.from_numpy((csr_array(weighted.numpy()).T @ csr_array(x.numpy())).toarray())


def harmless(width, like=1.0):
    """Widths, with one in the place of those that are zero but for rounding."""
    return torch.where(width > 1e-7 * like, width, torch.ones_like(width))


def of_features(x, weight):
    """Each by its mean and standard deviation."""
    centre = average(lambda x: x, x, weight)
    return centre, harmless(average(lambda x: (x - centre).square(), x, weight).sqrt(), centre.abs())


def of_image(x, weight):
    """All pixels by their common root mean square; what is dark stays zero."""
    width = average(lambda x: x.square().mean(1), x, weight).sqrt()
    return torch.zeros(x.shape[1], dtype=width.dtype), harmless(width).expand(x.shape[1])


def of_fields(fields, x, weight):
    """Each field by mean and standard deviation over the constituents that are present, (F,) each, and their number.

    `fields` gives those of events: (n, D) -> (n, C, F) and whether a constituent is present, (n, C), as a number.
    """

    def total(function):
        def summed(x):
            values, present = fields(x)
            return (function(values) * present.unsqueeze(-1)).sum(1)

        return average(summed, x, weight)

    number = average(lambda x: fields(x)[1].sum(1), x, weight)
    some = number.clamp(min=1e-300)
    centre = total(lambda values: values) / some
    width = (total(lambda values: (values - centre).square()) / some).sqrt()
    return centre, harmless(width, centre.abs()), number
