"""A stack trains exactly the models that would be trained one by one; a resumed training is the uninterrupted one."""

import logging
import math
from dataclasses import replace

import pytest
import torch

from unsculpt import alarms, examples, models, training
from unsculpt.errors import InputError
from unsculpt.objectives import AdversarySettings
from unsculpt.training import Settings

SMALL = Settings(hidden_layers=(16, 16), batch_size=256, epochs=2)
CASES = {
    "none": replace(SMALL, learning_rate_decay=1e-3),
    "bins": replace(SMALL, objective="adversarial"),
    "mixture": replace(SMALL, objective="adversarial", adversary=AdversarySettings(head="mixture")),
    "batch normalisation and dropout": replace(SMALL, objective="disco", batch_normalisation=True, dropout=0.3),
    "disco": replace(SMALL, objective="disco"),
    "mode": replace(SMALL, objective="mode", activation="tanh"),
}


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def tables():
    from conftest import make_toy_events

    events = make_toy_events(4000)
    return {
        dtype: examples.from_events(events, mass_range=(105, 160), folds=3, dtype=dtype)
        for dtype in (torch.float32, torch.float64)
    }


def grid(strengths=(0.3, 30), **options):
    return training.members(strengths, folds=3, seed=1, background="ttyy", **options)


def scores(trained):
    return torch.sigmoid(models.logits(trained.classifier.eval(), trained.features))


