"""Pictures are of events that the model has not seen, and add up to its error."""

import numpy as np
import pytest
import toy_images

from unsculpt import models, pictures, tasks, training

NETWORK = {"kind": "dense", "scale": "common", "bottleneck": 8, "channels": (4, 4), "hidden_layers": (16,)}
SETTINGS = {"architecture": "autoencoder", "task": "reconstruction", "batch_size": 256, "epochs": 2}


@pytest.fixture(scope="module")
def made():
    """Files of two models, the table, and the same as examples."""
    data, settings = toy_images.make(1500), training.Settings(network=NETWORK, **SETTINGS)
    options = {"folds": 3, "seed": 1, "background": "toy", "models_per_job": 1}
    parts = [training.members((0.0,), part=part, **options) for part in (1, 0)]
    contents = [models.content(training.train(settings, data, part)) for part in parts]
    return contents, toy_images.table(1500), data


@pytest.fixture(scope="module")
def measured(made):
    return pictures.measure(made[0], made[1], "0")


def held_out(table, label):
    return (table.label == label) & (table.fold == 0)


def test_means_are_those_of_the_held_out_images_with_their_weights(made, measured):
    table = made[1]
    assert (measured["tag"], measured["fold"], measured["shape"]) == ("0", 0, [12, 12])
    for label, name in enumerate(pictures.CLASSES):
        rows = held_out(table, label)
        mean, found = np.average(table.arrays["image"][rows], axis=0, weights=table.weight[rows]), measured["means"]
        assert found[name]["events"] == rows.sum()
        np.testing.assert_allclose(found[name]["image"], mean, rtol=1e-5, atol=1e-6)
        assert np.mean(found[name]["squared_error"]) == pytest.approx(found[name]["error"], rel=1e-5)


def test_the_error_is_that_of_the_training_and_what_is_given_back_has_the_unit_of_the_image(made, measured):
    contents, table, data = made
    (content,) = (c for c in contents if c["members"][0]["fold"] == 0)
    network, rows = models.classifier(content), held_out(table, 0)
    response = tasks.responses(network, data.features[rows])[0].double().exp().numpy()
    mean = np.average(response, weights=table.weight[rows])
    assert measured["means"]["background"]["error"] == pytest.approx(mean, rel=1e-4)
    width = network.of_model(0)["width"].numpy().reshape(12, 12)
    for shown in measured["examples"]:
        wrong = (np.array(shown["given_back"]) - shown["image"]) / width
        np.testing.assert_allclose(np.square(wrong), shown["squared_error"], rtol=1e-2, atol=1e-4)


def test_examples_are_events_at_the_quantiles_of_the_error(made, measured):
    table = made[1]
    errors = {name: [e["error"] for e in measured["examples"] if e["class"] == name] for name in pictures.CLASSES}
    assert errors["background"][0] < measured["means"]["background"]["error"] < errors["background"][1]
    for example in measured["examples"]:
        same = np.isclose(table.arrays["image"], example["image"], atol=1e-6).all((1, 2))
        assert (same & held_out(table, pictures.CLASSES.index(example["class"]))).sum() == 1
