"""A trap where mass and score depend on a third column: an adversary that knows the mass alone is not enough.

A made-up sample of jets: the mass grows with the transverse momentum, and a feature goes with the mass, upwards at
large and downwards at small momenta. Over a spectrum that is flat in the momentum the two take each other away.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import make_toy_events

from unsculpt import examples, metrics, models, training
from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.objectives import AdversarySettings
from unsculpt.training import Settings
from unsculpt.weighted import auc

LOW, HIGH, STRENGTH = 50, 300, 5
EDGES = np.linspace(LOW, HIGH, 26)
FLAT = {name: {"column": "pt", "bins": 36} for name in ("background", "signal")}


def jets(n):
    """n jets, half of them signal; three inputs, and the momentum, which falls steeply with the weights."""
    rng = np.random.default_rng(5)
    table = make_toy_events(n, seed=5)
    table = table[table.label >= 0]
    signal, size = table.label == SIGNAL, len(table)
    height = rng.random(size)  # of the momentum, from 200 to 2000 GeV
    weight = np.exp(-5 * height)
    spread = np.clip(rng.normal(0.25 + 0.3 * height, 0.15), 0.01, 0.99)
    mass = np.where(signal, np.clip(rng.normal(80, 8, size), LOW + 1, HIGH - 1), LOW + (HIGH - LOW) * spread)
    tilt = (spread - 0.25 - 0.3 * height) / 0.15  # of the mass, at its momentum
    known = rng.normal(np.where(signal, 1.2, 3 * (height - 0.5) * tilt))
    told = rng.normal(np.where(signal, 1.0, 0.0))
    features = np.stack([known, told, height, 200 + 1800 * height], 1).astype(np.float32)
    return replace(table, mass=mass, weight=weight, features=features, feature_names=("known", "told", "height", "pt"))


def floors(table, scores, rows, efficiency=0.1):
    """JSD of the background rows that pass a cut of this efficiency among them, in floors; weights as they are."""
    rows = rows & table.where(BACKGROUND)
    mass, weight, score = table.mass[rows], table.weight[rows], scores[rows]
    order = np.argsort(-score)
    cut = score[order][np.searchsorted(weight[order].cumsum(), efficiency * weight.sum())]
    options = {"edges": EDGES, "base": 2, "reference": "inclusive", "replicas": 20, "rng": np.random.default_rng(1)}
    found = metrics.jsd(mass, score >= cut, weights=weight, **options)
    return found.value / found.floor


def trained(table, conditions):
    """Out-of-fold scores of an adversarial training, which has weights that are flat in the momentum."""
    torch.set_num_threads(1)
    own = {"inputs": ["known", "told", "height"], "flat_in": FLAT}
    data = examples.from_events(table, mass_range=(LOW, HIGH), folds=3, training=own)
    adversary = AdversarySettings(bins=16, conditions=conditions)
    settings = Settings("adversarial", hidden_layers=(32, 32), batch_size=1024, epochs=40, adversary=adversary)
    members = training.members([STRENGTH], folds=3, seed=1, background="toy")
    content = models.content(training.train(settings, data, members))
    return models.out_of_fold([content], table.inputs(own["inputs"])[0], table.fold, table.channel)[f"{STRENGTH:g}"]


@pytest.fixture(scope="module")
def table():
    return jets(40000)


def test_an_adversary_of_a_flat_training_must_be_given_what_is_flat(table):
    """Trained flat in the momentum, it makes the score blind of the mass there, and not with the weights of events."""
    everyone, background = np.ones(len(table), bool), table.where(BACKGROUND)
    scores = {conditions: trained(table, conditions) for conditions in ((), ("pt",))}
    alone, given = (floors(table, score, everyone) for score in scores.values())
    assert alone > 4 and given < 2.5 and alone > 2.5 * given
    for score in scores.values():  # neither is blind because it learnt nothing
        parts = [score[~background], score[background]], [table.weight[~background], table.weight[background]]
        assert auc(*parts[0], weights=parts[1]) > 0.7
