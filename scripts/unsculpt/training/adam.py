"""The optimiser of a stack: Adam that rounds a model in the same way whatever stands beside it."""

import torch

from unsculpt.patches.torch import Adam
from unsculpt.rounding import VECTOR


class StackedAdam(Adam):
    """Adam (arXiv:1412.6980) on one long tensor, in which each parameter begins with a whole vector.

    The fused kernel rounds the last numbers of a tensor, which do not fill a vector of the processor, differently from
    the others; which numbers these are depends on the size of the stack. So behind each parameter is an idle end, as
    long as it takes. And one tensor is optimised in a third of the time of twenty short ones.
    """

    def __init__(self, parameters):
        self.parameters = list(parameters)
        lengths = [-(-parameter.numel() // VECTOR) * VECTOR for parameter in self.parameters]
        self.whole = torch.nn.Parameter(self.parameters[0].new_zeros(sum(lengths)))
        self.whole.grad = torch.zeros_like(self.whole)
        self.gradients = []
        for parameter, place, idle in self._places(lengths):
            place.copy_(parameter.data)
            parameter.data = place
            self.gradients.append(idle)
        super().__init__([self.whole], fused=True)

    def _places(self, lengths):
        """Each parameter with the views of its numbers and of its gradient in the long tensors."""
        parts = self.whole.data.split(lengths), self.whole.grad.split(lengths)
        for parameter, *views in zip(self.parameters, *parts, strict=True):
            yield parameter, *(view[: parameter.numel()].view(parameter.shape) for view in views)

    def zero_grad(self, set_to_none=True):
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self):
        """One step."""
        torch._foreach_copy_(self.gradients, [parameter.grad for parameter in self.parameters])
        super().step()
