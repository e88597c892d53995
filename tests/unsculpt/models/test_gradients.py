"""The mean gradient is that of the logit, by models that did not learn from the event."""

import numpy as np
import pytest
import torch
from toy_images import make

from unsculpt import models, training
from unsculpt.models.gradients import mean_gradients
from unsculpt.training import Settings


@pytest.fixture(scope="module")
def trained():
    torch.set_num_threads(1)
    data = make(900)
    settings = Settings(
        architecture="convolution", network={"channels": (4,), "hidden_layers": (8,)}, batch_size=128, epochs=1
    )
    members = training.members([0], folds=3, seed=1, background="toy", seeds=2)
    contents = [models.content(training.train(settings, data, [member]), odds=1.0) for member in members]
    return contents, data


def test_gradients_are_those_of_finite_differences_of_the_model_of_the_fold(trained):
    contents, data = trained
    noise = np.random.default_rng(2).uniform(0.1, 1, (60, 144))  # equal pixels have no one maximum
    x, fold = (data.features.numpy()[:60] + noise).astype(np.float64), data.fold.numpy()[:60]
    weight = np.linspace(0.5, 2, 60)
    found = mean_gradients(contents, x.astype(np.float32), fold, weight, {"all": np.ones(60, bool)})["all"]
    brightest = np.argsort(-np.abs(found))[:4]
    by_fold = {content["members"][0]["fold"]: content for content in contents if not content["members"][0]["replica"]}

    def logit(x):
        values = np.empty(60)
        for number, content in by_fold.items():
            rows = fold == number
            stack = models.inference.classifier(content).double()
            values[rows] = stack.task.response(stack(torch.tensor(x[None, rows])))[0].detach().numpy()
        return weight @ values / weight.sum()

    for pixel in brightest:
        step = np.zeros_like(x)
        step[:, pixel] = 1e-5
        assert (logit(x + step) - logit(x - step)) / 2e-5 == pytest.approx(found[pixel], rel=0.02, abs=1e-4)


def test_each_group_has_its_own_mean_and_many_events_are_taken_in_parts(trained, monkeypatch):
    contents, data = trained
    x, fold, label = data.features.numpy(), data.fold.numpy(), data.label.numpy()
    groups = {"signal": label == 1, "background": label == 0}
    whole = mean_gradients(contents, x, fold, np.ones(len(x)), groups)
    monkeypatch.setattr("unsculpt.models.gradients.CHUNK", 100)
    parts = mean_gradients(contents, x, fold, np.ones(len(x)), groups)
    for name in groups:
        np.testing.assert_allclose(parts[name], whole[name], rtol=1e-4, atol=1e-6)
    assert not np.allclose(whole["signal"], whole["background"])
