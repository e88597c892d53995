"""The nodes of a network of each architecture: from its inputs to its score."""

import torch
from onnx import helper

from unsculpt.architectures import Autoencoder, Boosts, Convolution, Lola, Sequence, Sets
from unsculpt.architectures.constituents import REST, TINY
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


def _fields(graph, module, state, x, prefix):
    """The fields of constituents with the logarithm of the first, and whether they are there, (n, C, 1)."""
    x = graph.reshaped(x, module.shape, f"{prefix}/constituents")
    first = graph.node("Gather", [x, graph.integers(f"{prefix}/place", [0])], f"{prefix}/first", axis=2)
    like = state["centre"].new_zeros(())
    zero, one = (graph.constant(f"{prefix}/{name}", like + v) for name, v in (("zero", 0), ("one", 1)))
    there = graph.node("Greater", [first, zero], f"{prefix}/there")
    logarithm = graph.node("Log", [graph.node("Where", [there, first, one], f"{prefix}/positive")], f"{prefix}/log")
    return graph.node("Concat", [x, logarithm], f"{prefix}/fields", axis=2), there


def sets(graph, module, state, x, prefix):
    """The logit of a set of constituents."""
    x, there = _fields(graph, module, state, x, prefix)
    x = graph.layers(module.inner, below(state, "inner"), scaled(graph, state, x, prefix), f"{prefix}/inner")
    present = graph.node("Cast", [there], f"{prefix}/present", to=1)
    x = graph.summed(graph.node("Mul", [x, present], f"{prefix}/terms"), 1, f"{prefix}/sum")
    x = graph.node("Div", [x, graph.constant(f"{prefix}/number", state["number"])], f"{prefix}/mean")
    return graph.layers(module.outer, below(state, "outer"), x, f"{prefix}/outer")


def sequence(graph, module, state, x, prefix):
    """The logit of a list of constituents."""
    x, there = _fields(graph, module, state, x, prefix)
    present = graph.node("Cast", [there], f"{prefix}/present", to=1)
    x = graph.node("Mul", [scaled(graph, state, x, prefix), present], f"{prefix}/present fields")
    x = graph.node("Transpose", [x], f"{prefix}/along the list", perm=[0, 2, 1])
    return graph.layers(module.layers, below(state, "layers"), x, f"{prefix}/layers")


class _Part:
    """Nodes of a part of a network, whose names begin with its own; `like` is a tensor of the type of its numbers."""

    def __init__(self, graph, prefix, like):
        self.graph, self.prefix, self.like = graph, prefix, like

    def node(self, kind, inputs, name, **attributes):
        return self.graph.node(kind, inputs, f"{self.prefix}/{name}", **attributes)

    def constant(self, name, tensor):
        return self.graph.constant(f"{self.prefix}/{name}", tensor)

    def number(self, name, value):
        return self.constant(name, self.like.new_tensor(value))

    def integers(self, name, values):
        return self.graph.integers(f"{self.prefix}/{name}", values)

    def square(self, of, name):
        return self.node("Mul", [of, of], name)

    def outer(self, kind, of, name):
        """Of all pairs, (n, C) -> (n, C, C)."""
        sides = [
            self.node("Unsqueeze", [of, self.integers(f"{name}/axis{i}", [i])], f"{name}/along{i}") for i in (2, 1)
        ]
        return self.node(kind, sides, name)

    def half_angle(self, function, of, name):
        half = self.node(
            "Div", [self.outer("Sub", of, f"{name}/difference"), self.number(f"{name}/two", 2.0)], f"{name}/half"
        )
        return self.square(self.node(function, [half], f"{name}/function"), name)

    def diagonal(self, of, size, name):
        """The diagonal of matrices, (n, size, size) -> (n, size)."""
        on = self.node("Mul", [of, self.constant(f"{name}/one", torch.eye(size))], f"{name}/on it")
        return self.graph.summed(on, 2, f"{self.prefix}/{name}")


def _kinematics(part, module, state, x):
    """Transverse momentum, azimuth, rapidity and transverse mass of constituents, (n, C), and products, (n, C, C)."""
    x, fields = part.graph.reshaped(x, module.shape, f"{part.prefix}/constituents"), []
    for place in range(module.shape[1]):
        index = part.integers(f"field{place}/place", place)
        fields.append(part.node("Gather", [x, index], f"field{place}", axis=2))  # (n, C)
    scale = part.constant("scale", state["scale"])
    pt, eta, phi = part.node("Div", [fields[0], scale], "pt"), fields[1], fields[2]
    rapidity, transverse = eta, pt
    if module.shape[1] == 4:
        squared = part.square(part.node("Div", [fields[3], scale], "fourth"), "fourth squared")
        if module.fourth == "energy":
            momentum = part.square(
                part.node("Mul", [pt, part.node("Cosh", [eta], "cosh eta")], "momentum"), "momentum squared"
            )
            squared = part.node("Relu", [part.node("Sub", [squared, momentum], "difference")], "mass squared")
        transverse = part.node(
            "Sqrt", [part.node("Add", [part.square(pt, "pt squared"), squared], "sum of squares")], "transverse mass"
        )
        there = part.node("Greater", [transverse, part.number("zero", 0.0)], "there")
        safe = part.node("Where", [there, transverse, part.number("one", 1.0)], "safe")
        pz = part.node("Mul", [pt, part.node("Sinh", [eta], "sinh eta")], "pz")
        rapidity = part.node("Asinh", [part.node("Div", [pz, safe], "sinh y")], "rapidity")
    masses, momenta = part.outer("Mul", transverse, "masses"), part.outer("Mul", pt, "momenta")
    terms = [
        part.node("Mul", [masses, part.half_angle("Sinh", rapidity, "rapidities")], "along the beam"),
        part.node("Mul", [momenta, part.half_angle("Sin", phi, "azimuths")], "around the beam"),
    ]
    products = part.node("Mul", [part.node("Add", terms, "both"), part.number("two", 2.0)], "twice")
    products = part.node("Add", [products, part.node("Sub", [masses, momenta], "rest")], "products of constituents")
    return pt, phi, rapidity, transverse, products


