"""All architectures in the one loop: the same bytes again, resumed, scored out of fold, and what they learn."""

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_images import make

from unsculpt import export, models, tasks, training, weighted
from unsculpt.examples import Examples
from unsculpt.objectives import AdversarySettings
from unsculpt.training import EarlyStopping, Settings

AUTOENCODER = {"kind": "dense", "scale": "common", "bottleneck": 8, "channels": (4, 4), "hidden_layers": (32,)}
CONSTITUENTS = {"kind": "sets", "inner_layers": (16, 16), "combinations": 4, "fourth": "mass", "hidden_layers": (16,)}
CONSTITUENTS |= {"channels": (8, 16)}
SMALL = {"batch_size": 256, "epochs": 2, "adversary": AdversarySettings(bins=8, hidden_layers=(16,))}
RECONSTRUCTION = {"architecture": "autoencoder", "task": "reconstruction", **SMALL}
CASES = {  # settings, inputs
    "convolution": (
        Settings(architecture="convolution", network={"channels": (4, 8), "hidden_layers": (16,)}, **SMALL),
        "image",
    ),
    "sets": (Settings("adversarial", architecture="constituents", network=CONSTITUENTS, **SMALL), "constituents"),
    "lola": (
        Settings(
            *("disco",),
            architecture="constituents",
            network=CONSTITUENTS | {"kind": "lola"},
            early_stopping=EarlyStopping(patience=5),
            **SMALL,
        ),
        "constituents",
    ),
    "sequence": (
        Settings(architecture="constituents", network=CONSTITUENTS | {"kind": "sequence"}, **SMALL),
        "constituents",
    ),
    "boosts": (
        Settings("adversarial", architecture="constituents", network=CONSTITUENTS | {"kind": "boosts"}, **SMALL),
        "constituents",
    ),
    "autoencoder": (Settings("adversarial", network=AUTOENCODER, **RECONSTRUCTION), "image"),
    "convolutional autoencoder": (
        Settings("mode", network=AUTOENCODER | {"kind": "convolution"}, **RECONSTRUCTION),
        "image",
    ),
    "autoencoder of constituents": (
        Settings(
            "adversarial",
            network=AUTOENCODER | {"scale": "fields"},
            early_stopping=EarlyStopping(patience=5),
            **RECONSTRUCTION,
        ),
        "constituents",
    ),
    "principal components": (Settings(network=AUTOENCODER | {"kind": "linear"}, **RECONSTRUCTION), "image"),
    "autoencoder of signal": (Settings(network=AUTOENCODER, **RECONSTRUCTION | {"task": "inverse"}), "image"),
    "autoencoder of features": (Settings(network=AUTOENCODER | {"bottleneck": 3}, **RECONSTRUCTION), "features"),
}
STRENGTHS = (0.3, 3)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def numbers(data):
    """Six features of images in the place of the images."""
    image = data.features.unflatten(1, (12, 12))
    place = torch.linspace(-1, 1, 12)
    total = image.sum((1, 2)) + 1e-3
    moments = [(image * place**p).sum((1, 2)) / total for p in (1, 2, 4)]
    moments += [(image.transpose(1, 2) * place**p).sum((1, 2)) / total for p in (2, 4)]
    return replace(data, features=torch.stack([*moments, total], 1), names=tuple("abcdef"), shape=())


@pytest.fixture(scope="module")
def tables():
    images = make(3000)
    return {"image": images, "constituents": make(3000, "constituents"), "features": numbers(images)}


def grid(**options):
    return training.members(STRENGTHS, folds=3, seed=1, background="toy", **options)


def train(settings, data, members, **options):
    return training.train(settings, data, members, **options)


def result(trained, data):
    """All that a training gives, in bytes."""
    state = [tensor.numpy().tobytes() for tensor in trained.classifier.state_dict().values()]
    state += [tensor.numpy().tobytes() for tensor in trained.objective.state_dict().values()]
    return [*state, models.logits(trained.classifier, data.features).numpy().tobytes(), trained.history]


@pytest.fixture(scope="module", params=CASES)
def case(request, tables):
    settings, kind = CASES[request.param]
    return settings, tables[kind]


def test_the_same_seed_gives_the_same_bytes_and_so_does_a_resumed_training(case, tmp_path, monkeypatch):
    (settings, data), member, path = case, grid(part=4, models_per_job=1), tmp_path / "0.pt.checkpoint"
    whole = result(train(settings, data, member), data)
    train_epoch = training.Training.train_epoch

    def die_in_the_second(self):
        if self.epoch == 1:
            raise KeyboardInterrupt
        train_epoch(self)

    monkeypatch.setattr(training.runs, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.Training, "train_epoch", die_in_the_second)
        train(settings, data, member, checkpoint=path)
    torch.manual_seed(7)  # nothing may lean on the global generator
    assert result(train(settings, data, member, checkpoint=path), data) == whole


