"""What networks a method may name, and what does not fit together."""

import copy
from pathlib import Path

import pytest

from unsculpt import methods, schema
from unsculpt.errors import InputError
from unsculpt.naming import plain_method

STUDY = {
    "rank": None,
    "features": ["a", "b", "c"],
    "arrays": {
        "picture": {"shape": [16, 16], "values": ["pixels"]},
        "tracks": {"shape": [20], "values": ["track.pt", "track.eta", "track.phi"]},
        "stack": {"shape": [16, 16], "values": ["pixels", "times"]},
        "drawn": {"shape": [16, 16], "image": {"of": "jet"}},
    },
    "architectures": {
        "convolution": {"channels": [8], "hidden_layers": [8]},
        "constituents": {"kind": "sets", "combinations": 10, "hidden_layers": [8]},
        "autoencoder": {"kind": "dense", "scale": "common", "bottleneck": 4},
    },
    "channels": {"clean": {}, "crowded": {}},
    "regions": {"one": True},
    "samples": {"s": {"role": "signal"}, "b": {"role": "background"}},
    "learning_curves": None,
    "variations": {"scale": {"collection": "jet", "scale": 0.01}},
    "mass": {"window_gev": [120, 130]},
    "training": {"protected": ["mass"], "protect": "background"},
    "methods": {"nn": {"objective": "none", "strengths": [0]}},
}
AUTOENCODER = {"architecture": "autoencoder", "task": "reconstruction"}


def check(training=None, **method):
    study = copy.deepcopy(STUDY)
    study["training"] |= training or {}
    study["methods"]["new"] = {"objective": "none", "strengths": [0]} | method
    methods.check(study, "study x")
    return study["methods"]


@pytest.mark.parametrize(
    "method",
    [
        {"inputs": ["c", "a"]},
        {"objective": "adversarial", "strengths": [1], "conditions": ["a"], "flat_in": {"signal": {"column": "a"}}},
        {"architecture": "convolution", "inputs": ["picture"]},
        {"architecture": "constituents", "inputs": ["tracks"], "per_channel": True, "planing": True},
        AUTOENCODER,
        AUTOENCODER | {"inputs": ["picture"], "objective": "adversarial", "strengths": [1, 3], "train_in": "window"},
        {"objective": "uboost", "strengths": [1], "inputs": ["b"]},
        {"train_on": {"channel": "clean", "a": 2}},
        {"objective": "adversarial", "strengths": [1], "protected": ["mass", "scale"], "protect": "all"},
        {"objective": "disco", "strengths": [1], "protected": ["channel", "a"]},
        AUTOENCODER | {"network": {"kind": "linear", "bottleneck": 0}, "epochs": 1},
        AUTOENCODER | {"contamination": 0.1, "objective": "disco", "strengths": [1]},
        AUTOENCODER | {"task": "inverse"},
        {"architecture": "convolution", "inputs": ["drawn"], "network": {"channels": [4, 4]}, "epochs": 3},
        {"architecture": "constituents", "inputs": ["tracks"], "network": {"kind": "boosts", "combinations": 3}},
        {"network": {"hidden_layers": [100, 50]}, "epochs": 100},
    ],
)
def test_what_fits_together_is_taken(method):
    assert check(**method)["new"].items() >= method.items()


@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        ({"network": {"kind": "lola"}}, "network.kind is nothing of a perceptron; it has hidden_layers"),
        (
            {"architecture": "constituents", "inputs": ["tracks"], "network": {"kind": "dense"}},
            "network.kind is 'dense'; for constituents give sets or sequence or lola or boosts",
        ),
        (
            {"architecture": "convolution", "inputs": ["picture"], "network": {"bottleneck": 2}},
            "network.bottleneck is nothing of a convolution; it has channels, hidden_layers",
        ),
        ({"objective": "uboost", "strengths": [0], "epochs": 3}, "epochs means nothing with objective uboost"),
        ({"conditions": ["a"]}, "conditions are of the objective adversarial, not of none; remove it"),
        ({"planing": True, "flat_in": {"signal": {"column": "a"}}}, "has planing, flat in the mass, and flat_in; rem"),
        ({"train_on": {"d": 1}}, "train_on names 'd'; name channel, region or a feature of the study"),
        ({"train_on": {"channel": "dark"}}, "train_on.channel is 'dark', which is none of channels: clean, crowded"),
        ({"train_on": {"a": "clean"}}, "train_on.a is 'clean', and the values of a feature are numbers; give one"),
        (
            {"train_on": {"channel": "clean"}, "per_channel": True},
            "names a channel, and per_channel trains all of them",
        ),
        ({"task": "reconstruction"}, "needs a network that gives its inputs back, not a perceptron; give archi"),
        (AUTOENCODER | {"architecture": "convolution"}, "back, not a convolution; give architecture: autoencoder"),
        ({"architecture": "autoencoder"}, "autoencoder gives its inputs back and classifies nothing; give task: recon"),
        (
            AUTOENCODER | {"planing": True},
            "planing makes both classes flat in the mass, and reconstruction learns from",
        ),
        (AUTOENCODER | {"per_channel": True}, "per_channel compares channels by their signal, and reconstruction"),
        ({"inputs": ["a", "x"]}, "inputs names 'x'; name features of the study, or one array"),
        ({"inputs": ["a", "picture"]}, r"inputs \[a, picture\] has an array among others; give features, or one array"),
        (
            {"inputs": ["picture"]},
            "inputs is the array picture, and a perceptron takes features; name these, or an arch",
        ),
        (
            {"objective": "uboost", "inputs": ["picture"], "strengths": [1]},
            "the array picture, and trees take features",
        ),
        ({"architecture": "convolution", "inputs": ["stack"]}, r"array stack has shape \[16, 16\] of 2 values; name"),
        ({"architecture": "convolution"}, "convolution takes an image, and its inputs are features; name one array in"),
        ({"architecture": "constituents", "inputs": ["a"]}, "takes an array of constituents, and its inputs are feat"),
        ({"contamination": 0.1}, "contamination is of the task reconstruction, not of classification; remove it"),
        (AUTOENCODER | {"task": "inverse", "contamination": 0.1}, "reconstruction, not of inverse; remove it"),
        (
            AUTOENCODER | {"task": "inverse", "objective": "disco", "strengths": [1]},
            "inverse sees no background whose mass the objective disco could protect; give objective: none",
        ),
        (AUTOENCODER | {"task": "inverse", "per_channel": True}, "and inverse learns from signal alone; remove it"),
        ({"network": {"bottleneck": 4}}, "network.bottleneck is nothing of a perceptron; it has hidden_layers"),
        (AUTOENCODER | {"network": {"kind": "sets"}}, "network.kind is 'sets'; for autoencoder give dense or conv"),
        (
            AUTOENCODER | {"network": {"kind": "linear"}, "objective": "disco", "strengths": [1]},
            "kind linear, which learns nothing, and the objective disco; give objective: none, or kind: dense",
        ),
        (AUTOENCODER | {"network": {"bottleneck": 0}}, "bottleneck is 0, which kind linear alone can; give more"),
        ({"objective": "uboost", "strengths": [1], "epochs": 3}, "epochs means nothing with objective uboost; remove"),
        ({"objective": "uboost", "task": "classification"}, "task means nothing with objective uboost; remove it"),
    ],
)
def test_what_does_not_is_one_sentence_with_the_key(method, sentence):
    with pytest.raises(InputError, match=rf"study x: methods\.new\.?.*({sentence})"):
        check(**method)


