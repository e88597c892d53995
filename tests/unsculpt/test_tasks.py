"""Tasks: what trains, its loss, and scores between 0 and 1."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from unsculpt import tasks, training
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.networks import generator
from unsculpt.tasks import Classification, Reconstruction, distribution


class Errors(torch.nn.Module):
    """K networks whose response to an event is its only feature, times a number of each model."""

    chunk = 300

    def __init__(self, factors, task, dtype=torch.float64):
        super().__init__()
        self.factors = torch.nn.Parameter(torch.tensor(factors, dtype=dtype))
        task.attach(self)

    def forward(self, x):
        return ((self.factors[:, None, None] * x).exp() - tasks.FLOOR).sqrt()

    def select(self, members):
        part = Errors([self.factors[k].item() for k in members], self.task, self.factors.dtype)
        part.ranks = self.ranks[members]
        return part


def learnt(*samples):
    """What each model learns from: its features (n,) and weights."""
    return SimpleNamespace(sample=lambda k: (samples[k][0][:, None], samples[k][1]))


def finished(features, weight, dtype=torch.float64):
    network = Errors([1.0], Reconstruction(), dtype)
    with torch.no_grad():
        network.task.finish(network, learnt((features, weight / weight.sum())))
    return network


def score(network, features):
    response = tasks.responses(network, features[:, None])
    return torch.sigmoid(network.task.logit(network, response))[0]


@pytest.fixture
def background():
    draws = generator(1)
    response = 0.5 * torch.randn(20_000, generator=draws, dtype=torch.float64) - 2
    return response, 0.5 + torch.rand(20_000, generator=draws, dtype=torch.float64)


def test_the_cross_entropy_is_that_of_torch_with_both_classes_alike():
    response, weight = torch.randn(2, 3, 40, generator=generator(1), dtype=torch.float64)
    weight = weight.exp()
    label = (torch.arange(40) >= 20).double().expand(3, 40)
    each = F.binary_cross_entropy_with_logits(response, label, reduction="none") * weight
    expected = sum(each[:, half].sum(1) / weight[:, half].sum(1) / 2 for half in (slice(20), slice(20, 40)))
    torch.testing.assert_close(Classification().loss(response, weight), expected)


def test_the_loss_of_a_reconstruction_is_the_weighted_mean_of_the_squares():
    task, draws = Reconstruction(), generator(1)
    output = torch.randn(2, 30, 5, generator=draws, dtype=torch.float64)
    weight = torch.rand(2, 30, generator=draws, dtype=torch.float64)
    expected = (weight * output.square().mean(-1)).sum(1) / weight.sum(1)
    torch.testing.assert_close(task.loss(task.response(output), weight), expected + tasks.FLOOR)


def test_the_score_of_the_background_that_trained_is_uniform_with_its_weights(background):
    features, weight = background
    found = score(finished(features, weight), features).numpy()
    quantiles = np.linspace(0.001, 0.999, 400)
    order = found.argsort()
    share = (weight[order].cumsum(0) / weight.sum()).numpy()
    np.testing.assert_allclose(np.interp(quantiles, found[order], share), quantiles, atol=2e-3)


def test_the_score_is_the_distribution_function_of_the_response(background):
    features, weight = background
    x = torch.linspace(-3.5, -0.5, 50, dtype=torch.float64)
    np.testing.assert_allclose(score(finished(features, weight), x), torch.special.ndtr((x + 2) / 0.5), atol=0.01)


@pytest.mark.parametrize(("dtype", "steps"), [(torch.float64, 300), (torch.float32, 15)])
def test_the_score_rises_strictly_also_beyond_all_background(background, dtype, steps):
    """Up to errors twenty times as large as that of any background, as finely as the precision can tell."""
    features, weight = background
    network = finished(features, weight, dtype)
    beyond = score(network, features.max().item() + torch.linspace(0, 3, steps, dtype=dtype))
    assert (beyond.diff() > 0).all() and beyond.max() < 1
    below = score(network, features.min().item() - torch.logspace(-2, 0, 30).to(dtype))
    assert (below.diff() < 0).all() and below.min() > 0
    everywhere = score(network, torch.linspace(-5, 3, 5000, dtype=dtype))
    assert (everywhere.diff() >= 0).all()


def test_equal_errors_have_equal_scores_and_break_nothing():
    features = torch.tensor([-2.0, -2, -2, -1, -1, 0]).double().repeat(50)
    found = score(finished(features, torch.ones(300).double()), features[:6])
    assert (found[0] == found[1]) and (found[0] < found[3] < found[5])
    flat = score(finished(torch.full((50,), -1.0).double(), torch.ones(50).double()), torch.tensor([-1.1, -1, -0.9]))
    assert torch.isfinite(flat).all() and flat[0] < flat[1] < flat[2]


def test_each_model_has_the_ranks_of_its_own_background(background):
    features, weight = background
    network = Errors([1.0, 0.5], Reconstruction())
    with torch.no_grad():
        network.task.finish(network, learnt((features, weight / weight.sum()), (2 * features, weight / weight.sum())))
    ranks = torch.sigmoid(network.task.logit(network, tasks.responses(network, features[:100, None])))
    assert (ranks[0] - ranks[1]).abs().max() > 0.1  # of the second the background is twice as far away
    again = torch.sigmoid(network.task.logit(network, tasks.responses(network, 2 * features[:100, None])))
    torch.testing.assert_close(again[1], ranks[0])


def test_the_knots_are_the_weighted_quantiles():
    """An event of weight two is two events of weight one, but for the half of itself that it is above."""
    rng = np.random.default_rng(1)
    response, number = rng.normal(size=3000), rng.integers(1, 4, 3000)
    weighted, copied = (
        distribution(response, number.astype(float)),
        distribution(np.repeat(response, number), np.ones(number.sum())),
    )
    inner = np.abs(weighted[1]) < 4
    np.testing.assert_allclose(weighted[0][inner], np.interp(weighted[1], copied[1], copied[0])[inner], atol=0.02)


MEMBER = training.Member(0.0, 2, 1)
STRONG = training.Member(3.0, 2, 1)


def failure(task, member, area, loss=0.3, least=0.55):
    return task.failure(member, "the mass", area=area, loss=loss, least=least)


def test_an_autoencoder_that_likes_signal_better_is_reported_with_the_number():
    task = Reconstruction()
    sentence = failure(task, MEMBER, 0.2)
    assert sentence.startswith(
        "the autoencoder of strength 0, fold 2 gives signal back better than background (AUC 0.200)"
    )
    assert "undertrained, or signal is the simpler" in sentence
    assert "hardly tells signal from background (AUC 0.520, below" in failure(task, MEMBER, 0.52)
    assert failure(task, MEMBER, 0.56) is None


def test_with_an_objective_chance_is_an_honest_price_but_less_is_not():
    task = Reconstruction()
    assert failure(task, STRONG, 0.51) is failure(task, STRONG, 0.46) is None
    assert "better than background (AUC 0.440)" in failure(task, STRONG, 0.44)
    assert failure(task, STRONG, 0.2, least=0) is failure(task, MEMBER, 0.2, least=0) is None  # nothing is asked for


def test_an_autoencoder_that_gives_nothing_back_is_reported():
    assert "gives nothing back, its error is 1.2 times the content" in failure(Reconstruction(), STRONG, 0.9, loss=1.2)


def test_the_cut_of_an_autoencoder_does_not_know_the_signal():
    assert Reconstruction.judged == (BACKGROUND, 0.1) and Classification.judged == (SIGNAL, 0.5)
    assert math.isclose(Classification.chance, math.log(2)) and Reconstruction.chance == 1
