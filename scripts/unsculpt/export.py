"""Trained classifiers as ONNX, for programs that know nothing of torch; standardisation and sigmoid are inside."""

import json
import math

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from unsculpt import models
from unsculpt.errors import InputError
from unsculpt.files import written
from unsculpt.naming import strength_tag
from unsculpt.networks import EPSILON, generator

OPSET, IR = 17, 8  # of 2022: programs that are not of this year read them too
ACTIVATIONS = {"relu": ("Relu", {}), "leaky_relu": ("LeakyRelu", {"alpha": 0.1}), "tanh": ("Tanh", {})}
LARGEST_DIFFERENCE = 1e-5  # of a score from that of torch; the rounding of single precision stays far below


def classifiers(contents, tag, channel="all"):
    """The classifiers of one strength and channel, of the first seed, with the odds of the channel in their output.

    Parameters
    ----------
    contents : sequence of dict
        The files of all parts of a method, as `models.load` gives them.
    tag : str
        Of the strength.
    channel : str
        For a method with models of their own for each channel, else "all".

    Returns
    -------
    list of networks.StackedMLP
        Stacks of one, in the order of the folds.

    Raises
    ------
    InputError
        If a fold of the strength is not in the files.
    """
    found, folds = {}, set()
    for content in contents:
        stack = models.classifier(content)
        stack.bias[-1].data += math.log(content["odds"])
        folds |= {member["fold"] for member in content["members"]}
        for k, member in enumerate(content["members"]):
            wanted = (strength_tag(member["strength"]), member["channel"]) == (tag, channel)
            if wanted and not member["replica"]:
                found[member["fold"]] = stack.select([k]).eval()
    if not found or set(found) != folds:
        raise InputError(
            f"the trained models hold folds {sorted(found)} of strength {tag} but {sorted(folds)} of others; "
            "delete the training of this method and run again"
        )
    return [found[fold] for fold in sorted(found)]


class _Graph:
    """Nodes and constants in the order in which they are made."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, tensor):
        array = np.ascontiguousarray(tensor.detach().float().numpy())
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output

    def classifier(self, network, given, prefix):
        """The nodes of a stack of one; the name of its score, (n, 1)."""
        centre, width = (self.constant(f"{prefix}/{n}", getattr(network, n)[0]) for n in ("centre", "width"))
        x = self.node("Sub", [given, centre], f"{prefix}/centred")
        x = self.node("Div", [x, width], f"{prefix}/standardised")
        kind, attributes = ACTIVATIONS[network.activation]
        last = len(network.weight) - 1
        for layer, (weight, bias) in enumerate(zip(network.weight, network.bias, strict=True)):
            name = f"{prefix}/layer{layer}"
            constants = [self.constant(f"{name}/weight", weight[0]), self.constant(f"{name}/bias", bias[0, 0])]
            x = self.node("Gemm", [x, *constants], f"{name}/linear")
            if layer == last:
                return self.node("Sigmoid", [x], f"{prefix}/score")
            x = self.node(kind, [x], f"{name}/activated", **attributes)
            if network.batch_normalisation:
                x = self._normalised(network, layer, x, name)

    def _normalised(self, network, layer, x, name):
        mean, variance = (getattr(network, f"{of}{layer}") for of in ("mean", "variance"))
        tensors = {"gain": network.gain[layer], "shift": network.shift[layer], "mean": mean, "variance": variance}
        constants = [self.constant(f"{name}/{of}", tensor[0, 0]) for of, tensor in tensors.items()]
        return self.node("BatchNormalization", [x, *constants], f"{name}/normalised", epsilon=EPSILON)


def build(networks, metadata):
    """One ONNX model of the classifiers of all folds.

    Parameters
    ----------
    networks : sequence of networks.StackedMLP
        Stacks of one, in the order of the folds.
    metadata : dict
        By name, anything JSON can hold; text is kept as it is.

    Returns
    -------
    onnx.ModelProto
        Input `features`, float32 of shape (n, D), not standardised. Outputs `score`, (n,), the mean over the folds, and
        `scores`, (n, folds), of each fold's network.
    """
    graph, inputs, folds = _Graph(), networks[0].weight[0].shape[1], len(networks)
    columns = [graph.classifier(network, "features", f"fold{fold}") for fold, network in enumerate(networks)]
    graph.node("Concat", columns, "scores", axis=1)
    graph.node("ReduceMean", ["scores"], "score", axes=[1], keepdims=0)
    given = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["events", inputs])
    results = [
        helper.make_tensor_value_info("score", TensorProto.FLOAT, ["events"]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["events", folds]),
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "unsculpt", [given], results, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="unsculpt",
    )
    helper.set_model_props(model, {k: v if isinstance(v, str) else json.dumps(v) for k, v in metadata.items()})
    onnx.checker.check_model(model, full_check=True)
    return model


def describe(names, quantities):
    """Name, unit, meaning and expression of each input, for the metadata; texts are empty where nothing is said."""
    keys = ("unit", "meaning", "expression")
    return [{"name": name} | {key: quantities.get(name, {}).get(key, "") for key in keys} for name in names]


def scores(model, features):
    """Scores of an ONNX model by onnxruntime: the mean over the folds, (n,), and each fold's, (n, folds)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(["score", "scores"], {"features": features})


def difference(model, networks, events=2000):
    """The largest difference between the scores of an ONNX model and of its networks, for events of every fold's range.

    The features are drawn from a normal distribution with three times the width that the network standardises with.
    """
    centre, width = networks[0].centre[0].float(), networks[0].width[0].float()
    features = centre + 3 * width * torch.randn(events, centre.shape[1], generator=generator(1))
    ours = torch.cat([torch.sigmoid(models.logits(network, features)).float() for network in networks]).T.numpy()
    mean, by_fold = scores(model, features.numpy())
    return float(np.max([np.abs(by_fold - ours).max(), np.abs(mean - ours.mean(1)).max()]))  # NaN if any is


def save(model, networks, path):
    """Write a model as ONNX if it gives the scores of its networks; the same content gives the same bytes.

    Returns
    -------
    float
        The largest difference of a score.

    Raises
    ------
    ValueError
        If a score differs by more than 1e-5.
    """
    largest = difference(model, networks)
    if not largest <= LARGEST_DIFFERENCE:
        raise ValueError(f"{path}: a score of the exported network differs by {largest:.2g} from that of torch")
    with written(path) as part:
        part.write_bytes(model.SerializeToString(deterministic=True))
    return largest