def test_a_model_never_sees_its_held_out_events_and_an_autoencoder_no_signal(case):
    (settings, data), member = case, grid(part=1, models_per_job=1)
    hidden = data.fold == 1
    if settings.task != "classification":
        hidden = hidden | (data.label == (settings.task == "reconstruction"))
    spoilt = replace(data, features=torch.where(hidden[:, None], data.features.roll(7, 0), data.features))
    ours, theirs = (train(settings, d, member) for d in (data, spoilt))
    parts = [[t.classifier.state_dict(), t.objective.state_dict()] for t in (ours, theirs)]
    for mine, other in zip(*parts, strict=True):
        assert all(torch.equal(mine[name], other[name]) for name in mine)


def test_models_do_not_depend_on_what_is_beside_them_and_files_give_them_back(case, tmp_path):
    """Each in a file of its own, as jobs write them, and all in one; scored out of fold."""
    settings, data = case
    whole, parts = models.content(train(settings, data, grid())), []
    for part in range(6):
        models.save(models.content(train(settings, data, grid(part=part, models_per_job=1))), tmp_path / f"{part}.pt")
        parts.append(models.load(tmp_path / f"{part}.pt"))
    features, fold, channel = data.features.numpy(), data.fold.numpy(), np.full(len(data.fold), "all")
    ours, theirs = (models.out_of_fold(contents, features, fold, channel) for contents in (parts, [whole]))
    every = np.concatenate([models.predict(part, features) for part in parts])
    for i, tag in enumerate(("0.3", "3")):
        np.testing.assert_allclose(ours[tag], theirs[tag], atol=1e-4)
        np.testing.assert_allclose(ours[tag], every[3 * i + fold, np.arange(len(fold))], atol=1e-6)
        assert ours[tag].min() >= 0 and ours[tag].max() <= 1 and ours[tag].std() > 0.01
    assert whole["shape"] == list(data.shape) if data.shape else "shape" not in whole
    assert whole["features"] == list(data.names)
    assert len(whole["models"]) == 6 and whole["layers"][0] == data.features.shape[1]
    classifier = [row["parameters"] for row in whole["summary"] if row["network"] == "classifier"]
    assert sum(classifier) == whole["parameters"]
    assert whole["reference"]["chance"] == (np.log(2) if settings.task == "classification" else 1)


