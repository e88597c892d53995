"""The nodes of a network of each architecture: from its inputs to its score."""

import torch

from unsculpt.architectures import Autoencoder, Convolution, Lola, Sets
from unsculpt.architectures.constituents import TINY
from unsculpt.networks import EPSILON, StackedMLP
from unsculpt.tasks import FLOOR, KNOTS, Inverse, tails

ACTIVATIONS = {"relu": ("Relu", {}), "leaky_relu": ("LeakyRelu", {"alpha": 0.1}), "tanh": ("Tanh", {})}


def score(graph, network, given, prefix):
    """The nodes of a stack of one; the name of its score, (n, 1)."""
    if isinstance(network, StackedMLP):
        return perceptron(graph, network, given, prefix)
    state = network.of_model(0)
    x = MODULES[type(network.module)](graph, network.module, state, given, prefix)
    if isinstance(network.task, Inverse):
        x = graph.node("Neg", [x], f"{prefix}/response of the inverse")
    if isinstance(network.module, Autoencoder):
        x = rank(graph, network.ranks[0], x, f"{prefix}/rank")
    return graph.node("Sigmoid", [x], f"{prefix}/score")


def perceptron(graph, network, given, prefix):
    """The score of a perceptron."""
    centre, width = (graph.constant(f"{prefix}/{n}", getattr(network, n)[0]) for n in ("centre", "width"))
    x = graph.node("Sub", [given, centre], f"{prefix}/centred")
    x = graph.node("Div", [x, width], f"{prefix}/standardised")
    kind, attributes = ACTIVATIONS[network.activation]
    last = len(network.weight) - 1
    for layer, (weight, bias) in enumerate(zip(network.weight, network.bias, strict=True)):
        name = f"{prefix}/layer{layer}"
        constants = [graph.constant(f"{name}/weight", weight[0]), graph.constant(f"{name}/bias", bias[0, 0])]
        x = graph.node("Gemm", [x, *constants], f"{name}/linear")
        if layer == last:
            return graph.node("Sigmoid", [x], f"{prefix}/score")
        x = graph.node(kind, [x], f"{name}/activated", **attributes)
        if network.batch_normalisation:
            x = _normalised(graph, network, layer, x, name)


def _normalised(graph, network, layer, x, name):
    mean, variance = (getattr(network, f"{of}{layer}") for of in ("mean", "variance"))
    tensors = {"gain": network.gain[layer], "shift": network.shift[layer], "mean": mean, "variance": variance}
    constants = [graph.constant(f"{name}/{of}", tensor[0, 0]) for of, tensor in tensors.items()]
    return graph.node("BatchNormalization", [x, *constants], f"{name}/normalised", epsilon=EPSILON)


def below(state, name):
    """The numbers of a part of a module by their names in it."""
    return {key.removeprefix(f"{name}."): value for key, value in state.items() if key.startswith(f"{name}.")}


def scaled(graph, state, x, prefix):
    """(x - centre) / width."""
    x = graph.node("Sub", [x, graph.constant(f"{prefix}/centre", state["centre"])], f"{prefix}/centred")
    return graph.node("Div", [x, graph.constant(f"{prefix}/width", state["width"])], f"{prefix}/scaled")


def convolution(graph, module, state, x, prefix):
    """The logit of an image."""
    return graph.layers(module.layers, below(state, "layers"), scaled(graph, state, x, prefix), f"{prefix}/layers")


def sets(graph, module, state, x, prefix):
    """The logit of a set of constituents."""
    x = graph.reshaped(x, module.shape, f"{prefix}/constituents")
    first = graph.node("Gather", [x, graph.integers(f"{prefix}/place", [0])], f"{prefix}/first", axis=2)
    zero, one = (graph.constant(f"{prefix}/{name}", state["number"] * 0 + v) for name, v in (("zero", 0), ("one", 1)))
    there = graph.node("Greater", [first, zero], f"{prefix}/there")
    logarithm = graph.node("Log", [graph.node("Where", [there, first, one], f"{prefix}/positive")], f"{prefix}/log")
    x = graph.node("Concat", [x, logarithm], f"{prefix}/fields", axis=2)
    x = graph.layers(module.inner, below(state, "inner"), scaled(graph, state, x, prefix), f"{prefix}/inner")
    present = graph.node("Cast", [there], f"{prefix}/present", to=1)
    x = graph.summed(graph.node("Mul", [x, present], f"{prefix}/terms"), 1, f"{prefix}/sum")
    x = graph.node("Div", [x, graph.constant(f"{prefix}/number", state["number"])], f"{prefix}/mean")
    return graph.layers(module.outer, below(state, "outer"), x, f"{prefix}/outer")


