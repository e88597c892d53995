"""The optimiser of a stack: Adam that rounds a model in the same way whatever stands beside it."""

import torch

from unsculpt.rounding import VECTOR


class StackedAdam(torch.optim.Adam):
    """Adam (arXiv:1412.6980) in whole vectors.

    The fused kernel rounds the last numbers of a tensor, which do not fill a vector of the processor, differently from
    the others; which numbers these are depends on the size of the stack. So a parameter whose models do not fill whole
    vectors (a single bias, say) moves into a longer tensor with an idle end, and that one is optimised.
    """

    def __init__(self, parameters):
        self.longer = []  # (parameter, the longer tensor whose beginning it is)
        super().__init__([self._whole(parameter) for parameter in parameters], fused=True)

    def _whole(self, parameter):
        if parameter[0].numel() % VECTOR == 0:
            return parameter
        whole = torch.nn.Parameter(parameter.new_zeros(-(-parameter.numel() // VECTOR) * VECTOR))
        whole.data[: parameter.numel()] = parameter.data.flatten()
        parameter.data = whole.data[: parameter.numel()].view(parameter.shape)
        self.longer.append((parameter, whole))
        return whole

    def zero_grad(self, set_to_none=True):
        """Forget the gradients."""
        super().zero_grad(set_to_none)
        for parameter, _ in self.longer:
            parameter.grad = None

    def step(self):
        """One step."""
        for parameter, whole in self.longer:
            whole.grad = torch.zeros_like(whole)
            whole.grad[: parameter.numel()] = parameter.grad.flatten()
        super().step()