GRID = {
    "nn": {"objective": "none", "strengths": [0]},
    "trees": {"objective": "flatness", "strengths": [0]},
    "split": {"objective": "none", "strengths": [0], "per_channel": True},
    "scaled": {"objective": "disco", "strengths": [1], "protected": ["scale"]},
    "ae": AUTOENCODER | {"objective": "none", "strengths": [0]},
    "cut": {"feature": "a", "sign": 1},
}


def test_learning_curves_are_of_methods_that_learn_to_classify():
    study = copy.deepcopy(STUDY) | {"methods": copy.deepcopy(GRID)}
    methods.check(study, "study x")
    assert methods.learning(study) == ["nn", "trees"]
    study["learning_curves"] = {"events": [100], "methods": ["trees"]}
    methods.check(study, "study x")
    assert methods.learning(study) == ["trees"]


@pytest.mark.parametrize("name", ["split", "scaled", "ae", "cut", "mlp"])
def test_a_learning_curve_of_another_method_is_one_sentence(name):
    study = copy.deepcopy(STUDY) | {"methods": copy.deepcopy(GRID)}
    study["learning_curves"] = {"events": [100], "methods": ["nn", name]}
    with pytest.raises(
        InputError, match=rf"x: learning_curves\.methods has '{name}', which is none that .*: nn, trees"
    ):
        methods.check(study, "study x")


def test_learning_curves_without_any_such_method_are_refused():
    study = copy.deepcopy(STUDY) | {"methods": {"split": GRID["split"]}, "learning_curves": {"events": [100]}}
    with pytest.raises(InputError, match="x: learning_curves is asked, and there is no method that learns to classify"):
        methods.check(study, "study x")


def test_a_reconstruction_protects_background_alone():
    with pytest.raises(InputError, match=r"new\.task reconstruction .* training\.protect is all; make it background"):
        check({"protect": "all"}, **AUTOENCODER)


def test_an_autoencoder_is_not_the_plain_classifier():
    grid = {"ae": {"objective": "none", **AUTOENCODER}, "nn": {"objective": "none"}}
    assert plain_method(grid) == "nn"


def test_one_category_has_nothing_to_protect():
    of_one = {"objective": "adversarial", "strengths": [1], "train_on": {"channel": "clean"}}
    assert check(**of_one)
    with pytest.raises(InputError, match=r"keeps one channel, which training\.protected protects; among these events"):
        check({"protected": ["mass", "channel"]}, **of_one)
    assert check({"protected": ["channel"]}, train_on={"channel": "clean"})


def test_a_network_of_some_events_is_not_the_reference():
    grid = {"clean": {"objective": "none", "train_on": {"channel": "clean"}}, "nn": {"objective": "none"}}
    assert plain_method(grid) == "nn"


def test_a_map_has_the_contamination_of_its_base():
    study = copy.deepcopy(STUDY)
    study["methods"]["ae"] = {"objective": "none", "strengths": [0], "contamination": 0.1, **AUTOENCODER}
    study["methods"]["map"] = {"transform": "cdf", "of": "ae"}
    study["methods"]["other"] = {"transform": "cdf", "of": "nn"}
    methods.check(study, "study x")
    assert study["methods"]["map"]["contamination"] == 0.1 and "contamination" not in study["methods"]["other"]
    methods.check(study, "study x")  # what is resolved is valid
    study["methods"]["other"]["contamination"] = 0.2
    with pytest.raises(InputError, match=r"other\.contamination is 0\.2 but that of nn is 0, and a map learns from"):
        methods.check(study, "study x")


def test_the_choices_are_those_of_the_schema():
    grammar = schema.load(Path(__file__).parents[2])["properties"]["architectures"]["properties"]
    for (architecture, name), values in methods.CHOICES.items():
        assert list(values) == grammar[architecture]["properties"][name]["enum"]