def lola(graph, module, state, x, prefix):
    """The logit of four-vectors and their Minkowski products, step by step as in `architectures.Lola`."""

    def node(kind, inputs, name, **attributes):
        return graph.node(kind, inputs, f"{prefix}/{name}", **attributes)

    def constant(name, tensor):
        return graph.constant(f"{prefix}/{name}", tensor)

    def number(name, value):
        return constant(name, state["scale"].new_tensor(value))

    def square(of, name):
        return node("Mul", [of, of], name)

    def outer(kind, of, name):
        """Of all pairs, (n, C) -> (n, C, C)."""
        sides = [
            node("Unsqueeze", [of, graph.integers(f"{prefix}/{name}/axis{i}", [i])], f"{name}/along{i}") for i in (2, 1)
        ]
        return node(kind, sides, name)

    def half_angle(function, of, name):
        half = node("Div", [outer("Sub", of, f"{name}/difference"), number(f"{name}/two", 2.0)], f"{name}/half")
        return square(node(function, [half], f"{name}/function"), name)

    x, fields = graph.reshaped(x, module.shape, f"{prefix}/constituents"), []
    for place in range(module.shape[1]):
        index = graph.integers(f"{prefix}/field{place}/place", place)
        fields.append(node("Gather", [x, index], f"field{place}", axis=2))  # (n, C)
    scale = constant("scale", state["scale"])
    pt, eta, phi = node("Div", [fields[0], scale], "pt"), fields[1], fields[2]
    rapidity, transverse = eta, pt
    if module.shape[1] == 4:
        squared = square(node("Div", [fields[3], scale], "fourth"), "fourth squared")
        if module.fourth == "energy":
            momentum = square(node("Mul", [pt, node("Cosh", [eta], "cosh eta")], "momentum"), "momentum squared")
            squared = node("Relu", [node("Sub", [squared, momentum], "difference")], "mass squared")
        transverse = node(
            "Sqrt", [node("Add", [square(pt, "pt squared"), squared], "sum of squares")], "transverse mass"
        )
        there = node("Greater", [transverse, number("zero", 0.0)], "there")
        safe = node("Where", [there, transverse, number("one", 1.0)], "safe")
        pz = node("Mul", [pt, node("Sinh", [eta], "sinh eta")], "pz")
        rapidity = node("Asinh", [node("Div", [pz, safe], "sinh y")], "rapidity")
    masses, momenta = outer("Mul", transverse, "masses"), outer("Mul", pt, "momenta")
    terms = [
        node("Mul", [masses, half_angle("Sinh", rapidity, "rapidities")], "along the beam"),
        node("Mul", [momenta, half_angle("Sin", phi, "azimuths")], "around the beam"),
    ]
    products = node("Mul", [node("Add", terms, "both"), number("two", 2.0)], "twice")
    products = node("Add", [products, node("Sub", [masses, momenta], "rest")], "products of constituents")
    combination = state["combination"]
    vectors = torch.cat([torch.eye(combination.shape[1]).to(combination), combination])
    left, right = constant("vectors", vectors), constant("vectors turned", vectors.T)
    products = node(
        "MatMul", [node("MatMul", [left, products], "half of the products"), right], "products"
    )  # (n, k, k)
    size = len(vectors)
    diagonal = node("Mul", [products, constant("diagonal", torch.eye(size))], "on the diagonal")
    squares = graph.summed(diagonal, 2, f"{prefix}/squares")
    twice = node("Add", [products, products], "twice the products")
    distance = node("Sub", [outer("Add", squares, "pairs of squares"), twice], "distance")
    far = []
    for place, weights in enumerate(state["distances"].chunk(4)):
        weighted = node("Mul", [distance, constant(f"distances{place}", weights)], f"weighted{place}")
        far.append(graph.summed(weighted, 2, f"{prefix}/far{place}"))
    components = {
        name: node("MatMul", [node("Mul", [of, node(kind, [angle], f"{name}/function")], f"{name}/each"), right], name)
        for name, of, kind, angle in (
            ("px", pt, "Cos", phi),
            ("py", pt, "Sin", phi),
            ("e", transverse, "Cosh", rapidity),
        )
    }
    sides = [square(components[name], f"{name} squared") for name in ("px", "py")]
    momentum = node("Add", [node("Add", sides, "squared momentum"), number("tiny", TINY)], "squared and tiny")
    momentum = node("Sqrt", [momentum], "transverse momentum")
    energies = node("MatMul", [components["e"], constant("energies", state["energies"])], "sums of energies")
    x = node("Concat", [squares, momentum, energies, *far], "numbers", axis=1)
    return graph.layers(module.layers, below(state, "layers"), scaled(graph, state, x, prefix), f"{prefix}/layers")


