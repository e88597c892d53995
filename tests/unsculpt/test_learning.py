"""How well methods learn from how many events: which events learn and judge, and what the numbers mean."""

import copy

import numpy as np
import pytest
import toy_images
from conftest import make_toy_events
from defaults import default

from unsculpt import learning, metrics, planing, training
from unsculpt.decorrelation import trees
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, DATA, SIGNAL
from unsculpt.metrics.areas import area

MASS = {"latex": "m", "min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 5}
TRAINING = default("training") | {
    "hidden_layers": [8],
    "epochs": 3,
    "batch_size": 128,
    "learning_rate": 0.01,
    "retries": 0,
}
PLAIN = {"objective": "none", "strengths": [0]}


def learner(method=PLAIN, network=(), **training):
    return learning.Learner(
        method=method,
        training=planing.of_method(TRAINING | training, method),
        network=dict(network),
        trees=default("trees", estimators=10),
        mass=MASS,
        folds=3,
        seed=1,
        background="ttyy",
    )


@pytest.fixture(scope="module")
def table():
    return make_toy_events(6000, seed=3)


@pytest.fixture(scope="module")
def settings():
    return metrics.Settings.from_config(MASS, default("metrics", bootstrap_replicas=300))


def test_so_many_of_each_class_learn_and_the_whole_fold_judges(table):
    some = learning.drawn(table, 500, 3, np.random.default_rng(1))
    outside = some.fold != learning.FOLD
    assert [np.sum(outside & (some.label == label)) for label in (SIGNAL, BACKGROUND)] == [500, 500]
    watched = some[~outside]  # in each epoch
    assert [np.sum(watched.label == label) for label in (SIGNAL, BACKGROUND)] == [250, 250]  # a third of all, as ever
    other = learning.drawn(table, 500, 3, np.random.default_rng(2))
    assert len({*some.event[outside]} & {*other.event[other.fold != learning.FOLD]}) < 400  # of 1000: others
    judge = table[learning.judges(table)]
    assert len(judge) == np.sum((table.fold == learning.FOLD) & (table.label != DATA))
    assert {*judge.fold} == {learning.FOLD} and {*judge.label} == {SIGNAL, BACKGROUND}


def test_an_epoch_sees_each_event_once(table, monkeypatch):
    """All that fill whole batches, of which the stack itself says how many there are."""
    stacks = []

    def only_built(settings, data, members, **_):
        stacks.append(training.Training(settings, data, members))
        raise InterruptedError

    monkeypatch.setattr(training, "train_reliably", only_built)
    with pytest.raises(InterruptedError):
        learning.learn(learner(), table, 400)
    (stack,) = stacks
    rows = stack.plan("training")[:, 0].flatten()
    assert len(rows) == len({*rows.tolist()}) == 800 // stack.settings.batch_size * stack.settings.batch_size > 0
    assert (stack.examples.fold[rows] != learning.FOLD).all()


def test_events_without_positive_weight_are_not_among_those_that_learn(table):
    changed = copy.copy(table)
    weight = np.where(table.event % 2, -1.0, table.weight)
    object.__setattr__(changed, "weight", weight)
    some = learning.drawn(changed, 400, 3, np.random.default_rng(1))
    assert (some.weight[some.fold != learning.FOLD] > 0).all()
    _, number = learning.known(learner(), changed)
    train = (table.fold != learning.FOLD) & (weight > 0)
    assert number == {"signal": np.sum(train & (table.label == 1)), "background": np.sum(train & (table.label == 0))}


def test_few_events_get_more_epochs_and_ten_times_as_many_at_most(table, monkeypatch):
    seen = []

    def of_networks(one, data, judge, own, replica, checkpoint):
        seen.append((own["epochs"], len(data.label)))
        return {"0": np.zeros(len(judge))}, 1

    monkeypatch.setattr(learning, "_of_networks", of_networks)
    own, (_, number) = learner(epochs=3), learning.known(learner(), table)
    for events in (None, min(number.values()), 1000, 100):
        found = learning.learn(own, table, events)
        assert found.events == (number if events is None else {"signal": events, "background": events})
    assert [epochs for epochs, _ in seen] == [
        3,
        3,
        round(3 * min(number.values()) / 1000),
        round(3 * min(10, min(number.values()) / 100)),
    ]
    assert [rows for _, rows in seen[2:]] == [2000 + 1000, 200 + 100]


def test_more_events_than_there_are_is_one_sentence(table):
    with pytest.raises(InputError, match=r"learning_curves\.events has 9999, and outside a fold there are \d+ events"):
        learning.learn(learner(), table, 9999)


@pytest.mark.parametrize("method", [PLAIN, {"objective": "flatness", "strengths": [0, 1]}])
def test_a_training_does_not_know_the_labels_of_the_fold_that_judges(table, method):
    """The same training on events whose fold has its labels exchanged gives the same scores; another replica others."""
    exchanged = copy.copy(table)
    label = np.where((table.fold == learning.FOLD) & (table.label != DATA), 1 - table.label, table.label)
    object.__setattr__(exchanged, "label", label.astype(np.int8))
    first, same = (learning.learn(learner(method), events, 600) for events in (table, exchanged))
    other = learning.learn(learner(method), table, 600, replica=1)
    assert list(first.scores) == [str(strength) for strength in method["strengths"]]
    for tag, score in first.scores.items():
        assert len(score) == np.sum(learning.judges(table))
        np.testing.assert_allclose(score, same.scores[tag], atol=1e-5)  # mean weights of a class are of all folds
        assert np.abs(score - other.scores[tag]).max() > 1e-3
    assert first.parameters == (None if method is not PLAIN else (8 + 1) * 8 + 9)


def test_trees_learn_from_at_most_as_many_events_as_they_may(table, monkeypatch):
    own = learner({"objective": "flatness", "strengths": [0]})
    own.trees["max_events"] = 700
    drawn = []
    monkeypatch.setattr(trees, "drawn", lambda *of: drawn.append(trees_drawn(*of)) or drawn[-1])
    assert learning.learn(own, table).events == {"signal": 700, "background": 700}
    assert len(drawn[0].label) == 1400


trees_drawn = trees.drawn


def test_networks_on_arrays_learn_too():
    """As the architectures do: images of rings and blobs are told apart."""
    table = toy_images.table(1500)
    own = learner(
        PLAIN | {"architecture": "convolution", "inputs": ["image"]},
        {"channels": [4], "hidden_layers": [8]},
        **{"epochs": 4, "learning_rate": 0.01},
    )
    found = learning.learn(own, table, 400)
    judge = table[learning.judges(table)]
    signal = judge.label == SIGNAL
    weights = judge.weight[signal], judge.weight[~signal]
    assert area(found.scores["0"][signal], found.scores["0"][~signal], weights=weights).value > 0.9


def test_area_and_rejections_of_exponential_scores_are_those_of_the_formula(rng, settings):
    """Background with the density of a uniform score, signal with that of the largest of k: AUC = k / (k + 1)."""
    n, k = 8000, 4
    table = make_toy_events(2 * n, seed=5)
    table = table[table.label != DATA]
    table.weight[:] = 1
    score = np.where(table.label == SIGNAL, rng.random(len(table)) ** (1 / k), rng.random(len(table)))
    found = learning.judged(score, table, settings, rng)
    assert found["auc"].value == pytest.approx(k / (k + 1), abs=4 * found["auc"].error)
    signal = table.label == SIGNAL
    own = area(score[signal], score[~signal], weights=(np.ones(n), np.ones(n)))
    assert found["auc"].value == pytest.approx(own.value) and found["auc"].error == pytest.approx(own.error, rel=0.15)
    right = (1 - 0.5**k + 0.5) / 2
    assert found["accuracy"].value == pytest.approx(right, abs=4 * found["accuracy"].error)
    for number, efficiency in zip(found["rejections"], (0.3, 0.5), strict=True):
        expected = 1 / (1 - (1 - efficiency) ** (1 / k))
        assert number.signal_efficiency == efficiency
        assert number.value == pytest.approx(expected, abs=4 * number.error)
        assert 0.5 < number.error / (expected / np.sqrt(n / expected)) < 3


def test_of_three_trainings_the_spread_is_in_the_error_and_of_fewer_it_is_not(table, settings):
    here = table[learning.judges(table)]
    signal = here.label == SIGNAL

    def judged(shift):
        score = np.clip(0.4 + shift * signal + 0.1 * np.sin(here.event), 0, 1)
        return learning.judged(score, here, settings, np.random.default_rng(1))

    three = [judged(shift) for shift in (0.02, 0.04, 0.09)]
    found = learning.over_trainings(three)
    areas = [of["auc"].value for of in three]
    assert found["auc"].value == pytest.approx(np.mean(areas))
    assert found["auc"].error_training == pytest.approx(np.std(areas, ddof=1))
    events = np.sqrt(np.mean([of["auc"].error ** 2 for of in three]))
    assert found["auc"].error == pytest.approx(np.hypot(events, np.std(areas, ddof=1)))
    assert [of.signal_efficiency for of in found["rejections"]] == [0.3, 0.5]
    two = learning.over_trainings(three[:2])
    assert two["auc"].error_training is None and two["auc"].error == two["auc"].error_events


def test_a_rejection_that_one_training_lacks_is_none(table, settings):
    here = table[learning.judges(table)]
    perfect = learning.judged((here.label == SIGNAL).astype(float), here, settings, np.random.default_rng(1))
    random = learning.judged(np.modf(here.event * 0.618)[0], here, settings, np.random.default_rng(1))
    found = learning.over_trainings([random, perfect])
    assert perfect["rejections"][0].value is None and found["rejections"][0].value is None
    assert found["auc"].value == pytest.approx((1 + random["auc"].value) / 2)


def test_a_curve_ends_with_the_models_of_the_study(table, settings):
    """Which are judged as they are on the fold; those of further seeds, too."""
    rng = np.random.default_rng(4)
    columns = {name: rng.random(len(table)) for name in ("0", "0@1", "0@2")}
    asked = {"events": [800, 200], "seeds": 2}
    (point,) = learning.curves(learner(), table, columns, asked, settings)
    assert (point["strength"], point["tag"]) == (0, "0")
    *further, own = point["curve"]
    assert [row["events"]["signal"] for row in further] == [200, 800] and {row["trainings"] for row in further} == {2}
    assert own["of_study"] and own["trainings"] == 3 and not any(row["of_study"] for row in further)
    here = learning.judges(table)
    judge = table[here]
    signal = judge.label == SIGNAL
    weights = judge.weight[signal], judge.weight[~signal]
    areas = [area(s[here][signal], s[here][~signal], weights=weights).value for s in columns.values()]
    assert own["auc"].value == pytest.approx(np.mean(areas))
    assert own["events"] == learning.known(learner(), table)[1]
    (alone,) = learning.curves(learner(), table, columns, None, settings)
    assert len(alone["curve"]) == 1 and alone["curve"][0]["auc"] == own["auc"]
