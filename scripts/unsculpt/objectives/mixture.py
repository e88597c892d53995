"""A mixture of truncated Gaussians: its logarithm and the gradient of it, written out."""

import math

import torch

from unsculpt.rounding import sigmoid, softplus

NARROWEST = 0.01  # width of a Gaussian, of the range


def mixture_loss(output, variable):
    """-log p(value | score) in nats; output (K, B, 3C) -> (K, B).

    p is a mixture of C Gaussians, each truncated to [0, 1], as in arXiv:1611.01046 with a mixture density network;
    everything in logarithms, since log(p + epsilon) hides a collapse.
    """
    return _Mixture.apply(output, variable.value)


class _Mixture(torch.autograd.Function):
    """The loss with its gradient in closed form, a third of the operations of one that is found step by step.

    Of a Gaussian with mean mu and width sigma, truncated, at x: with a = (1 - mu) / (sqrt(2) sigma), b = mu / (sqrt(2)
    sigma), the pull u = (x - mu) / sigma and its share I = (erf a + erf b) / 2 within [0, 1],

        log g           = - u^2 / 2 - log sigma - log I
        d log g / dmu   = (u - (e^(-b^2) - e^(-a^2)) / (sqrt(2 pi) I)) / sigma
        d log g / dsigma = (u^2 - 1 + (a e^(-a^2) + b e^(-b^2)) / (sqrt(pi) I)) / sigma.
    """

    @staticmethod
    def forward(ctx, output, value):
        """The loss, and its gradient where one is asked for."""
        share, position, width = output.transpose(1, 2).contiguous().chunk(3, 1)  # (K, C, B): whole rows of events
        mu, sigma = sigmoid(position), softplus(width) + NARROWEST
        root = sigma * math.sqrt(2)
        pull, above, below = (value.unsqueeze(1) - mu) / sigma, (1 - mu) / root, mu / root
        inside = torch.erf(above).add_(torch.erf(below)).mul_(0.5)  # of each Gaussian, between 0 and 1
        log_share = torch.log_softmax(share, 1)
        log_terms = log_share - torch.log(sigma * inside).addcmul_(pull, pull, value=0.5)
        highest = log_terms.amax(1, keepdim=True)
        terms = log_terms.sub_(highest).exp_()
        total = terms.sum(1, keepdim=True)
        if ctx.needs_input_grad[0]:
            part = terms.div_(total)  # of each Gaussian in p
            ends = torch.exp(above.square().neg_()), torch.exp(below.square().neg_())
            per_mean = (ends[1] - ends[0]).div_(inside).mul_(-1 / math.sqrt(2 * math.pi)).add_(pull)
            per_width = (ends[0].mul_(above).addcmul_(ends[1], below)).div_(inside).mul_(1 / math.sqrt(math.pi))
            per_width.addcmul_(pull, pull).sub_(1)
            part_over_width = part / sigma
            gradient = torch.cat(
                [
                    log_share.exp_().sub_(part),
                    per_mean.mul_(part_over_width).mul_(mu).mul_(mu - 1),
                    per_width.mul_(part_over_width).mul_(sigmoid(width)).neg_(),
                ],
                1,
            )
            ctx.save_for_backward(gradient)
        return 0.5 * math.log(2 * math.pi) - (torch.log(total) + highest).squeeze(1)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, upstream):
        """Times the gradient of what follows, (K, B)."""
        (gradient,) = ctx.saved_tensors
        return (gradient * upstream.unsqueeze(1)).transpose(1, 2), None