def autoencoder(graph, module, state, x, prefix):
    """The logarithm of the error, (n, 1)."""

    def node(kind, inputs, name, **attributes):
        return graph.node(kind, inputs, f"{prefix}/{name}", **attributes)

    def constant(name):
        return graph.constant(f"{prefix}/{name}", state[name])

    z = scaled(graph, state, x, prefix)
    if module.fields:
        array = (module.inputs // module.fields, module.fields)
        first = graph.integers(f"{prefix}/place", [0])
        first = node("Gather", [graph.reshaped(x, array, f"{prefix}/constituents"), first], "first", axis=2)
        absent = node("Equal", [first, graph.constant(f"{prefix}/zero", state["spread"] * 0)], "absent")
        present = node("Cast", [node("Not", [absent], "there")], "present", to=1)
        z = node("Mul", [graph.reshaped(z, array, f"{prefix}/fields"), present], "present fields")
        z = graph.reshaped(z, (module.inputs,), f"{prefix}/flat")
    mean, spread = constant("mean"), constant("spread") if module.encoder is not None else None
    shifted = node("Sub", [z, mean], "shifted")
    code = node("MatMul", [shifted, constant("components")], "linear code")
    if module.encoder is not None:
        learnt = graph.layers(module.encoder, below(state, "encoder"), shifted, f"{prefix}/encoder")
        code = node("Add", [code, node("Mul", [learnt, spread], "learnt code")], "code")
    result = node("MatMul", [code, constant("back")], "linear result")
    if module.decoder is not None:
        known = node("Div", [code, spread], "code in units")
        learnt = graph.layers(module.decoder, below(state, "decoder"), known, f"{prefix}/decoder")
        result = node("Add", [result, learnt], "shifted result")
    result = node("Add", [result, mean], "result")
    wrong = node("Sub", [result, z], "wrong")
    error = node("ReduceMean", [node("Mul", [wrong, wrong], "squares")], "error", axes=[1], keepdims=1)
    floor = graph.constant(f"{prefix}/floor", state["spread"] * 0 + FLOOR)
    return node("Log", [node("Add", [error, floor], "error and floor")], "response")


def rank(graph, ranks, response, prefix):
    """The logit of the rank of a response, (n, 1), as `tasks.Reconstruction.logit`; ranks (2, KNOTS)."""

    def node(kind, inputs, name, **attributes):
        return graph.node(kind, inputs, f"{prefix}/{name}", **attributes)

    def constant(name, tensor):
        return graph.constant(f"{prefix}/{name}", tensor)

    known, logits = ranks
    low, high = constant("low", known[:1]), constant("high", known[-1:])
    reached = node("GreaterOrEqual", [response, constant("knots", known)], "reached")
    counts = node("Cast", [reached], "counts", to=7)
    axis = graph.integers(f"{prefix}/axis", [1])
    number = node("ReduceSum", [counts, axis], "number", keepdims=1)
    one, zero, last = (graph.integers(f"{prefix}/{n}", [v]) for n, v in (("one", 1), ("zero", 0), ("last", KNOTS - 2)))
    left = node("Min", [node("Max", [node("Sub", [number, one], "before"), zero], "from zero"), last], "left")
    slope = (logits[1:] - logits[:-1]) / (known[1:] - known[:-1])
    x, y, slope = (
        node("Gather", [constant(f"{name} at knots", values), left], name)
        for name, values in (("x", known), ("y", logits), ("slope", slope))
    )
    inside = node("Min", [node("Max", [response, low], "above the lowest"), high], "inside")
    between = node("Mul", [node("Sub", [inside, x], "past the knot"), slope], "between")
    result = node("Add", [y, between], "interpolated")
    beyond = (("beyond", [response, high], 1), ("short", [low, response], 0))
    for kind, (name, pair, side) in zip(("Add", "Sub"), beyond, strict=True):
        distance = node("Relu", [node("Sub", pair, f"{name} by")], f"{name} distance")
        distance = node("Div", [distance, constant(f"{name} width", tails(ranks[None])[side][0])], f"{name} in units")
        tail = node("Log", [node("Add", [distance, constant(f"{name} one", known[:1] * 0 + 1)], f"{name} plus")], name)
        result = node(kind, [result, tail], f"{name} too")
    return result


MODULES = {Convolution: convolution, Sets: sets, Lola: lola, Autoencoder: autoencoder}
