"""One file for the networks of all folds: what goes in, what comes out, and that it is what torch gives."""

import json
import math

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

from unsculpt import models
from unsculpt.errors import InputError
from unsculpt.export.graph import IR, OPSET, Graph
from unsculpt.export.networks import score
from unsculpt.files import written
from unsculpt.naming import strength_tag
from unsculpt.networks import generator

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
    list of networks.Stack
        Stacks of one, in the order of the folds.

    Raises
    ------
    InputError
        If a fold of the strength is not in the files.
    """
    found, folds = {}, set()
    for content in contents:
        stack = models.classifier(content)
        stack.add(math.log(content["odds"]))
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


def build(networks, metadata):
    """One ONNX model of the classifiers of all folds.

    Parameters
    ----------
    networks : sequence of networks.Stack
        Stacks of one, in the order of the folds.
    metadata : dict
        By name, anything JSON can hold; text is kept as it is.

    Returns
    -------
    onnx.ModelProto
        Input `features`, float32 of shape (n, D), not standardised, an array flat. Outputs `score`, (n,), the mean over
        the folds, and `scores`, (n, folds), of each fold's network.
    """
    graph, inputs, folds = Graph(), networks[0].inputs, len(networks)
    columns = [score(graph, network, "features", f"fold{fold}") for fold, network in enumerate(networks)]
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
    """The largest difference between the scores of an ONNX model and of its networks, on events such as they expect."""
    features = networks[0].typical(events, generator(1))
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
