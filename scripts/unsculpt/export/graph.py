"""A graph of ONNX as it grows, and the layers of torch as its nodes."""

import numpy as np
from onnx import helper, numpy_helper
from torch import nn

from unsculpt.architectures.convolution import Image

OPSET, IR = 17, 8  # of 2022: programs that are not of this year read them too


class Graph:
    """Nodes and constants in the order in which they are made."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, tensor):
        """A tensor of numbers in single precision; its name."""
        return self._keep(name, np.ascontiguousarray(tensor.detach().float().numpy()))

    def integers(self, name, values):
        """Integers, a shape or axes say; their name."""
        return self._keep(name, np.array(values, np.int64))

    def _keep(self, name, array):
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind, inputs, output, **attributes):
        """An operator; the name of its output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output

    def reshaped(self, x, shape, name):
        """Another shape of each event, (n, ...) -> (n, *shape)."""
        return self.node("Reshape", [x, self.integers(f"{name}/shape", (0, *shape))], name)

    def summed(self, x, axis, name):
        """A sum over an axis, which goes."""
        return self.node("ReduceSum", [x, self.integers(f"{name}/axis", [axis])], name, keepdims=0)

    def layers(self, sequence, state, x, name):
        """The nodes of an `nn.Sequential`, the numbers of which are in `state` by their names in it."""
        for place, layer in enumerate(sequence):
            own = {of: state[f"{place}.{of}"] for of in ("weight", "bias") if f"{place}.{of}" in state}
            x = LAYERS[type(layer)](self, layer, own, x, f"{name}/{place}")
        return x


def _linear(graph, layer, own, x, name):
    """A product that takes any number of axes before the last."""
    weight = graph.constant(f"{name}/weight", own["weight"].T)
    product = graph.node("MatMul", [x, weight], f"{name}/product")
    return graph.node("Add", [product, graph.constant(f"{name}/bias", own["bias"])], f"{name}/linear")


def _convolution(kind):
    def nodes(graph, layer, own, x, name):
        constants = [graph.constant(f"{name}/{of}", own[of]) for of in ("weight", "bias")]
        options = {"pads": [*layer.padding, *layer.padding], "strides": list(layer.stride)}
        if kind == "ConvTranspose":
            options["output_padding"] = list(layer.output_padding)
        return graph.node(kind, [x, *constants], f"{name}/convolution", **options)

    return nodes


def _pooled(graph, layer, own, x, name):
    sides = [layer.kernel_size] * 2
    return graph.node("MaxPool", [x], f"{name}/pooled", kernel_shape=sides, strides=sides)


def _array(graph, layer, own, x, name):
    return graph.reshaped(x, layer.unflattened_size, f"{name}/array")


LAYERS = {
    nn.Linear: _linear,
    nn.Conv1d: _convolution("Conv"),
    nn.Conv2d: _convolution("Conv"),
    nn.ConvTranspose2d: _convolution("ConvTranspose"),
    nn.MaxPool2d: _pooled,
    nn.LeakyReLU: lambda graph, layer, own, x, name: graph.node(
        "LeakyRelu", [x], f"{name}/activated", alpha=layer.negative_slope
    ),
    nn.Flatten: lambda graph, layer, own, x, name: graph.node("Flatten", [x], f"{name}/flat", axis=1),
    nn.Unflatten: _array,
    Image: _array,
}