@pytest.mark.parametrize("case", CASES)
def test_models_do_not_depend_on_how_the_grid_is_cut_into_jobs(tables, case):
    data, settings = tables[torch.float64], CASES[case]
    whole = scores(training.train(settings, data, grid()))
    for size in (1, 4):
        cut = [grid(part=part, models_per_job=size) for part in range(-(-6 // size))]
        parts = torch.cat([scores(training.train(settings, data, members)) for members in cut])
        assert (parts - whole).abs().max() < 1e-10


@pytest.mark.parametrize("case", CASES)
def test_a_resumed_training_is_the_uninterrupted_one_bit_for_bit(tables, case, tmp_path, monkeypatch):
    data, settings, path = tables[torch.float32], replace(CASES[case], epochs=4), tmp_path / "0.pt.checkpoint"
    whole = training.train(settings, data, grid())
    train_epoch = training.Training.train_epoch

    def die_in_the_third(self):
        if self.epoch == 2:
            raise KeyboardInterrupt
        train_epoch(self)

    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.Training, "train_epoch", die_in_the_third)
        training.train(settings, data, grid(), checkpoint=path)
    torch.rand(7)  # nothing may lean on the global generator
    resumed = training.train(settings, data, grid(), checkpoint=path)
    for ours, theirs in zip(resumed.state()["classifier"].values(), whole.state()["classifier"].values(), strict=True):
        assert torch.equal(ours, theirs)
    assert resumed.history == whole.history
    assert not path.exists()


@pytest.mark.parametrize("spoil", ["other settings", "other events", "garbage"])
def test_a_checkpoint_of_another_training_is_not_continued(tables, tmp_path, spoil, caplog):
    data, path = tables[torch.float32], tmp_path / "0.pt.checkpoint"
    begun = training.Training(SMALL, data, grid())
    begun.train_epoch()
    models.save({"identity": "other", "state": begun.state()}, path)
    if spoil == "garbage":
        path.write_bytes(b"garbage")
    with caplog.at_level(logging.INFO):
        trained = training.train(SMALL, data, grid(), checkpoint=path)
    assert "starting afresh" in caplog.text
    assert trained.history == training.train(SMALL, data, grid()).history


def test_the_identity_of_a_training_knows_its_events_and_settings(tables):
    data = tables[torch.float32]
    same = training.identity(training.Training(SMALL, data, grid()))
    assert same == training.identity(training.Training(SMALL, data, grid()))
    others = [
        training.Training(replace(SMALL, learning_rate=2e-3), data, grid()),
        training.Training(SMALL, replace(data, weight=data.weight * 1.001), grid()),
        training.Training(SMALL, data, grid((0.3, 31))),
    ]
    assert same not in [training.identity(other) for other in others]


def test_two_runs_agree_bit_for_bit(tables):
    for case in ("bins", "batch normalisation and dropout"):
        first, second = (scores(training.train(CASES[case], tables[torch.float32], grid())) for _ in range(2))
        assert torch.equal(first, second)


def test_all_strengths_of_a_fold_start_from_the_same_network_and_see_the_same_batches(tables):
    stack = training.Training(CASES["bins"], tables[torch.float32], grid())
    for parameter in (*stack.classifier.parameters(), *stack.objective.parameters()):
        assert torch.equal(parameter[:3], parameter[3:])
    rows = next(stack.batches(0, held_out=False))
    assert torch.equal(rows[:3], rows[3:])
    assert not torch.equal(rows[0], rows[1])


def test_batches_are_background_first_and_never_from_the_held_out_fold(tables):
    data = tables[torch.float32]
    stack = training.Training(SMALL, data, grid())
    for held_out in (False, True):
        for rows in stack.batches(0, held_out=held_out):
            assert not data.label[rows[:, :128]].any()
            assert data.label[rows[:, 128:]].all()
            for k, member in enumerate(stack.members):
                assert ((data.fold[rows[k]] == member.fold) == held_out).all()


def test_a_model_never_sees_its_held_out_events(tables):
    """Whatever stands in the held-out fold, the network is the same to the bit."""
    data, member = tables[torch.float32], grid()[1:2]
    spoilt = replace(data, features=torch.where((data.fold == 1)[:, None], 99.0, data.features))
    ours, theirs = (training.train(CASES["bins"], d, member).state()["classifier"] for d in (data, spoilt))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_learning_rates_fall_by_a_cosine_or_by_inverse_time(tables):
    stack = training.Training(replace(SMALL, epochs=40), tables[torch.float32], grid())
    stack.epoch = 20
    assert stack.rate(3, 10) == pytest.approx(0.5)
    stack.epoch = 40
    assert stack.rate(3, 10) == training.LOWEST_RATE
    decaying = training.Training(CASES["none"], tables[torch.float32], grid())
    decaying.epoch = 2
    assert decaying.rate(3, 10) == pytest.approx(1 / (1 + 1e-3 * 23))


def test_a_diverging_training_ends_with_a_sentence(tables):
    data = tables[torch.float32]
    wrong = replace(data, features=data.features * torch.tensor(math.nan))
    with pytest.raises(InputError, match=r"strength 0\.3, fold 0 diverged in epoch 1; lower training\.learning_rate"):
        training.train(SMALL, wrong, grid())


def test_seeds_depend_on_study_background_and_fold_only():
    assert [m.seed for m in grid()[:3]] == [m.seed for m in grid()[3:]]
    assert len({m.seed for m in grid()}) == 3
    other = training.members([0.3], folds=3, seed=1, background="ntni")
    assert not {m.seed for m in other} & {m.seed for m in grid()}


def test_parts_are_the_grid_strength_by_strength():
    whole = grid((0.3, 1, 3))
    assert [(m.strength, m.fold) for m in whole[:4]] == [(0.3, 0), (0.3, 1), (0.3, 2), (1.0, 0)]
    parts = [grid((0.3, 1, 3), part=part, models_per_job=4) for part in range(3)]
    assert [len(part) for part in parts] == [4, 4, 1]
    assert parts[0] + parts[1] + parts[2] == whole


def test_settings_take_the_names_of_the_configuration():
    tree = {"epochs": 3, "hidden_layers": [8], "models_per_job": 2, "device": "cpu", "adversary": {"head": "mixture"}}
    settings = Settings.from_config("adversarial", tree)
    assert (settings.epochs, settings.objective, settings.adversary.head) == (3, "adversarial", "mixture")


def test_a_missing_gpu_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert training.pick_device("auto") == "cpu"
    with pytest.raises(InputError, match=r"training\.device is cuda"):
        training.pick_device("cuda")


def test_the_adversary_takes_the_mass_out_of_the_score(toy_events):
    """Without it the score follows the mass; at strength 30 a cut on it knows no more of the mass than chance."""
    data = examples.from_events(toy_events(24_000), mass_range=(105, 160), folds=3)
    settings = Settings("adversarial", hidden_layers=(32, 32), epochs=25, batch_size=512, learning_rate=4e-3)
    trained = training.train(settings, data, training.members([0, 30], folds=3, seed=1, background="toy")[::3])
    held_out = data.fold == 0
    score = models.logits(trained.classifier.eval(), data.features[held_out]).numpy()
    signal, weight = data.label[held_out].numpy() == 1, data.weight[held_out].double().numpy()
    mass_bin = (data.mass[held_out].numpy() * 55).astype(int)[~signal]
    assert alarms.auc(score[0], signal, weight) > 0.9
    ratios = []
    for s in score:
        passed = (s > alarms.median_cut(s[signal], weight[signal]))[~signal]
        information, floor = alarms.cut_information(passed, mass_bin, weight[~signal])
        ratios.append(information / floor)
    assert ratios[0] > 8
    assert ratios[1] < 2
    assert [model["warnings"] for model in models.history(trained)] == [[], []]
