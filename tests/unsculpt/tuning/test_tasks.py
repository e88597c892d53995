"""A search never sees the fold that judges it."""

from dataclasses import replace

import numpy as np

from unsculpt.tuning import tasks


def test_each_event_is_either_searched_with_or_untouched(toys, task):
    made = task()
    labelled = toys.label >= 0
    assert len(made.events.fold) == (labelled & (toys.fold != 0)).sum()
    assert len(made.untouched.fold) == (labelled & (toys.fold == 0)).sum()
    assert len(made.examples.label) == len(made.events.fold)


def test_folds_of_the_cross_validation_are_independent_of_those_of_the_study(toys, task):
    made = task(events=replace(toys, fold=toys.event.astype(np.int8) % 3))
    shares = [np.bincount(part.fold) / len(part.fold) for part in (made.events, made.untouched)]
    assert np.allclose(shares, 0.5, atol=0.06)


def test_untouched_events_change_nothing_in_the_search(toys, task):
    other = replace(toys, features=np.where(toys.fold[:, None] == 0, 7.0, toys.features).astype(np.float32))
    assert task().identity() == task(events=other).identity()
    changed = replace(toys, features=np.where(toys.fold[:, None] == 1, 7.0, toys.features).astype(np.float32))
    assert task().identity() != task(events=changed).identity()


def test_a_search_of_other_settings_is_another_search(task):
    assert len({task().identity(), task("combined").identity(), task().identity("code")}) == 3


def test_a_search_sees_the_inputs_alone_and_flat_classes_where_it_learns(toys, settings):
    training = settings["training"] | {
        "inputs": ["n_jets", "jet1_pt"],
        "flat_in": {"signal": {"column": "mass", "bins": 4}},
    }
    made = tasks.build(toys, settings | {"training": training}, search="classifier", background="ttyy")
    plain = tasks.build(toys, settings, search="classifier", background="ttyy")
    assert made.events.features.shape[1] == made.untouched.features.shape[1] == made.examples.features.shape[1] == 2
    assert np.array_equal(made.events.weight, plain.events.weight)  # of the criterion
    assert not np.array_equal(made.examples.weight, plain.examples.weight)
    stack = made.stack([made.start])
    stack.train_epoch()
    assert np.isfinite(stack.logits(0, made.events)).all()


def test_the_yields_are_those_of_all_events(toys, task):
    made = task()
    for part in (made.events, made.untouched):
        for label in (0, 1):
            total = toys.weight[toys.label == label].sum()
            assert np.isclose(part.weight[part.signal == label].sum(), total)


def test_the_combined_search_starts_from_the_earlier_outcome(settings, task):
    start = settings["training"] | {"hidden_layers": [5, 5, 5]}
    made = task("combined", start=start)
    assert made.start["hidden_layers"] == [5, 5, 5] and made.own["hidden_layers"] == [4]
    assert tasks.outcome([]) is None
