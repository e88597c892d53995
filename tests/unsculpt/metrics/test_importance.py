"""What a feature is worth."""

import numpy as np
import pytest

from unsculpt import axes, metrics
from unsculpt.errors import InputError
from unsculpt.metrics.importance import sidebands

AXIS = axes.spectrum(np.arange(105, 161), (120, 130))


def sample(rng, n=2000):
    label = np.repeat([1, 0], n)
    features = rng.normal(size=(2 * n, 3))
    features[:, 0] += 1.2 * label
    features[:, 1] += 0.4 * label
    return features, {
        "label": label,
        "weights": rng.uniform(0.5, 1.5, 2 * n),
        "groups": rng.integers(0, 3, 2 * n),
        "repetitions": 3,
    }


def linear(features):
    return features @ np.array([1.2, 0.4, 0])


def test_the_features_come_in_the_order_of_their_worth(rng):
    features, options = sample(rng)
    ranking = metrics.permutation_importance(linear, features, ("strong", "weak", "none"), rng=rng, **options)
    assert [entry.feature for entry in ranking] == ["strong", "weak", "none"]
    assert ranking[0].drop_auc > 10 * ranking[0].error
    assert (ranking[2].drop_auc, ranking[2].error) == (0, 0)


def test_without_its_only_feature_a_classifier_guesses(rng):
    features, options = sample(rng, 10000)
    result = metrics.permutation_importance(lambda x: x[:, 0], features, ("a", "b", "c"), rng=rng, **options)[0]
    signal = options["label"] == 1
    weights = options["weights"][signal], options["weights"][~signal]
    area = metrics.auc(features[signal, 0], features[~signal, 0], weights=weights)
    assert result.drop_auc == pytest.approx(area - 0.5, abs=0.01)


def test_the_error_is_the_spread_of_independent_samples(rng):
    results = []
    for _ in range(120):
        features, options = sample(rng, 300)
        ranking = metrics.permutation_importance(linear, features, ("strong", "weak", "none"), rng=rng, **options)
        results.append({entry.feature: entry for entry in ranking})
    for name in ("strong", "weak"):
        drops, errors = ([getattr(r[name], key) for r in results] for key in ("drop_auc", "error"))
        assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(drops), rel=0.25)


def test_a_feature_stays_in_its_fold_and_nothing_else_moves(rng):
    features, options = sample(rng, 100)
    seen = []

    def predict(x):
        seen.append(x)
        return linear(x)

    metrics.permutation_importance(predict, features, ("a", "b", "c"), rng=rng, **options)
    assert len(seen) == 1 + 3 * 3
    for group in range(3):
        rows = options["groups"] == group
        assert np.array_equal(np.sort(seen[1][rows, 0]), np.sort(features[rows, 0]))
    assert np.array_equal(seen[1][:, 1:], features[:, 1:]) and not np.array_equal(seen[1][:, 0], features[:, 0])


def test_an_array_is_shuffled_as_one_input(rng):
    """Two inputs, of three and of one number that is idle: what the first is worth, is worth all of its numbers."""
    features, options = sample(rng)
    arrays = np.stack([features, np.zeros_like(features)], 1)  # (n, 2, 3)
    seen = []

    def predict(x):
        seen.append(x)
        return linear(x[:, 0])

    first, second = metrics.permutation_importance(predict, arrays, ("array", "idle"), rng=rng, **options)
    assert (first.feature, second.drop_auc) == ("array", 0)
    whole = options["label"] == 1
    weights = options["weights"][whole], options["weights"][~whole]
    area = metrics.auc(linear(features)[whole], linear(features)[~whole], weights=weights)
    assert first.drop_auc == pytest.approx(area - 0.5, abs=0.02)
    shuffled = seen[1][:, 0]
    assert not np.array_equal(shuffled, features)
    assert np.array_equal(np.sort(shuffled @ [1, 10, 100]), np.sort(features @ [1, 10, 100])), "rows stay together"


def test_the_sidebands_hold_no_event_of_the_window_and_as_much_signal_as_background(rng):
    label = np.repeat([1, 0, -1], [500, 300, 60])
    mass = np.where(label == 1, 125, rng.uniform(105, 160, 860))
    samples = sidebands(label, mass, axis=AXIS, rng=rng)
    assert set(samples) == {"simulation", "data"}
    for rows, background in ((samples["simulation"], 0), (samples["data"], -1)):
        chosen = label[rows] == background
        assert set(label[rows]) == {1, background} and np.sum(chosen) == np.sum(~chosen)
        assert not np.any((mass[rows][chosen] >= 120) & (mass[rows][chosen] < 130))
        assert len(np.unique(rows)) == len(rows)
    assert sidebands(label[label >= 0], mass[label >= 0], axis=AXIS, rng=rng) == {}
    everywhere = sidebands(label, mass, axis=axes.spectrum(AXIS.edges), rng=rng)
    assert np.sum(label[everywhere["simulation"]] == 0) == 300 and np.sum(label[everywhere["data"]] == -1) == 60


def test_a_ranking_in_data_like_simulation_is_that_of_simulation(rng):
    features, options = sample(rng, 8000)
    label = np.where((options["label"] == 0) & (rng.random(16000) < 0.2), -1, options["label"])
    mass = rng.uniform(105, 160, 16000)
    drops = {}
    for name, rows in sidebands(label, mass, axis=AXIS, rng=rng).items():
        chosen = {key: options[key][rows] for key in ("weights", "groups")}
        ranking = metrics.permutation_importance(
            linear, features[rows], ("strong", "weak", "none"), label=label[rows], repetitions=3, rng=rng, **chosen
        )
        drops[name] = next(entry for entry in ranking if entry.feature == "strong")
    difference = drops["data"].drop_auc - drops["simulation"].drop_auc
    assert abs(difference) < 3 * np.hypot(drops["data"].error, drops["simulation"].error)


def test_bad_input_gets_one_sentence(rng):
    features, options = sample(rng, 50)
    names = ("a", "b", "c")
    with pytest.raises(InputError, match="1 repetitions give no spread"):
        metrics.permutation_importance(linear, features, names, rng=rng, **options | {"repetitions": 1})
    with pytest.raises(InputError, match="2 names for"):
        metrics.permutation_importance(linear, features, names[:2], rng=rng, **options)
    with pytest.raises(InputError, match="there are no events"):
        metrics.permutation_importance(linear, features, names, rng=rng, **options | {"label": np.ones(100)})
    with pytest.raises(InputError, match="value of event 0 is nan"):
        metrics.permutation_importance(lambda x: np.nan * x[:, 0], features, names, rng=rng, **options)