def test_onnxruntime_gives_their_scores(case, tmp_path):
    settings, data = case
    content = models.content(train(settings, data, grid()), odds=1.0)
    networks = export.classifiers([content], "3")
    model = export.build(networks, {})
    mean, by_fold = export.scores(model, data.features.numpy())
    ours = models.predict(content, data.features.numpy())[3:]
    np.testing.assert_allclose(by_fold, ours.T, rtol=0, atol=5e-6)
    np.testing.assert_allclose(mean, ours.mean(0), rtol=0, atol=5e-6)
    for name in "ab":
        assert export.save(export.build(networks, {}), networks, tmp_path / f"{name}.onnx") < 1e-5
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    assert {node.domain for node in model.graph.node} == {""}
    assert [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == [0, data.features.shape[1]]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU here")
def test_a_gpu_gives_the_scores_of_the_cpu_in_double_precision(case, caplog):
    settings, data = case
    numbers = {name: value.double() for name, value in vars(data).items() if name in ("features", "mass", "weight")}
    data = replace(data, **numbers)
    caplog.set_level(logging.INFO)
    ours, theirs = (train(settings, data, grid(), device=device) for device in ("cpu", "cuda"))
    scores = [torch.sigmoid(models.logits(t.classifier, data.features)).cpu() for t in (ours, theirs)]
    assert (scores[0] - scores[1]).abs().max() < 1e-5
    assert "cannot be recorded" not in caplog.text


def test_odds_of_a_channel_are_in_the_exported_network(tables):
    settings, kind = CASES["convolution"]
    data = tables[kind]
    content = models.content(train(settings, data, grid()), odds=2.5)
    exported = export.scores(export.build(export.classifiers([content], "3"), {}), data.features.numpy())[1]
    np.testing.assert_allclose(exported, models.predict(content, data.features.numpy())[3:].T, rtol=0, atol=5e-6)


def judged(trained, data):
    """AUC, and the rank correlation of score and mass in background, on the held-out fold."""
    rows = torch.where(data.fold == trained.members[0].fold)[0]
    score = models.logits(trained.classifier, data.features[rows])[0].double().numpy()
    signal, mass = data.label[rows].numpy() == 1, data.mass[rows].numpy()
    ones = np.ones(signal.sum()), np.ones((~signal).sum())
    ranks = [np.argsort(np.argsort(values[~signal])) for values in (score, mass)]
    return weighted.auc(score[signal], score[~signal], weights=ones), np.corrcoef(*ranks)[0, 1]


def alone(settings, data, strength=0.0):
    members = training.members((strength,), folds=3, seed=1, background="toy", models_per_job=1)
    return training.train(settings, data, members)


@pytest.mark.parametrize("name", ["convolution", "sets", "lola"])
def test_rings_are_told_from_blobs(tables, name):
    settings, kind = CASES[name]
    settings = replace(settings, objective="none", early_stopping=None, epochs=8, learning_rate=3e-3)
    trained = alone(settings, tables[kind])
    assert judged(trained, tables[kind])[0] > 0.95
    assert models.warnings(trained, 0, None) == []


def test_an_autoencoder_of_blobs_finds_rings_and_an_adversary_takes_the_mass_out_of_its_error():
    data = make(9000)
    settings = replace(CASES["autoencoder"][0], epochs=8)
    plain, free = alone(replace(settings, objective="none"), data), alone(settings, data, 3.0)
    (area, knows), (other, left) = judged(plain, data), judged(free, data)
    assert area > 0.8 and knows > 0.4
    assert other > 0.8 and left < 0.6 * knows
    assert plain.history[-1][2][0] < free.history[-1][2][0] < 1
    entropy = models.reference_entropy(settings, data)
    assert models.warnings(plain, 0, None) == models.warnings(free, 0, entropy) == []
    background = torch.where((data.label == 0) & (data.fold != 0))[0]
    rank = torch.sigmoid(models.logits(plain.classifier, data.features[background]))[0]
    weight = data.weight[background]
    assert (weight @ rank / weight.sum()).item() == pytest.approx(0.5, abs=0.002)


def test_principal_components_do_not_learn_and_another_epoch_changes_nothing(tables):
    settings, kind = CASES["principal components"]
    one, two = (result(alone(replace(settings, epochs=n), tables[kind]), tables[kind]) for n in (1, 2))
    assert one[:-1] == two[:-1]
    start = training.Training(settings, tables[kind], grid(part=0, models_per_job=1)).classifier.components
    trained = alone(settings, tables[kind]).classifier.components
    assert torch.equal(start, trained) and not trained.requires_grad


def test_an_autoencoder_of_signal_has_high_scores_for_what_it_gives_back(tables):
    """Its score is the rank of minus the error in the signal that trained."""
    settings, kind = CASES["autoencoder of signal"]
    data = tables[kind]
    trained = alone(replace(settings, epochs=8), data)
    rows = torch.where((data.label == 1) & (data.fold != 0))[0]
    rank = torch.sigmoid(models.logits(trained.classifier, data.features[rows]))[0]
    assert (data.weight[rows] @ rank / data.weight[rows].sum()).item() == pytest.approx(0.5, abs=0.003)
    response = tasks.responses(trained.classifier, data.features[rows])[0]
    assert torch.corrcoef(torch.stack([rank.logit(), response]))[0, 1] > 0.9 and response.mean() > 0
    assert models.warnings(trained, 0, None) == []


def test_an_autoencoder_that_prefers_signal_is_tried_again_and_reported():
    """Dark images are the simpler ones: signal without light, and another seed does not help."""
    data = make(3000)
    data = replace(data, features=torch.where(data.label[:, None] == 1, 0.3, 1.0) * data.features)
    settings = replace(CASES["autoencoder"][0], objective="none")
    members = training.members((0,), folds=3, seed=1, background="toy", models_per_job=1)
    content = models.content(training.train_reliably(settings, data, members))
    sentences = content["models"][0]["warnings"]
    assert sentences[0] == "strength 0, fold 0 went wrong again from another seed"
    assert "gives signal back better than background (AUC 0." in sentences[1]


def test_batches_of_a_reconstruction_are_background_alone(tables):
    settings, kind = CASES["autoencoder of constituents"]
    data: Examples = tables[kind]
    stack = training.Training(settings, data, grid())
    for part in ("training", "validation", "held out"):
        for rows in stack.batches(0, part=part):
            assert rows.shape == (6, 256) and not data.label[rows].any()
    steps = len(stack.plan(0))
    assert steps == max(1, int(1500 * 2 / 3 * 0.8) // 256)
