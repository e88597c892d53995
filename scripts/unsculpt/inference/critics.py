"""Critics of the Wasserstein distance with gradient penalty (arXiv:1704.00028), K of them as one stack."""

import torch

from unsculpt.inference.drawing import draw
from unsculpt.networks import StackedMLP

SLOPE = 0.1  # of the leaky ReLU, as in `networks.ACTIVATIONS`


class Critic(StackedMLP):
    """A stacked perceptron with leaky ReLU and one output, whose gradient is written out.

    The gradient with respect to the input is a chain of ordinary products: leaky ReLU is linear on either side, so its
    masks have no derivative. The penalty then needs one backward pass where a double one would be needed.
    """

    def __init__(self, seeds, inputs, hidden):
        super().__init__(seeds, (inputs, *hidden, 1), activation="leaky_relu", matmul="torch")

    def input_gradient(self, x):
        """d output / d x, shape (K, n, inputs) as x."""
        masks = []
        with torch.no_grad():
            for weight, bias in zip(self.weight[:-1], self.bias[:-1], strict=True):
                x = torch.baddbmm(bias, x, weight)
                masks.append(torch.where(x > 0, 1.0, SLOPE).to(x.dtype))
                x = x * masks[-1]
        gradient = self.weight[-1].transpose(1, 2)  # (K, 1, units)
        for weight, mask in zip(reversed(self.weight[:-1]), reversed(masks), strict=True):
            gradient = torch.matmul(gradient * mask, weight.transpose(1, 2))
        return gradient


def gradient_penalty(critic, real, fake, generators=None, between=None):
    """Mean of (|gradient| - 1)^2 at random points between both samples, (K,) (arXiv:1704.00028, eq. 3)."""
    if between is None:
        between = draw(torch.rand, generators, (real.shape[1], 1))
    norm = critic.input_gradient(between * real + (1 - between) * fake).square().sum(-1).add(1e-12).sqrt()
    return (norm - 1).square().mean(1)
