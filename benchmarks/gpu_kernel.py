"""How much is above a recorded step: `python benchmarks/gpu_kernel.py [--quick]`.

One step of K small classifiers (three hidden layers, cross-entropy, Adam) in one kernel, written in Triton, in which a
model stays in one multiprocessor: beside the same step in torch, recorded as a CUDA graph, in steps a second and in one
run. Nothing of unsculpt trains this way; docs/benchmarks.md says why. The last line is one JSON object. It needs a GPU
and torch for it, which brings Triton along.
"""

import argparse
import json
import math
import sys
import time

import torch
import torch.nn.functional as F
import triton
import triton.language as tl

INPUTS = 16  # padded: a kernel's product takes 16 at least
CASES = [(64, 1024, 21), (64, 1024, 1000), (16, 512, 40), (16, 512, 1000)]  # units, batch, models
PRECISIONS = {"ieee": "highest", "tf32x3": "highest", "tf32": "high"}  # of the kernel, and the nearest that torch has
SETTINGS = (1e-3, 0.9, 0.999, 1e-8)  # of Adam


@triton.jit
def adam(value, mean, square, place, gradient, mask, rate, first, second):
    """One step of Adam (arXiv:1412.6980); `first` and `second` are 1 - beta^t."""
    m = 0.9 * tl.load(mean + place, mask, 0.0) + 0.1 * gradient
    v = 0.999 * tl.load(square + place, mask, 0.0) + 0.001 * gradient * gradient
    tl.store(mean + place, m, mask)
    tl.store(square + place, v, mask)
    x = tl.load(value + place, mask, 0.0)
    tl.store(value + place, x - rate * (m / first) / (tl.sqrt(v / second) + 1e-8), mask)


