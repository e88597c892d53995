"""What adversaries expect is near the events of a slice where they learnt something, and all events where not."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from conftest import make_toy_events

from unsculpt import examples, models, posterior, training
from unsculpt.objectives import AdversarySettings, Variable, mixture_loss
from unsculpt.training import Settings

MASS = {"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1}
EDGES = posterior.edges_of(MASS)
KNOWING = 1e-6  # a strength at which the score keeps the mass, and the adversary finds it


@pytest.fixture(scope="module")
def data():
    torch.set_num_threads(1)
    return examples.from_events(make_toy_events(12000, seed=4), mass_range=(105, 160), folds=3)


def trained(data, **changes):
    """The file of models with the mass among their inputs, for which no score can hide it."""
    adversary = AdversarySettings(**{"bins": 12, "components": 4, "conditions": ()} | changes)
    settings = Settings("adversarial", hidden_layers=(16,), batch_size=256, epochs=12, adversary=adversary)
    members = training.members([KNOWING], folds=3, seed=1, background="toy", seeds=2)
    return models.content(training.train(settings, data, members))


def distance(a, b):
    return np.abs(a / a.sum() - b / b.sum()).sum() / 2


@pytest.mark.parametrize("changes", [{}, {"head": "mixture"}, {"conditions": ("n_jets",)}])
def test_an_adversary_that_may_know_the_mass_expects_what_is_there(data, changes):
    features = torch.cat([data.features, 10 * data.mass[:, None] + torch.randn(len(data.mass), 1)], 1)
    known = replace(data, features=features, names=(*data.names, "hint"))
    found = posterior.believed(trained(known, **changes), known, MASS, EDGES)[KNOWING]
    everything = found.everything.sumw
    assert everything.sum() == pytest.approx(float(data.weight[data.label == 0].sum()), rel=1e-5)  # each event once
    apart = [distance(measured.sumw, everything) for measured in found.measured]
    left = [distance(m.sumw, expected) for m, expected in zip(found.measured, found.expected, strict=True)]
    assert max(apart) > 0.15 and sum(left) < 0.6 * sum(apart)
    for measured, expected in zip(found.measured, found.expected, strict=True):
        assert expected.sum() == pytest.approx(measured.sumw.sum(), rel=1e-5)
        assert measured.sumw.sum() == pytest.approx(0.1 * everything.sum(), rel=0.02)


def test_adversaries_without_knowledge_expect_the_spectrum_of_all_events(data):
    content = trained(data)
    for name, tensor in content["objective"].items():
        if "weight" in name or "bias" in name:
            tensor.zero_()  # then all bins of the head, of equal population, are as probable
    found = posterior.believed(content, data, MASS, EDGES)[KNOWING]
    for expected in found.expected:
        assert distance(found.everything.sumw, expected) < 0.03


def test_a_score_alone_is_sliced_fold_by_fold(data):
    mass = data.mass.numpy()
    score = np.where(data.fold.numpy() == 0, mass, 7 + 2 * mass)  # the folds have scales of their own
    found = posterior.spectra_alone(score, data, MASS, EDGES)
    low, _, high = ([i for i, w in enumerate(part.sumw) if w > 0] for part in found.measured)
    assert max(low) < 3 and min(high) > 3 and not found.expected


def test_shares_of_a_mixture_are_the_integrals_of_its_density():
    output = torch.randn(3, 9, generator=torch.Generator().manual_seed(1))
    edges = torch.tensor([0, 0.2, 0.25, 0.7, 1], dtype=torch.float64)
    shares = posterior.mixture(output, edges)
    x = torch.linspace(0, 1, 20001)
    density = torch.exp(-mixture_loss(output[:, None].expand(-1, len(x), -1), Variable(x.expand(3, -1), None, None, 0)))
    for i, (low, high) in enumerate(pairwise(edges)):
        inside = (x >= low) & (x <= high)
        assert torch.allclose(torch.trapezoid(density[:, inside], x[inside]).double(), shares[:, i], atol=2e-3)
    assert torch.allclose(shares.sum(1), torch.ones(3, dtype=torch.float64))
