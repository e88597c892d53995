"""The matrix products of layers: by torch's own library or, for wide layers where it is faster, by oneDNN."""

from functools import cache
from pathlib import Path

import torch

from unsculpt.errors import InputError
from unsculpt.rounding import aligned_product

WIDE = 128  # inputs and outputs of a layer from which on oneDNN can gain; it loses on narrow ones
OPERATOR = "_linear_pointwise"  # of torch.ops.mkldnn, for torch's own compiler: another torch may lack it


@cache
def library(matmul):
    """The library for wide layers, torch or onednn, that `training.matmul` (auto, torch or onednn) means here.

    `auto` looks at the type of the processor and times nothing: two runs on one machine have to round alike. The
    library that torch is built with (MKL) leaves the AVX-512 of AMD processors unused and is half as fast there as
    oneDNN; on Intel processors it is the faster one.

    Raises
    ------
    InputError
        If oneDNN is asked for and this torch has no way to it.
    """
    if matmul == "onednn" and not available():
        raise InputError(f"training.matmul is onednn but torch {torch.__version__} cannot use it; use auto or torch")
    if matmul != "auto":
        return matmul
    unused = maker() == "AuthenticAMD" and torch.backends.cpu.get_cpu_capability() == "AVX512"
    return "onednn" if available() and unused and torch.backends.mkl.is_available() else "torch"


def available():
    """Whether this torch has oneDNN and a way to it."""
    return torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, OPERATOR)


def maker(cpuinfo="/proc/cpuinfo"):
    """Who made the processor, as Linux tells it; empty where nothing is told."""
    try:
        lines = Path(cpuinfo).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("vendor_id")), "")


def product(bias, x, weight, by="torch"):
    """bias + x @ weight for each model, (K, batch, in) and (K, in, out) -> (K, batch, out), the same in any stack."""
    if by == "onednn" and min(weight.shape[1:]) >= WIDE and x.dtype == torch.float32 and x.device.type == "cpu":
        return OneDNN.apply(bias, x, weight)
    return aligned_product(bias, x, weight)


class OneDNN(torch.autograd.Function):
    """`product` through oneDNN, model by model: a model is the same in any stack."""

    @staticmethod
    def forward(ctx, bias, x, weight):
        ctx.save_for_backward(x, weight)
        return torch.stack([_linear(a, w.T, b[0]) for a, w, b in zip(x, weight, bias, strict=True)])

    @staticmethod
    def backward(ctx, gradient):
        x, weight = ctx.saved_tensors
        of_x = of_weight = None
        if ctx.needs_input_grad[1]:
            of_x = torch.stack([_linear(g, w) for g, w in zip(gradient, weight, strict=True)])
        if ctx.needs_input_grad[2]:
            of_weight = torch.stack([_linear(a.T, g.T) for a, g in zip(x, gradient, strict=True)])
        return gradient.sum(1, keepdim=True), of_x, of_weight


def _linear(x, weight, bias=None):
    """x @ weight.T + bias, (n, in) and (out, in) -> (n, out)."""
    return getattr(torch.ops.mkldnn, OPERATOR)(x, weight, bias, "none", [], "")