@triton.jit
def fused(
    x, rows, w, w1, w2, w3, w4, b, m1, m2, m3, m4, mb, v1, v2, v3, v4, vb, loss, rate, first, second,
    BATCH: tl.constexpr, TILE: tl.constexpr, D: tl.constexpr, H: tl.constexpr, P: tl.constexpr,
):  # fmt: skip
    """Forward, backward and Adam of the model of this program; its gradients never leave the multiprocessor."""
    k = tl.program_id(0).to(tl.int64)
    d, h, t = tl.arange(0, D), tl.arange(0, H), tl.arange(0, TILE)
    first_layer = k * D * H + d[:, None] * H + h[None, :]
    layer = k * H * H + h[:, None] * H + h[None, :]
    last, biases = k * H + h, k * 4 * H
    a1, a2, a3, a4 = tl.load(w1 + first_layer), tl.load(w2 + layer), tl.load(w3 + layer), tl.load(w4 + last)
    b1, b2, b3 = tl.load(b + biases + h), tl.load(b + biases + H + h), tl.load(b + biases + 2 * H + h)
    b4 = tl.load(b + biases + 3 * H)
    of_background, of_signal = tl.zeros((TILE,), tl.float32), tl.zeros((TILE,), tl.float32)
    for i in range(0, BATCH, TILE):
        weight = tl.load(w + tl.load(rows + k * BATCH + i + t))
        of_signal += tl.where(i + t >= BATCH // 2, weight, 0.0)
        of_background += tl.where(i + t >= BATCH // 2, 0.0, weight)
    background, signal = tl.sum(of_background, 0), tl.sum(of_signal, 0)
    g1, g2, g3 = tl.zeros((D, H), tl.float32), tl.zeros((H, H), tl.float32), tl.zeros((H, H), tl.float32)
    c1, c2, c3 = tl.zeros((H,), tl.float32), tl.zeros((H,), tl.float32), tl.zeros((H,), tl.float32)
    g4, c4, total = tl.zeros((H,), tl.float32), 0.0, 0.0
    for i in range(0, BATCH, TILE):
        r = tl.load(rows + k * BATCH + i + t)
        of_class = i + t >= BATCH // 2
        weight = 0.5 * tl.load(w + r) / tl.where(of_class, signal, background)
        x0 = tl.load(x + r[:, None] * D + d[None, :])
        x1 = tl.maximum(tl.dot(x0, a1, input_precision=P) + b1[None, :], 0.0)
        x2 = tl.maximum(tl.dot(x1, a2, input_precision=P) + b2[None, :], 0.0)
        x3 = tl.maximum(tl.dot(x2, a3, input_precision=P) + b3[None, :], 0.0)
        z = tl.sum(x3 * a4[None, :], 1) + b4
        wrong = tl.where(of_class, -z, z)
        total += tl.sum(weight * (tl.maximum(wrong, 0.0) + tl.log(1.0 + tl.exp(-tl.abs(wrong)))), 0)
        g = weight * (1.0 / (1.0 + tl.exp(-z)) - tl.where(of_class, 1.0, 0.0))
        g4 += tl.sum(g[:, None] * x3, 0)
        c4 += tl.sum(g, 0)
        d3 = tl.where(x3 > 0, g[:, None] * a4[None, :], 0.0)
        g3 += tl.dot(tl.trans(x2), d3, input_precision=P)
        c3 += tl.sum(d3, 0)
        d2 = tl.where(x2 > 0, tl.dot(d3, tl.trans(a3), input_precision=P), 0.0)
        g2 += tl.dot(tl.trans(x1), d2, input_precision=P)
        c2 += tl.sum(d2, 0)
        d1 = tl.where(x1 > 0, tl.dot(d2, tl.trans(a2), input_precision=P), 0.0)
        g1 += tl.dot(tl.trans(x0), d1, input_precision=P)
        c1 += tl.sum(d1, 0)
    tl.store(loss + k, total)
    adam(w1, m1, v1, first_layer, g1, d[:, None] >= 0, rate, first, second)
    adam(w2, m2, v2, layer, g2, h[:, None] >= 0, rate, first, second)
    adam(w3, m3, v3, layer, g3, h[:, None] >= 0, rate, first, second)
    adam(w4, m4, v4, last, g4, h >= 0, rate, first, second)
    adam(b, mb, vb, biases + h, c1, h >= 0, rate, first, second)
    adam(b, mb, vb, biases + H + h, c2, h >= 0, rate, first, second)
    adam(b, mb, vb, biases + 2 * H + h, c3, h >= 0, rate, first, second)
    adam(b, mb, vb, biases + 3 * H + h, c4 + tl.zeros((H,), tl.float32), h == 0, rate, first, second)


class Stack:
    """K classifiers with their events and batches, which either way trains: `kernel` or `torch`."""

    def __init__(self, units, batch, models, *, precision="ieee", events=40_000, tile=64, device="cuda"):
        draws = torch.Generator().manual_seed(1)

        def weights(*shape, inputs, outputs):
            bound = math.sqrt(6 / (inputs + outputs))
            return (bound * (2 * torch.rand(models, *shape, generator=draws) - 1)).to(device)

        self.units, self.batch, self.precision, self.tile, self.steps = units, batch, precision, tile, 0
        self.parameters = [
            weights(INPUTS, units, inputs=INPUTS, outputs=units),
            weights(units, units, inputs=units, outputs=units),
            weights(units, units, inputs=units, outputs=units),
            weights(units, inputs=units, outputs=1),
            torch.zeros(models, 4, units, device=device),  # biases, a row a layer
        ]
        self.moments = [torch.zeros_like(p) for _ in range(2) for p in self.parameters]
        self.features = torch.randn(events, INPUTS, generator=draws).to(device)
        self.weight = (torch.rand(events, generator=draws) + 0.5).to(device)
        self.rows = torch.randint(events, (models, batch), generator=draws).to(device)  # the half is background
        self.loss = torch.zeros(models, device=device)
        self.optimiser = None

    def kernel(self):
        self.steps += 1
        corrections = [1 - beta**self.steps for beta in SETTINGS[1:3]]
        fused[(len(self.rows),)](
            *(self.features, self.rows, self.weight, *self.parameters, *self.moments, self.loss),
            *(SETTINGS[0], *corrections),
            **{"BATCH": self.batch, "TILE": self.tile, "D": INPUTS, "H": self.units, "P": self.precision},
        )

    def torch(self):
        if self.optimiser is None:
            on_gpu = {"fused": True, "capturable": True} if self.features.is_cuda else {}
            self.optimiser = torch.optim.Adam([p.requires_grad_() for p in self.parameters], lr=SETTINGS[0], **on_gpu)
        *weights, last, biases = self.parameters
        x, weight = F.embedding(self.rows, self.features), self.weight[self.rows]
        for layer, w in enumerate(weights):
            x = torch.relu(torch.baddbmm(biases[:, layer : layer + 1], x, w))
        z, half = (x @ last.unsqueeze(-1)).squeeze(-1) + biases[:, 3, :1], self.batch // 2
        parts = ((F.softplus(z), slice(half)), (F.softplus(-z), slice(half, None)))
        of_class = [(value * weight)[:, part].sum(1) / weight[:, part].sum(1) for value, part in parts]
        loss = 0.5 * sum(of_class)
        self.optimiser.zero_grad(set_to_none=True)
        loss.sum().backward()
        self.optimiser.step()
        self.loss.copy_(loss.detach())

    def recorded(self):
        """The step of torch as a CUDA graph."""
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.torch()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.torch()
        return graph.replay


def rate(step, seconds):
    """Steps a second."""
    for _ in range(3):
        step()
    torch.cuda.synchronize()
    start, steps = time.perf_counter(), 0
    while (taken := time.perf_counter() - start) < seconds:
        for _ in range(10):
            step()
        steps += 10
        torch.cuda.synchronize()
    return steps / taken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one stack")
    parser.add_argument("--seconds", type=float, default=0.3, help="of one measurement")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("torch sees no GPU here; there is nothing to measure")
    figures = {"gpu": torch.cuda.get_device_name(), "torch": torch.__version__, "triton": triton.__version__}
    print(f"{'':38} {'kernel':>8} {'graph':>8} {'ratio':>6}  model-events / s of the kernel")
    for units, batch, models in CASES[:1] if options.quick else CASES:
        for precision, of_torch in PRECISIONS.items():
            torch.set_float32_matmul_precision(of_torch)
            steps = [Stack(units, batch, models, precision=precision).kernel, Stack(units, batch, models).recorded()]
            kernel, graph = (rate(step, options.seconds) for step in steps)
            name = f"3x{units}, batch {batch}, {models} models, {precision}"
            print(f"{name:38} {kernel:8.0f} {graph:8.0f} {kernel / graph:6.2f}  {kernel * batch * models / 1e6:.0f} M")
            figures |= {name: round(kernel, 1), f"{name}, ratio": round(kernel / graph, 2)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
