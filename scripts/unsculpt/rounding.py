"""Arithmetic that rounds the numbers of a model in the same way wherever they lie, and so in any stack.

Two things make a result depend on its place. A vectorised function treats the last numbers of a tensor, which do not
fill a vector of the processor, by scalar code, which rounds differently (sigmoid and softplus do, of what is used here;
exp, log, tanh and erf do not). And MKL, on AMD processors, chooses how to sum a member of a batched product by the
alignment of its first number in memory. The remedy for both is an idle end: whole vectors, whole lines of the cache.
"""

from math import gcd

import torch
import torch.nn.functional as F

VECTOR = 32  # numbers; a multiple of what a processor treats at once
LINE = 16  # numbers of a line of the cache, 64 bytes in single precision, at which torch lets every tensor begin


def in_whole_vectors(function):
    """A function of each number, for tensors (..., n): on the way the last axis is filled up to whole vectors."""

    def filled(x):
        numbers = x.shape[-1]
        idle = -numbers % VECTOR if x.device.type == "cpu" else 0
        return function(F.pad(x, (0, idle)))[..., :numbers] if idle else function(x)

    return filled


sigmoid = in_whole_vectors(torch.sigmoid)
softplus = in_whole_vectors(F.softplus)


def aligned_product(bias, x, weight):
    """bias + x @ weight, (K, 1, out), (K, batch, in) and (K, in, out) -> (K, batch, out), and gradients alike.

    Batch and outputs are filled up until each model begins at a line of the cache in all that is multiplied or comes
    out, backward too; batches and layers of whole multiples of 16 are so already.
    """
    if x.device.type != "cpu":
        return torch.baddbmm(bias, x, weight)
    rows, (inputs, outputs) = x.shape[1], weight.shape[1:]
    idle_rows, idle_outputs = -rows % LINE, -outputs % (LINE // gcd(inputs, LINE))
    if x.data_ptr() % (4 * LINE):
        x = x.clone()  # a view of another tensor, or memory of another library
    if not (idle_rows or idle_outputs):
        return _product(bias, x, weight)
    x, weight, bias = F.pad(x, (0, 0, 0, idle_rows)), F.pad(weight, (0, idle_outputs)), F.pad(bias, (0, idle_outputs))
    return _product(bias, x, weight)[:, :rows, :outputs]


def _product(bias, x, weight):
    """The product of what is aligned.

    A stack of one with a side of one (a single output, say) would be a product of matrix and vector, which the library
    sums in another order than the batched product; doing it twice keeps a model the same.
    """
    if len(x) == 1 and 1 in (x.shape[2], weight.shape[2]):
        bias, x, weight = (tensor.expand(2, -1, -1) for tensor in (bias, x, weight))
        return torch.baddbmm(bias, x, weight)[:1]
    return torch.baddbmm(bias, x, weight)
