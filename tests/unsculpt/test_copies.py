"""Events and their copies in training: they count once, and a network that protects a scale loses what knows it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from unsculpt import copies, examples, models, training
from unsculpt.events import BACKGROUND, SIGNAL, Events, fold
from unsculpt.metrics import variations
from unsculpt.objectives import AdversarySettings
from unsculpt.weighted import auc, effective_number

FOLDS = 2


def table(features, weight=None, first=0):
    """Signal, in the first half, and background with these features, (n, 2)."""
    n = len(features)
    event, run = first + np.arange(n), np.ones(n, np.int64)
    return Events(
        run=run,
        event=event,
        sample=np.where(np.arange(n) < n // 2, "s", "b"),
        channel=["all"] * n,
        region=["one"] * n,
        label=(np.arange(n) < n // 2).astype(np.int8),
        fold=fold(run, event, FOLDS),
        mass=np.full(n, 125.0),
        weight=np.ones(n) if weight is None else weight,
        features=features.astype(np.float32),
        feature_names=("still", "moved"),
    )


def toy(n, rng, size=0.7):
    """Events of two features, of which the second separates more and knows the scale, and their copies."""
    signal = (np.arange(n) < n // 2)[:, None]
    events = table(rng.normal(0, 1, (n, 2)) + signal * [0.8, 1.6], rng.uniform(0.5, 1.5, n))
    shifts = {"scale_up": [0, size], "scale_down": [0, -size]}
    return events, {name: replace(events, features=events.features + np.float32(s)) for name, s in shifts.items()}


def convert(events, **options):
    return examples.from_events(events, mass_range=(100, 160), folds=FOLDS, dtype=torch.float64, **options)


def test_weights_are_shared_by_the_versions():
    """Of 1 + 2V versions each has its part, so the sum is the mean of the sums of the versions."""
    rng = np.random.default_rng(1)
    events, one = toy(200, rng)
    whole = copies.joined(events, one)
    assert len(whole) == 600 and whole.weight.sum() == pytest.approx(events.weight.sum())
    np.testing.assert_allclose(whole.weight[:200], events.weight / 3)
    lost = {"scale_up": one["scale_up"][:150], "scale_down": one["scale_down"]}
    kept = events.weight.sum() * 2 / 3 + events.weight[:150].sum() / 3
    assert copies.joined(events, lost).weight.sum() == pytest.approx(kept)
    two = copies.joined(events, one | {"jets_up": events, "jets_down": events})
    np.testing.assert_allclose(two.weight[:200], events.weight / 5)
    assert two.feature_names == ("still", "moved", "scale", "jets") and copies.variations_in(two) == ("scale", "jets")
    assert [np.bincount(two.column(name).astype(int)).tolist() for name in ("scale", "jets")] == [[600, 200, 200]] * 2
    assert copies.joined(events, {}) is events


def test_copies_are_no_events():
    """They count once in effective numbers and in the length of an epoch, and share fold and place of their event."""
    rng = np.random.default_rng(2)
    events, of_scale = toy(600, rng)
    whole = copies.joined(events, of_scale)
    assert copies.nominal(whole).sum() == 600 == len(np.unique(copies.numbers(whole)))
    np.testing.assert_array_equal(copies.numbers(whole)[:600], copies.numbers(whole)[600:1200])
    alone, data = convert(events), convert(whole)
    assert data.names == ("still", "moved") and data.categories["scale"][1] == 3 and "scale" not in data.others
    everything = torch.arange(len(data.label))
    assert data.effective(everything, data.weight) == pytest.approx(effective_number(alone.weight))
    assert effective_number(data.weight.numpy()) == pytest.approx(3 * effective_number(alone.weight))
    assert data.smallest_class() == alone.smallest_class() == 300
    settings = training.Settings("none", early_stopping=training.EarlyStopping(), batch_size=64, hidden_layers=(4,))
    stack = [training.Training(settings, of, training.members([0], folds=FOLDS, seed=1, background="b"))
             for of in (alone, data)]  # fmt: skip
    plan = stack[1].plan(0)
    assert stack[0].plan(0).shape == plan.shape
    for batch in plan[:, 0].reshape(-1, 32):  # of one class: all versions of an event, but for those at the ends
        together = np.unique(data.event[batch], return_counts=True)[1]
        assert (together == 3).sum() >= len(together) - 2
    for label in (BACKGROUND, SIGNAL):
        parts = {
            part: stack[1].rows(stack[1].starts[0], label, part) for part in ("training", "validation", "held out")
        }
        numbers = {part: set(data.event[rows].tolist()) for part, rows in parts.items()}
        assert all(len(parts[part]) == 3 * len(found) for part, found in numbers.items())
        assert sum(map(len, numbers.values())) == len(set().union(*numbers.values())) == 300


def test_examples_without_copies_are_what_they_were():
    events, of_scale = toy(400, np.random.default_rng(3))
    data = convert(events)
    assert data.event is None and data.nominal is None and list(data.categories) == ["channel", "region"]
    rows = torch.arange(7, 107)
    back, others = data.kept_back(rows, 0.2, torch.Generator().manual_seed(1))
    order = torch.randperm(100, generator=torch.Generator().manual_seed(1))
    assert torch.equal(back, rows[order[:20]]) and torch.equal(others, rows[order[20:]])
    assert convert(copies.joined(events, of_scale)).digest() != data.digest() == convert(events).digest()


@pytest.mark.parametrize(("objective", "strength"), [("adversarial", 50.0), ("disco", 100.0)])
def test_a_network_that_protects_the_scale_loses_the_feature_that_knows_it(objective, strength):
    rng = np.random.default_rng(4)
    events, of_scale = toy(12_000, rng)
    unseen, moved = toy(12_000, rng)
    found = {}
    for name, table_, protected in (
        ("none", events, ("mass",)),
        (objective, copies.joined(events, of_scale), ("scale",)),
    ):
        settings = training.Settings(name, hidden_layers=(16,), epochs=12, batch_size=512, learning_rate=0.01,
                                     protected=protected, protect="all",
                                     adversary=AdversarySettings(ramp=0.5))  # fmt: skip
        members = training.members([strength * (name != "none")], folds=FOLDS, seed=1, background="b")[:1]
        trained = training.train(settings, convert(table_), members)
        content = models.content(trained)
        score = {k: models.predict(content, of.features)[0] for k, of in {"as it is": unseen, **moved}.items()}
        signal = unseen.label == SIGNAL
        knows = auc(score["scale_up"], score["scale_down"], weights=(unseen.weight, unseen.weight))
        own = score["as it is"]
        found[name] = knows, auc(own[signal], own[~signal], weights=(unseen.weight[signal], unseen.weight[~signal]))
        if name == "adversarial":
            last = trained.history[-1]
            ceiling = models.reference_entropy(settings, trained.examples)
            assert ceiling == pytest.approx(np.log(3), abs=1e-6) and last[3][0] == pytest.approx(ceiling, abs=0.01)
    (knew, was), (knows, separates) = found["none"], found[objective]
    assert knew > 0.65 and abs(knows - 0.5) < 0.1 * (knew - 0.5)
    assert was > 0.88 and 0.69 < separates < 0.73  # 0.714 of the feature that stays: Phi(0.8 / sqrt(2))


def test_what_a_score_knows_of_the_scale_is_measured():
    """Against exact numbers of Gaussians, and nothing where nothing moves."""
    rng = np.random.default_rng(5)
    n, shift = 40_000, 0.5
    score = rng.normal(0, 1, n)
    edges = np.quantile(score, np.linspace(0, 1, 41)[1:-1])

    def sums(values):
        number = np.arange(n) % variations.CLUSTERS
        place = np.searchsorted(edges, values) + len(edges) * number + number
        return np.bincount(place, minlength=(len(edges) + 1) * variations.CLUSTERS).reshape(variations.CLUSTERS, -1)

    parts = [sums(score + by).astype(float) for by in (0, shift, -shift)]
    found = variations.known(*parts, 200, rng)
    assert found["auc"]["value"] == pytest.approx(0.7602, abs=0.003)  # Phi(1 / sqrt(2))
    assert found["ceiling"] == pytest.approx(np.log(3), abs=1e-9)
    grid = np.linspace(-7, 7, 4001)
    densities = np.exp(-((grid - shift * np.array([0, 1, -1])[:, None]) ** 2) / 2) / np.sqrt(2 * np.pi)
    exact = np.trapezoid((densities * np.log(densities / densities.mean(0))).mean(0), grid)
    assert found["information"]["value"] == pytest.approx(exact, rel=0.03)
    assert found["information"]["p_value"] < 0.01
    still = variations.known(*[sums(score + rng.normal(0, 0.05, n)).astype(float) for _ in range(3)], 200, rng)
    assert abs(still["auc"]["value"] - 0.5) < 4 * still["auc"]["error"]
    assert still["information"]["value"] < 3 * still["information"]["floor"] and still["information"]["p_value"] > 0.001
    same = variations.known(parts[0], parts[0], parts[0], 20, rng)
    assert same["information"]["value"] == 0 == same["information"]["floor"] and same["auc"]["value"] == 0.5
