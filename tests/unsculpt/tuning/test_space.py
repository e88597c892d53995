"""The published ranges are the default, and a choice of hyperparameters is a configuration."""

import pytest
from defaults import default
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import FixedTrial

from unsculpt.studyfile import merge
from unsculpt.tuning.space import apply, changes, distributions, shape, suggest

TRAINING = default("training")
CHOICE = {
    "learning_rate": 0.00123456,
    "schedule": "decay",
    "learning_rate_decay": 3e-5,
    "hidden_layers": 2,
    "log2_units": 7,
    "dropout": 0.25,
    "activation": "tanh",
    "adversary_rate_ratio": 10.0,
    "adversary_hidden_layers": 3,
    "log2_adversary_units": 4,
    "adversary_head": "mixture",
    "adversary_components": 5,
}


def test_the_default_space_is_the_published_one():
    tuning = default("tuning")
    names = list(tuning["space"])
    space = distributions(names, tuning["space"])
    assert space["learning_rate"] == FloatDistribution(1e-5, 1e-1, log=True)
    assert space["learning_rate_decay"] == FloatDistribution(1e-6, 1e-2, log=True)
    assert space["hidden_layers"] == IntDistribution(1, 6) and space["log2_units"] == IntDistribution(1, 9)
    assert space["dropout"] == FloatDistribution(0, 0.5)
    assert space["activation"].choices == ("relu", "tanh")
    assert space["adversary_hidden_layers"] == IntDistribution(1, 4)
    assert space["log2_adversary_units"] == IntDistribution(1, 6)
    assert space["adversary_components"] == IntDistribution(1, 20)
    assert space.keys() == CHOICE.keys()


def test_what_has_no_effect_is_not_chosen():
    tuning = default("tuning")
    space = distributions(list(tuning["space"]), tuning["space"])
    for schedule, head in (("cosine", "mixture"), ("decay", "bins")):
        trial = FixedTrial(CHOICE | {"schedule": schedule, "adversary_head": head})
        suggest(trial, space)
        assert ("learning_rate_decay" in trial.params) == (schedule == "decay")
        assert ("adversary_components" in trial.params) == (head == "mixture")
        assert len(trial.params) == len(CHOICE) - 1


def test_a_choice_sets_every_key_that_it_names():
    chosen = apply(CHOICE, TRAINING)
    assert chosen["learning_rate"] == 0.00123
    assert chosen["hidden_layers"] == [128, 128] and chosen["activation"] == "tanh" and chosen["dropout"] == 0.25
    assert chosen["learning_rate_decay"] == 3e-5
    adversary = chosen["adversary"]
    assert adversary["hidden_layers"] == [16, 16, 16]
    assert adversary["head"] == "mixture" and adversary["components"] == 5
    assert adversary["learning_rate"] == pytest.approx(0.0123)


def test_a_cosine_has_no_decay():
    assert apply(CHOICE | {"schedule": "cosine"}, TRAINING)["learning_rate_decay"] == 0


def test_the_adversary_keeps_its_lead_over_a_faster_classifier():
    chosen = apply({"learning_rate": 0.004}, TRAINING)
    assert chosen["adversary"]["learning_rate"] / chosen["learning_rate"] == pytest.approx(20)


def test_no_choice_changes_nothing():
    assert apply({}, TRAINING) == TRAINING


def test_changes_are_what_has_to_be_merged():
    chosen = apply(CHOICE, TRAINING)
    assert merge(TRAINING, changes(chosen, TRAINING)) == chosen
    assert changes(TRAINING, TRAINING) == {}


def test_trials_of_one_stack_may_differ_in_their_rates_alone():
    one, other = CHOICE, CHOICE | {"learning_rate": 0.1, "schedule": "cosine", "adversary_rate_ratio": 1.0}
    assert shape(one) == shape(other)
    assert shape(one) != shape(CHOICE | {"dropout": 0.3})
