"""Trials side by side are the trials that would be trained one by one, each with its own rates."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from unsculpt import examples, training
from unsculpt.tuning.criteria import held
from unsculpt.tuning.stacks import TrialStack, by_shape

MEMBERS = training.members([10], folds=3, seed=1, background="ttyy")
ADVERSARY = training.Settings().adversary
SETTINGS = [
    training.Settings(
        objective,
        hidden_layers=(8,),
        epochs=2,
        batch_size=128,
        dropout=0.2,
        learning_rate=rate,
        learning_rate_decay=decay,
        adversary=replace(ADVERSARY, hidden_layers=(8,), learning_rate=7 * rate),
    )
    for objective in ("adversarial", "disco")
    for rate, decay in ((1e-3, 0), (2e-2, 0), (5e-3, 1e-2))
]
ADVERSARIAL, DISCO = SETTINGS[:3], SETTINGS[3:]


@pytest.fixture(scope="module")
def data(toys):
    return examples.from_events(toys, mass_range=(105, 160), folds=3, dtype=torch.float64)


def trained(stack, epochs=2):
    for _ in range(epochs):
        stack.train_epoch()
    return stack


@pytest.mark.parametrize("settings", [ADVERSARIAL, DISCO], ids=["adversarial", "disco"])
def test_a_stack_of_trials_is_the_trials_one_by_one(settings, data, toys):
    events = held(toys, {0: 1, 1: 1}, toys.feature_names)
    together = trained(TrialStack(settings, data, MEMBERS))
    for number, single in enumerate(settings):
        alone = trained(TrialStack([single], data, MEMBERS)).logits(0, events)
        assert np.abs(together.logits(number, events) - alone).max() < 1e-10


@pytest.mark.parametrize("settings", [*ADVERSARIAL, DISCO[0]], ids=["slow", "fast", "decay", "disco"])
def test_a_trial_is_a_training_of_the_workflow(settings, data):
    ours, theirs = trained(TrialStack([settings], data, MEMBERS)), trained(training.Training(settings, data, MEMBERS))
    assert np.allclose(ours.history, theirs.history, rtol=1e-9)


def test_a_trial_that_diverges_leaves_its_neighbours_alone(data, toys):
    events = held(toys, {0: 1, 1: 1}, toys.feature_names)
    wild = replace(ADVERSARIAL[0], learning_rate=float("nan"))
    stack = trained(TrialStack([ADVERSARIAL[0], wild], data, MEMBERS))
    alone = trained(TrialStack([ADVERSARIAL[0]], data, MEMBERS))
    assert np.isnan(stack.logits(1, events)).all()
    assert np.abs(stack.logits(0, events) - alone.logits(0, events)).max() < 1e-10


def test_trials_are_grouped_by_their_shape():
    trials = [SimpleNamespace(params={"log2_units": u, "learning_rate": r}) for u, r in ((3, 0.1), (4, 0.1), (3, 0.2))]
    assert [[trial.params["learning_rate"] for trial in group] for group in by_shape(trials)] == [[0.1, 0.2], [0.1]]
