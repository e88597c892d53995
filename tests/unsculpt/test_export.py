"""An exported network gives the scores of the study, in a program that knows nothing of torch."""

import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch

from unsculpt import examples, export, models, training
from unsculpt.errors import InputError

SETTINGS = training.Settings("none", hidden_layers=(24, 12), batch_size=256, epochs=2, learning_rate=0.01)

QUANTITIES = {
    "photon1_pt": {"expression": "photon[0].pt", "unit": "GeV", "latex": "p", "meaning": "its momentum"},
    "deta": {"expression": "deta(photon[0], photon[1])"},
}


@pytest.fixture(scope="module")
def events():
    from conftest import make_toy_events

    return make_toy_events(2000)


def trained(events, settings=SETTINGS, **options):
    data = examples.from_events(events, mass_range=(105, 160), folds=3)
    options = {"folds": 3, "seed": 1, "background": "ttyy"} | options
    stack = training.train(settings, data, training.members((0, 0.3), **options))
    return models.content(stack)


@pytest.fixture(scope="module")
def content(events):
    return trained(events)


CASES = {
    "relu": {},
    "tanh": {"activation": "tanh"},
    "leaky relu": {"activation": "leaky_relu"},
    "batch normalisation and dropout": {"batch_normalisation": True, "dropout": 0.3},
    "wide": {"hidden_layers": (160, 128), "batch_normalisation": True, "activation": "tanh"},
}


@pytest.mark.parametrize("case", CASES)
def test_onnxruntime_agrees_with_our_scores_to_1e_6(events, case):
    content = trained(events, replace(SETTINGS, **CASES[case]))
    networks = export.classifiers([content], "0.3")
    mean, by_fold = export.scores(export.build(networks, {}), events.features)
    ours = models.predict(content, events.features)[3:]  # the second strength, fold by fold
    assert ours.std() > 0.01
    np.testing.assert_allclose(by_fold, ours.T, rtol=0, atol=1e-6)
    np.testing.assert_allclose(mean, ours.mean(0), rtol=0, atol=1e-6)
    out_of_fold = np.take_along_axis(by_fold, events.fold[:, None].astype(int), axis=1)[:, 0]
    np.testing.assert_allclose(
        out_of_fold,
        models.out_of_fold([content], events.features, events.fold, events.channel)["0.3"],
        rtol=0,
        atol=1e-6,
    )


def test_the_folds_of_a_strength_are_found_in_whichever_file_they_are(events, content):
    parts = [trained(events, part=part, models_per_job=4) for part in (1, 0)]
    whole, cut = (export.classifiers(contents, "0.3") for contents in ([content], parts))
    features = torch.tensor(events.features)
    for ours, theirs in zip(whole, cut, strict=True):
        assert torch.equal(models.logits(ours, features), models.logits(theirs, features))


def test_only_the_first_seed_is_exported(events, content):
    more = trained(events, seeds=2)
    direct, found = (export.classifiers([c], "0") for c in (content, more))
    assert len(found) == 3
    features = torch.tensor(events.features)
    for ours, theirs in zip(direct, found, strict=True):
        assert torch.equal(models.logits(ours, features), models.logits(theirs, features))


def test_a_missing_fold_is_named(events):
    part = trained(events, part=0, models_per_job=5)
    with pytest.raises(InputError, match=r"hold folds \[0, 1\] of strength 0\.3 but \[0, 1, 2\] of others"):
        export.classifiers([part], "0.3")
    with pytest.raises(InputError, match=r"hold folds \[\] of strength 7"):
        export.classifiers([part], "7")


def test_the_file_says_what_goes_in_and_holds_nothing_that_runs(events, content, tmp_path):
    networks = export.classifiers([content], "0")
    model = export.build(
        networks, {"study": "toy", "features": export.describe(("photon1_pt", "deta", "new"), QUANTITIES)}
    )
    for name in "ab":
        assert export.save(model, networks, tmp_path / f"{name}.onnx") < 1e-6
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    read = onnx.load(tmp_path / "a.onnx")
    properties = {p.key: p.value for p in read.metadata_props}
    assert properties["study"] == "toy"
    assert json.loads(properties["features"]) == [
        {"name": "photon1_pt", "unit": "GeV", "meaning": "its momentum", "expression": "photon[0].pt"},
        {"name": "deta", "unit": "", "meaning": "", "expression": "deta(photon[0], photon[1])"},
        {"name": "new", "unit": "", "meaning": "", "expression": ""},
    ]
    assert {node.domain for node in read.graph.node} == {""}  # operators of the standard alone
    assert [d.dim_value for d in read.graph.input[0].type.tensor_type.shape.dim] == [0, 8]  # any number of events


def test_a_network_that_gives_other_scores_is_not_written(content, tmp_path):
    right, wrong = export.classifiers([content], "0"), export.classifiers([content], "0.3")
    wrong[0].bias[-1].data += 1
    with pytest.raises(ValueError, match="differs by"):
        export.save(export.build(wrong, {}), right, tmp_path / "0.onnx")
    assert not list(tmp_path.iterdir())


def test_the_network_of_a_channel_gives_its_scores_in_the_study(events):
    """Its odds are part of the network, so its scores compare with those of the other channels."""
    chosen = events[events.channel == "leptonic"]
    data = examples.from_events(chosen, mass_range=(105, 160), folds=3)
    members = training.members((0,), folds=3, seed=1, background="ttyy", channels=("leptonic",))
    stack = training.train(SETTINGS, data, members)
    content = models.content(stack, odds=2.5)
    networks = export.classifiers([content], "0", "leptonic")
    _, by_fold = export.scores(export.build(networks, {}), chosen.features)
    ours = models.out_of_fold([content], chosen.features, chosen.fold, chosen.channel)["0"]
    exported = np.take_along_axis(by_fold, chosen.fold[:, None].astype(int), axis=1)[:, 0]
    np.testing.assert_allclose(exported, ours, rtol=0, atol=1e-6)
    with pytest.raises(InputError, match="hold folds"):
        export.classifiers([content], "0")
