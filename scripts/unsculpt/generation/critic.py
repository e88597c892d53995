"""Critics of a Wasserstein GAN, and the penalty on their gradient (arXiv:1704.00028)."""

import torch

from unsculpt.products import product

SLOPE = 0.1  # of the leaky ReLU of `networks`


def input_gradient(network, x):
    """d(output) / d(input), (K, n, inputs), of a one-output `networks.StackedMLP` with leaky ReLU.

    Written as forward products: the masks of a piecewise linear network have no derivative, so a penalty on this
    gradient needs one ordinary backward pass instead of a double one.

    Parameters
    ----------
    network : networks.StackedMLP
        Without normalisation, dropout and scaling.
    x : tensor, shape (K, n, inputs)
    """
    masks = []
    with torch.no_grad():
        for weight, bias in zip(network.weight[:-1], network.bias[:-1], strict=True):
            x = product(bias, x, weight, network.library)
            masks.append(torch.where(x > 0, x.new_tensor(1.0), x.new_tensor(SLOPE)))
            x = x * masks[-1]
    gradient = network.weight[-1].transpose(1, 2)  # (K, 1, units)
    for weight, mask in zip(reversed(network.weight[:-1]), reversed(masks), strict=True):
        none = weight.new_zeros(len(weight), 1, weight.shape[1])
        gradient = product(none, gradient * mask, weight.transpose(1, 2), network.library)
    return gradient


def penalty(network, x):
    """Mean of (|gradient| - 1)^2 at the points x, (K, n, inputs), and the mean norm; (K,) each."""
    norm = input_gradient(network, x).square().sum(-1).add(1e-12).sqrt()
    return (norm - 1).square().mean(1), norm.detach().mean(1)