def boosts(graph, module, state, x, prefix):
    """The logit of boosted combinations, step by step as in `architectures.Boosts`."""
    part, many = _Part(graph, prefix, state["scale"]), module.combinations
    node, constant = part.node, part.constant
    pt, phi, rapidity, transverse, products = _kinematics(part, module, state, x)
    weights = torch.cat([state["particles"], state["frames"]]).abs()
    left, right = constant("weights", weights), constant("weights turned", weights.T)
    products = node("MatMul", [node("MatMul", [left, products], "half of the products"), right], "products")
    tiny, rest = part.number("tiny", TINY), part.number("at rest", REST)
    squares = node("Max", [part.diagonal(products, 2 * many, "squares"), tiny], "positive squares")
    masses = node("Sqrt", [squares], "masses of both")

    def halves(of, name, axis=1):
        sizes = part.integers(f"{name}/sizes", [many, many])
        names = [f"{prefix}/{name}/particles", f"{prefix}/{name}/frames"]
        graph.nodes.append(helper.make_node("Split", [of, sizes], names, f"{prefix}/{name}", axis=axis))
        return names

    mass, frame_mass = halves(masses, "masses apart")
    upper, _ = halves(products, "products of particles")
    _, mixed = halves(upper, "products with frames", axis=2)
    boosted_energy = node("Div", [part.diagonal(mixed, many, "products of partners"), frame_mass], "boosted energy")
    components = []
    for name, of, kind, angle in (
        ("px", pt, "Cos", phi),
        ("py", pt, "Sin", phi),
        ("pz", transverse, "Sinh", rapidity),
        ("e", transverse, "Cosh", rapidity),
    ):
        each = node("Mul", [of, node(kind, [angle], f"{name}/function")], f"{name}/each")
        components.append(halves(node("MatMul", [each, right], name), f"{name} apart"))
    *momenta, (energy, frame_energy) = components
    whole = node("Max", [node("Add", [frame_energy, frame_mass], "of the frame"), tiny], "of the frame, positive")
    factor = node("Div", [node("Add", [boosted_energy, energy], "of the particle"), whole], "factor")
    boosted = [
        node("Sub", [momentum, node("Mul", [frame, factor], f"shift{place}")], f"boosted{place}")
        for place, (momentum, frame) in enumerate(momenta)
    ]
    squares = [part.square(of, f"boosted{place} squared") for place, of in enumerate(boosted)]
    flat = node("Add", [node("Add", squares[:2], "squared across"), rest], "squared across and rest")
    size = node("Sqrt", [node("Add", [flat, squares[2]], "squared size")], "size")
    direction = [node("Div", [of, size], f"direction{place}") for place, of in enumerate(boosted)]
    terms = [part.outer("Mul", of, f"cosine{place}") for place, of in enumerate(direction)]
    cosines = node("Add", [node("Add", terms[:2], "cosines across"), terms[2]], "cosines")
    cosines = graph.reshaped(cosines, (many**2,), f"{prefix}/flat cosines")
    cosines = node("Gather", [cosines, part.integers("pairs", module.pairs())], "cosines of pairs", axis=1)
    parts = [boosted_energy, mass, node("Sqrt", [flat], "across"), direction[2], cosines]
    x = node("Concat", parts, "numbers", axis=1)
    return graph.layers(module.layers, below(state, "layers"), scaled(graph, state, x, prefix), f"{prefix}/layers")


def lola(graph, module, state, x, prefix):
    """The logit of four-vectors and their Minkowski products, step by step as in `architectures.Lola`."""
    part = _Part(graph, prefix, state["scale"])
    node, constant, number, square, outer = part.node, part.constant, part.number, part.square, part.outer
    pt, phi, rapidity, transverse, products = _kinematics(part, module, state, x)
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


MODULES = {
    Convolution: convolution,
    Sets: sets,
    Sequence: sequence,
    Lola: lola,
    Boosts: boosts,
    Autoencoder: autoencoder,
}
