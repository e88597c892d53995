"""A pass over batches, whose operations are recorded once and replayed where that is faster: on a GPU."""

import logging
from contextlib import contextmanager

import torch

from unsculpt.networks import StackedMLP

WARM_UP = 3  # runs before a recording, in which the libraries set themselves up


class Pass:
    """The same work on each batch of a part of the events.

    On a GPU it takes longer to launch the hundreds of operations of a batch than to do them. So they are recorded once,
    as a CUDA graph, and replayed. Then nothing in them may come from the CPU: which batch it is, its rows, the learning
    rates and the pace of the strength are tensors on the device, and the number of the batch moves on by itself. On a
    CPU the same function is called.

    Parameters
    ----------
    training : Training
    work : callable
        Takes row numbers, (K, batch), and gives losses, (2, K).
    plan : tensor, shape (steps, starts, batch)
        Row numbers of each batch for each of `Training.starts`; later passes have the same shape.
    now : sequence of tensors
        What the work reads and what changes from step to step.
    values : sequence of tensors, shape (steps, ...)
        Their values in each step.
    """

    def __init__(self, training, work, plan, now=(), values=()):
        self.training, self.work, self.now = training, work, now
        self.plan, self.values = plan.clone(), [value.clone() for value in values]
        self.number = torch.zeros(1, dtype=torch.int64, device=plan.device)  # of the batch whose turn it is
        shape = len(plan), 2, len(training.members)
        self.losses = torch.zeros(shape, dtype=training.strength.dtype, device=plan.device)
        self.do = recorded(self.batch, training) if plan.is_cuda else self.batch

    def __call__(self, plan, values=()):
        """The mean losses, (2, K)."""
        for mine, new in zip((self.plan, *self.values), (plan, *values), strict=True):
            mine.copy_(new)
        self.number.zero_()
        for _ in range(len(plan)):
            self.do()
        return self.losses.permute(1, 2, 0).contiguous().mean(-1)

    def batch(self):
        """The work on the batch whose turn it is."""
        for now, values in zip(self.now, self.values, strict=True):
            now.copy_(values[self.number][0])
        rows = self.plan[self.number][0][self.training.start_row]
        self.losses.index_copy_(0, self.number, self.work(rows)[None])
        self.number.add_(1).remainder_(len(self.plan))


def recorded(function, training):
    """A function that replays what `function` does on the GPU; `function` itself where that cannot be recorded.

    The networks and their optimisers are as before, whatever came of it.
    """
    before = {id(tensor): tensor.detach().clone() for tensor in _tensors(training)}  # out of any graph of gradients
    try:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                function()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with _capturable(training.optimisers), torch.cuda.graph(graph):
            function()
        return graph.replay
    except RuntimeError as error:
        reason = str(error.__context__ or error).partition("\n")[0]  # the end of a recording fails in turn
        logging.info("a step cannot be recorded (%s); its operations are launched one by one, which is slower", reason)
        return function
    finally:
        with torch.no_grad():
            for tensor in _tensors(training):
                tensor.copy_(before[id(tensor)]) if id(tensor) in before else tensor.zero_()  # Adam starts from zero


def _tensors(training):
    """All that a step changes."""
    parts = []
    for module in (training.classifier, training.objective):
        parts.append([*module.parameters(), *module.buffers()])
        parts += [network.masks.tensors() for network in module.modules() if isinstance(network, StackedMLP)]
    for optimiser, _ in training.optimisers:
        parts += [group["params"] for group in optimiser.param_groups]
        parts += [[value for value in state.values() if torch.is_tensor(value)] for state in optimiser.state.values()]
    return [tensor for part in parts for tensor in part]


@contextmanager
def _capturable(optimisers):
    """Let the optimisers be recorded; outside a recording torch warns of this setting."""
    groups = [group for optimiser, _ in optimisers for group in optimiser.param_groups]
    for group in groups:
        group["capturable"] = True
    try:
        yield
    finally:
        for group in groups:
            group["capturable"] = False
