"""Entropies of known spectra, information of known cuts, and when the alarm is given."""

import math

import numpy as np
import pytest
import torch

from unsculpt import alarms, examples, models, training, weighted


def test_differential_entropy_of_a_falling_exponential(rng):
    slope = 2.0  # p = slope exp(-slope x) / (1 - exp(-slope)) on [0, 1]
    norm = 1 - math.exp(-slope)
    x = -np.log(1 - norm * rng.random(200_000)) / slope
    mean = 1 / slope - math.exp(-slope) / norm
    exact = -math.log(slope / norm) + slope * mean
    assert alarms.entropy(x, np.ones(len(x)), np.linspace(0, 1, 33)) == pytest.approx(exact, abs=3e-3)


def test_a_cut_on_the_mass_itself_has_the_information_of_the_cut(rng):
    mass_bin = rng.integers(0, 32, 50_000)
    information, _ = alarms.cut_information(mass_bin < 8, mass_bin, np.ones(50_000))
    assert information == pytest.approx(-(0.25 * math.log(0.25) + 0.75 * math.log(0.75)), abs=0.01)


@pytest.mark.parametrize("spread", [0.0, 0.6])
def test_random_cuts_have_the_information_of_the_floor(rng, spread):
    values = []
    for _ in range(100):
        weight = rng.uniform(1 - spread, 1 + spread, 5000)
        values.append(alarms.cut_information(rng.random(5000) < 0.3, rng.integers(0, 32, 5000), weight))
    information, floor = np.mean(values, axis=0)
    assert information == pytest.approx(floor, rel=0.1)


def test_a_cut_that_keeps_everything_says_nothing(rng):
    information, _ = alarms.cut_information(np.ones(100, bool), rng.integers(0, 4, 100), np.ones(100))
    assert information == pytest.approx(0, abs=1e-12)


def test_an_upper_cut_of_a_half_halves_the_weight(rng):
    score, weight = rng.random(10_001), rng.uniform(0.5, 1.5, 10_001)
    assert weight[score > alarms.upper_cut(score, weight, 0.5)].sum() / weight.sum() == pytest.approx(0.5, abs=1e-3)


def test_only_an_adversary_that_misses_a_real_dependence_is_dead():
    floor, degrees = 0.001, 31  # of 15500 events
    assert alarms.adversary_is_dead(0.3, floor, degrees, learnt=0.0)
    assert alarms.adversary_is_dead(0.3, floor, degrees, learnt=-0.1)
    assert not alarms.adversary_is_dead(0.3, floor, degrees, learnt=0.5)
    assert not alarms.adversary_is_dead(0.0019, floor, degrees, learnt=0.0)  # nothing there to be learnt
    assert not alarms.adversary_is_dead(0.0, floor, 0, learnt=0.0)  # a mass that all events share


@pytest.mark.parametrize("events", [500, 2000, 20_000])
@pytest.mark.parametrize("efficiency", [0.05, 0.3])
def test_a_cut_that_knows_nothing_is_significant_as_often_as_chance_allows(rng, monkeypatch, events, efficiency):
    """Weights of 0.4 to 1.6 included; the threshold is moved to where toys can count."""
    monkeypatch.setattr(alarms, "FALSE_ALARM", 0.05)
    given = 0
    for _ in range(400):
        number, weight = rng.integers(0, 32, events), rng.uniform(0.4, 1.6, events)
        information, floor = alarms.cut_information(rng.random(events) < efficiency, number, weight)
        given += alarms.adversary_is_dead(information, floor, 31, 0.0)
    assert given / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_an_adversary_that_knows_half_of_it_is_reported_as_often_as_chance_allows(rng, monkeypatch):
    monkeypatch.setattr(alarms, "FALSE_ALARM", 0.05)
    shares = 0.3 + 0.1 * np.sin(np.arange(32) / 5)  # of the events in a mass bin, those that pass
    mean = shares.mean()
    halves = [p * np.log(p / q) for p, q in ((shares, mean), (1 - shares, 1 - mean))]
    true = sum(halves).mean()
    given = 0
    for _ in range(400):
        number = rng.integers(0, 32, 5000)
        cut = alarms.cut_information(rng.random(5000) < shares[number], number, np.ones(5000))
        given += alarms.adversary_is_dead(*cut, 31, learnt=true / 2)
    assert 0.01 < given / 400 < 0.1


def ruled_by_few(rng, sigma, n=6000):
    """Signal and background that a feature tells apart, another knows the mass; lognormal weights of background."""
    label = np.repeat([0, 1], n)
    mass = np.where(label == 0, rng.exponential(0.5, 2 * n) % 1, np.clip(rng.normal(0.36, 0.03, 2 * n), 0, 1))
    features = np.stack([rng.normal(2 * label, 1), mass + 0.1 * rng.normal(size=2 * n), rng.normal(size=2 * n)], axis=1)
    weight = np.where(label == 0, np.exp(sigma * rng.normal(size=2 * n)), 1.0)
    weight[label == 0] /= weight[label == 0].mean()
    numbers = (torch.tensor(part, dtype=torch.float32) for part in (mass, weight))
    fold = torch.arange(2 * n) % 2
    return examples.Examples(
        torch.tensor(features, dtype=torch.float32), torch.tensor(label), fold, *numbers, names=("a", "b", "c")
    )


def areas(data, settings):
    """AUC of the two models of a training on the events of their folds, all of which count alike."""
    members = training.members((10.0,), folds=2, seed=1, background="any")
    found = training.train_reliably(settings, data, members, retries=0)
    logits = models.logits(found.classifier.eval(), data.features).double().numpy()
    label = data.label.numpy()
    areas = []
    for k in range(2):
        signal, background = (logits[k][(data.fold == k).numpy() & (label == number)] for number in (1, 0))
        areas.append(weighted.auc(signal, background, weights=(np.ones(len(signal)), np.ones(len(background)))))
    return areas


@pytest.mark.parametrize("objective", ["disco", "mode"])
def test_a_batch_that_a_few_events_rule_loses_the_signal_and_is_reported(rng, caplog, objective):
    torch.set_num_threads(1)
    settings = training.Settings(objective, hidden_layers=(32, 32), batch_size=1024, epochs=60)
    equal = min(areas(ruled_by_few(rng, 0.0), settings))
    assert equal > 0.75
    assert "protected events of a batch" not in caplog.text
    assert min(areas(ruled_by_few(rng, 2.1), settings)) < equal - 0.04  # of two trainings, which scatter
    assert "the 512 protected events of a batch count like" in caplog.text
    assert "raise training.batch_size" in caplog.text


def test_only_the_penalties_need_many_effective_events_in_a_batch(rng):
    weight = np.exp(1.55 * rng.normal(size=20_000))  # one in ten counts
    for objective in ("none", "adversarial"):
        assert alarms.few_in_a_batch(weight, 512, objective) is None
    for objective in ("disco", "mode"):
        assert "512 protected events" in alarms.few_in_a_batch(weight, 512, objective)
        assert alarms.few_in_a_batch(weight, 5120, objective) is None
        assert alarms.few_in_a_batch(np.ones(10), 99, objective) and not alarms.few_in_a_batch(
            np.ones(10), 100, objective
        )
