"""A stack trains exactly the models that would be trained one by one; a resumed training is the uninterrupted one."""

import copy
import logging
import math
from dataclasses import replace
from unittest.mock import MagicMock

import numpy as np
import pytest
import torch

from unsculpt import alarms, examples, models, networks, tasks, training, weighted
from unsculpt.errors import InputError
from unsculpt.objectives import AdversarySettings
from unsculpt.training import EarlyStopping, Settings, passes
from unsculpt.training.settings import HELD_OUT, TRAINING, VALIDATION

SMALL = Settings(hidden_layers=(16, 16), batch_size=256, epochs=2)
CASES = {
    "none": replace(SMALL, learning_rate_decay=1e-3),
    "bins": replace(SMALL, objective="adversarial"),
    "mixture": replace(SMALL, objective="adversarial", adversary=AdversarySettings(head="mixture")),
    "batch normalisation and dropout": replace(SMALL, objective="disco", batch_normalisation=True, dropout=0.3),
    "disco": replace(SMALL, objective="disco"),
    "mode": replace(SMALL, objective="mode", activation="tanh"),
    "mode of order two": replace(SMALL, objective="mode", order=2),
    "several variables": replace(
        SMALL,
        objective="adversarial",
        protected=("mass", "channel", "jet1_pt"),
        adversary=AdversarySettings(conditions=("n_jets",)),
    ),
    "odd sizes": replace(
        SMALL,
        objective="adversarial",
        hidden_layers=(15, 7),
        batch_size=250,
        adversary=AdversarySettings(bins=17, hidden_layers=(5,)),
    ),
    "early stopping": replace(SMALL, objective="adversarial", early_stopping=EarlyStopping(patience=1, share=0.3)),
    "all events": replace(
        SMALL,
        objective="adversarial",
        protect="all",
        protected=("jet1_pt",),
        adversary=AdversarySettings(conditions=("mass", "channel")),
    ),
    "ramp": replace(
        SMALL,
        objective="disco",
        adversary=AdversarySettings(ramp=0.6),
        early_stopping=EarlyStopping(patience=1, share=0.3),
    ),
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


def same(ours, theirs):
    """Whether networks, history and scores of two trainings agree to the bit."""
    states = [training.state() for training in (ours, theirs)]
    tensors = [[*state["classifier"].values(), *state["objective"].values()] for state in states]
    return (
        ours.history == theirs.history and all(map(torch.equal, *tensors)) and torch.equal(*map(scores, (ours, theirs)))
    )


def part_of(whole, first, last):
    """The outcome of some of the models of a training: networks, losses of each epoch, scores."""
    states = [whole.state()[name] for name in ("classifier", "objective")]
    tensors = [tensor[first:last] for state in states for tensor in state.values()]
    epochs = [whole.last_epoch(k) for k in range(first, last)]
    losses = [[row[k] for row in rows] for k in range(first, last) for rows in whole.history[: whole.last_epoch(k)]]
    return [*tensors, torch.tensor(losses), torch.tensor(epochs), scores(whole)[first:last]]


@pytest.mark.parametrize("case", CASES)
def test_models_do_not_depend_on_how_the_grid_is_cut_into_jobs(tables, case):
    """Bit for bit, in single precision: alone, in stacks of two, five and twelve."""
    data, settings, strengths = tables[torch.float32], CASES[case], (0.1, 1, 10, 100)
    whole = training.train(settings, data, grid(strengths))
    for size, parts in ((1, (0, 11)), (2, (3,)), (5, (1,))):
        for part in parts:
            members = grid(strengths, part=part, models_per_job=size)
            cut = training.train(settings, data, members)
            first = part * size
            expected = part_of(whole, first, first + len(members))
            assert all(map(torch.equal, part_of(cut, 0, len(members)), expected)), (size, part)


def test_a_stack_of_forty_is_made_of_the_models_of_smaller_ones(tables):
    data, settings, strengths = tables[torch.float32], CASES["bins"], [0.1 * 1.5**i for i in range(14)]
    whole = training.train(settings, data, grid(strengths)[:40])
    for size, part in ((1, 39), (9, 2), (18, 1)):
        cut = training.train(settings, data, grid(strengths, part=part, models_per_job=size))
        expected = part_of(whole, part * size, (part + 1) * size)
        assert all(map(torch.equal, part_of(cut, 0, size), expected)), size


@pytest.mark.parametrize("case", ["bins", "batch normalisation and dropout", "mode"])
def test_in_double_precision_models_agree_on_any_processor(tables, case):
    data, settings = tables[torch.float64], replace(CASES[case], early_stopping=None)
    whole = scores(training.train(settings, data, grid()))
    alone = scores(training.train(settings, data, grid(part=4, models_per_job=1)))
    assert (alone - whole[4:5]).abs().max() < 1e-10


@pytest.mark.parametrize("case", CASES)
def test_a_resumed_training_is_the_uninterrupted_one_bit_for_bit(tables, case, tmp_path, monkeypatch):
    settings, path = replace(CASES[case], epochs=4), tmp_path / "0.pt.checkpoint"
    if settings.early_stopping:
        settings = replace(settings, early_stopping=EarlyStopping(patience=4))
    data = tables[torch.float32]
    whole = training.train(settings, data, grid())
    train_epoch = training.Training.train_epoch

    def die_in_the_third(self):
        if self.epoch == 2:
            raise KeyboardInterrupt
        train_epoch(self)

    monkeypatch.setattr(training.runs, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.Training, "train_epoch", die_in_the_third)
        training.train(settings, data, grid(), checkpoint=path)
    torch.rand(7)  # nothing may lean on the global generator
    resumed = training.train(settings, data, grid(), checkpoint=path)
    assert same(resumed, whole)
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
    rows = next(stack.batches(0))
    assert torch.equal(rows[:3], rows[3:])
    assert not torch.equal(rows[0], rows[1])


@pytest.mark.parametrize("part", [TRAINING, HELD_OUT, VALIDATION])
def test_batches_are_background_first_and_from_their_part_of_the_events(tables, part):
    data = tables[torch.float32]
    stack = training.Training(CASES["early stopping"], data, grid(seeds=2))
    seen = [set() for _ in stack.members]
    for rows in stack.batches(0, part=part):
        assert not data.label[rows[:, :128]].any()
        assert data.label[rows[:, 128:]].all()
        for k, member in enumerate(stack.members):
            assert ((data.fold[rows[k]] == member.fold) == (part == HELD_OUT)).all()
            seen[k] |= set(rows[k].tolist())
    for k, rows in enumerate(seen):
        assert rows <= set(stack.rows_of_model(k, part).tolist())


def test_validation_events_are_a_share_of_the_training_folds_and_do_not_train(tables):
    data = tables[torch.float32]
    stack = training.Training(CASES["early stopping"], data, grid())
    parts = {part: set(stack.rows_of_model(0, part).tolist()) for part in (TRAINING, VALIDATION, HELD_OUT)}
    assert sum(map(len, parts.values())) == len(set.union(*parts.values())) == len(data.mass)
    assert len(parts[VALIDATION]) / len(parts[TRAINING]) == pytest.approx(0.3 / 0.7, rel=0.01)


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
    assert stack.rate(3, 10) == training.settings.LOWEST_RATE
    decaying = training.Training(CASES["none"], tables[torch.float32], grid())
    decaying.epoch = 2
    assert decaying.rate(3, 10) == pytest.approx(1 / (1 + 1e-3 * 23))


def test_a_diverging_training_ends_with_a_sentence(tables):
    data = tables[torch.float32]
    wrong = replace(data, features=data.features * torch.tensor(math.nan))
    with pytest.raises(InputError, match=r"strength 0\.3, fold 0 diverged in epoch 1; lower training\.learning_rate"):
        training.train(SMALL, wrong, grid())


def test_a_model_without_any_criterion_that_is_a_number_is_one_sentence(tables):
    """Its loss is finite on the events that train and on those held out, but not on those of early stopping."""
    data = tables[torch.float32]
    settings = replace(SMALL, early_stopping=EarlyStopping(patience=1, share=0.3))
    stack = training.Training(settings, data, grid()[:1])
    spoilt = stack.rows_of_model(0, VALIDATION)
    stack.features = stack.features.clone()
    stack.features[spoilt[0]] = math.nan
    stack.train_epoch()
    with pytest.raises(InputError, match=r"strength 0\.3, fold 0 diverged on the events of early stopping; lower"):
        stack.stopping.keep_best()


@pytest.mark.parametrize("number", [2, 4])
def test_early_stopping_keeps_an_event_back_however_few_there_are(tables, number):
    data = tables[torch.float32]
    signal = torch.where((data.label == 1) & (data.fold != 0))[0][number:]
    kept = torch.ones(len(data.mass), dtype=bool)
    kept[signal] = False
    few = replace(
        data,
        categories={name: (values[kept], n) for name, (values, n) in data.categories.items()},
        **{key: getattr(data, key)[kept] for key in ("features", "label", "fold", "mass", "weight")},
    )
    settings = replace(SMALL, early_stopping=EarlyStopping(patience=1, share=0.1), epochs=1)
    trained = training.train(settings, few, grid()[:1])
    assert math.isfinite(sum(trained.history[-1][2]))
    parts = [set(trained.rows((0, trained.members[0].seed), 1, part).tolist()) for part in (TRAINING, VALIDATION)]
    assert [len(part) for part in parts] == [number - 1, 1]


def test_seeds_depend_on_study_background_fold_and_replica_only():
    assert [m.seed for m in grid()[:3]] == [m.seed for m in grid()[3:]]
    assert len({m.seed for m in grid(seeds=4)}) == 12
    assert [m for m in grid(seeds=4) if m.replica == 0] == grid()
    other = training.members([0.3], folds=3, seed=1, background="ntni")
    assert not {m.seed for m in other} & {m.seed for m in grid(seeds=4)}
    again = [m.again() for m in grid(seeds=4)]
    assert not {m.seed for m in again} & {m.seed for m in grid(seeds=4)}
    assert {m.attempt for m in again} == {1}


def test_further_seeds_change_nothing_in_the_first(tables):
    data = tables[torch.float32]
    several = training.train(CASES["bins"], data, grid(seeds=2))
    first = [k for k, member in enumerate(several.members) if member.replica == 0]
    assert torch.equal(scores(several)[first], scores(training.train(CASES["bins"], data, grid())))
    assert not torch.equal(scores(several)[0], scores(several)[3])


def test_parts_are_the_grid_strength_by_strength():
    whole = grid((0.3, 1, 3))
    assert [(m.strength, m.fold) for m in whole[:4]] == [(0.3, 0), (0.3, 1), (0.3, 2), (1.0, 0)]
    assert [(m.replica, m.fold) for m in grid((0.3,), seeds=2)] == [(r, f) for r in range(2) for f in range(3)]
    parts = [grid((0.3, 1, 3), part=part, models_per_job=4) for part in range(3)]
    assert [len(part) for part in parts] == [4, 4, 1]
    assert parts[0] + parts[1] + parts[2] == whole


def test_settings_take_the_names_of_the_configuration():
    elsewhere = {"models_per_job": 2, "device": "cpu", "seeds": 5, "retries": 1}
    tree = {"epochs": 3, "adversary": {"head": "mixture"}, "early_stopping": {"patience": 3, "share": 0.1}, **elsewhere}
    settings = Settings.from_config("mode", tree, order=2)
    assert (settings.epochs, settings.objective, settings.order, settings.adversary.head) == (3, "mode", 2, "mixture")
    assert settings.early_stopping == EarlyStopping(3, 0.1)


def test_a_missing_gpu_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert training.pick_device("auto") == "cpu"
    with pytest.raises(InputError, match=r"training\.device is cuda"):
        training.pick_device("cuda")


@pytest.mark.parametrize("case", ["bins", "several variables", "all events", "early stopping"])
def test_what_cuts_know_is_found_for_all_models_at_once_as_for_each_alone(case, tables):
    """Two implementations without a common line: sorted sums of a whole stack in torch, histograms of one in numpy."""
    data = replace(tables[torch.float64], weight=torch.linspace(0.5, 2, len(tables[torch.float64].label)).double())
    stack = training.Training(CASES[case], data, grid())
    stack.train_epoch()
    together = models.Cuts(stack, HELD_OUT).known().T
    for k, known in enumerate(together):
        rows = stack.rows_of_model(k)
        response = tasks.responses(stack.classifier.select([k]), data.features[rows])[0].numpy()
        weight, signal = data.weight[rows].numpy(), data.label[rows].numpy() == 1
        passed = response > alarms.upper_cut(response[signal], weight[signal], 0.5)
        kept = np.ones_like(signal) if CASES[case].protect == "all" else ~signal
        weight = np.where(signal, weight / weight[signal].sum(), weight / weight[~signal].sum())[kept]
        numbers = [variable.numbers(k, rows)[kept] for variable in stack.protected]
        alone = np.sum([alarms.cut_information(passed[kept], number, weight) for number in numbers], axis=0)
        degrees = sum(len(set(number)) - 1 for number in numbers)
        assert known == pytest.approx([*alone, degrees], rel=1e-9)


def on_gpu(test):
    """Mark a test that `make test-gpu` runs."""
    return pytest.mark.gpu(pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU here")(test))


@on_gpu
@pytest.mark.parametrize("case", CASES)
def test_a_gpu_gives_the_scores_of_the_cpu_in_double_precision(case, tables, monkeypatch, caplog):
    monkeypatch.setattr(networks, "masks", networks.CountedMasks)  # the CPU would draw others
    caplog.set_level(logging.INFO)
    ours, theirs = (training.train(CASES[case], tables[torch.float64], grid(), device=d) for d in ("cpu", "cuda"))
    assert (scores(ours) - scores(theirs).cpu()).abs().max() < 1e-6
    assert "cannot be recorded" not in caplog.text


@on_gpu
@pytest.mark.parametrize("case", CASES)
def test_a_replayed_step_is_the_launched_one(case, tables, monkeypatch):
    replayed = training.train(CASES[case], tables[torch.float64], grid(), device="cuda")
    monkeypatch.setattr(passes, "recorded", lambda function, _: function)
    launched = training.train(CASES[case], tables[torch.float64], grid(), device="cuda")
    assert (scores(replayed) - scores(launched)).abs().max() < 1e-9
    torch.testing.assert_close(torch.tensor(replayed.history), torch.tensor(launched.history), rtol=1e-9, atol=1e-9)


@on_gpu
def test_a_training_on_a_gpu_continues_from_a_state(tables):
    settings, data = replace(CASES["bins"], epochs=4, dropout=0.2), tables[torch.float64]
    first = training.Training(settings, data, grid(), "cuda")
    whole = training.train(settings, data, grid(), device="cuda")
    for _ in range(2):
        first.train_epoch()
    rest = training.Training(settings, data, grid(), "cuda")
    rest.restore(copy.deepcopy(first.state()))
    for _ in range(2):
        rest.train_epoch()
    assert (scores(rest) - scores(whole)).abs().max() < 1e-9


@on_gpu
@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype")
def test_no_number_comes_from_the_cpu_within_a_step(tables):
    stack = training.Training(replace(CASES["bins"], dropout=0.3), tables[torch.float32], grid(), "cuda")
    stack.train_epoch()
    try:
        torch.cuda.set_sync_debug_mode("error")
        stack.step(stack.plans[HELD_OUT][0][stack.start_row])
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_what_cannot_be_recorded_is_done_as_it_is_and_changes_nothing(tables, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    for name in ("Stream", "stream", "current_stream"):  # of a machine with a GPU, up to the failure
        monkeypatch.setattr(torch.cuda, name, lambda *_: MagicMock())
    stack = training.Training(CASES["bins"], tables[torch.float32], grid())
    rows = next(stack.batches(0))
    stack.step(rows)
    before = copy.deepcopy(stack.state())

    def fails():
        stack.step(rows)
        assert not torch.equal(stack.classifier.weight[0], before["classifier"]["weight.0"])
        raise RuntimeError("operation not permitted when stream is capturing\nand so on")

    assert passes.recorded(fails, stack) is fails
    assert "cannot be recorded (operation not permitted" in caplog.text and "and so on" not in caplog.text
    after = stack.state()
    for part in ("classifier", "objective"):
        assert all(map(torch.equal, before[part].values(), after[part].values()))
    for ours, theirs in zip(before["optimisers"], after["optimisers"], strict=True):
        for number, numbers in ours["state"].items():
            assert all(torch.equal(numbers[key], theirs["state"][number][key]) for key in numbers)


def test_products_in_tf32_are_for_gpus_alone_and_end_with_the_training():
    before = torch.get_float32_matmul_precision()
    with training.products_in("tf32", "cpu"):
        assert torch.get_float32_matmul_precision() == before
    with training.products_in("tf32", "cuda"):
        assert torch.get_float32_matmul_precision() == "high"
    assert torch.get_float32_matmul_precision() == before


def test_a_model_keeps_the_weights_of_its_best_epoch_and_stops_for_itself(tables):
    data, settings = tables[torch.float32], replace(CASES["early stopping"], epochs=8, learning_rate=0.05)
    stack, epochs = training.Training(settings, data, grid()), []
    while not stack.finished:
        stack.train_epoch()
        epochs.append((stack.stopping.criterion(), [p.detach().clone() for p in stack.classifier.parameters()]))
    trained = training.train(settings, data, grid())
    criteria = torch.stack([criterion for criterion, _ in epochs])  # (epochs, K)
    stopped = [trained.last_epoch(k) for k in range(6)]
    assert len(set(stopped)) > 1, stopped
    for k, last in enumerate(stopped):
        best = int(criteria[:last, k].argmin())
        assert trained.kept_epoch(k) == best + 1
        assert last in (best + 2, 8)  # patience of one epoch
        for ours, theirs in zip(trained.classifier.parameters(), epochs[best][1], strict=True):
            assert torch.equal(ours[k], theirs[k])


def test_an_ignorant_adversary_does_not_look_like_success_to_early_stopping(toy_events):
    """Before it has learnt, the adversary knows nothing of a score that a cut shows to follow the mass."""
    data = examples.from_events(toy_events(12_000), mass_range=(105, 160), folds=3)
    deaf = AdversarySettings(learning_rate=1e-12)
    settings = Settings(
        "adversarial", hidden_layers=(32, 32), batch_size=256, learning_rate=4e-3, epochs=10, adversary=deaf
    )
    plain = training.members([0], folds=3, seed=1, background="toy")[:1]
    stack = training.Training(replace(settings, early_stopping=EarlyStopping()), data, plain)
    start = stack.stopping.criterion()
    for _ in range(settings.epochs):
        stack.train_epoch()
    assert stack.stopping.criterion() < start - 0.1
    stack.strength += 10
    assert stack.stopping.criterion() > start + 0.1


@pytest.mark.parametrize("objective", ["adversarial", "disco", "mode"])
def test_the_strength_grows_linearly_step_by_step_to_the_value_of_each_model(tables, monkeypatch, objective):
    settings = replace(SMALL, objective=objective, epochs=5, adversary=AdversarySettings(ramp=0.5))
    seen, step = [], training.Training.step

    def spy(self, rows):
        seen.append((self.strength * self.pace)[:, 0].tolist())
        return step(self, rows)

    monkeypatch.setattr(training.Training, "step", spy)
    training.train(settings, tables[torch.float32], grid())
    steps = len(seen) // 5
    fractions = [min(1, number / (2.5 * steps)) for number in range(5 * steps)]
    assert fractions[0] == 0 and fractions[3 * steps] == 1
    for k, strength in enumerate([0.3] * 3 + [30.0] * 3):
        assert [row[k] for row in seen] == pytest.approx([strength * fraction for fraction in fractions])


def test_a_ramp_changes_nothing_without_an_objective_and_everything_with_one(tables):
    data, ramp = tables[torch.float32], AdversarySettings(ramp=0.5)
    plain, penalty = (replace(CASES[case], epochs=2) for case in ("none", "disco"))
    for settings, equal in ((plain, True), (penalty, False)):
        ours, theirs = (training.train(s, data, grid()) for s in (settings, replace(settings, adversary=ramp)))
        assert torch.equal(scores(ours), scores(theirs)) == equal


def test_early_stopping_judges_no_epoch_before_the_strength_has_grown(tables):
    """Nor does patience run out: the first epoch that can be kept is that at whose end the strength is whole."""
    stopping = EarlyStopping(patience=1, share=0.3)
    settings = replace(CASES["bins"], epochs=6, early_stopping=stopping, adversary=AdversarySettings(ramp=0.5))
    trained = training.train(settings, tables[torch.float32], grid())
    assert all(trained.kept_epoch(k) >= 3 for k in range(6))
    assert all(trained.last_epoch(k) >= 4 for k in range(6))
    whole = training.train(replace(settings, adversary=AdversarySettings(ramp=1.0)), tables[torch.float32], grid())
    assert [whole.kept_epoch(k) for k in range(6)] == [6] * 6


def test_with_all_events_protected_the_objective_sees_both_classes_and_else_background_alone(tables):
    data = tables[torch.float64]
    for protect, labels in (("background", [0]), ("all", [0, 1])):
        settings = replace(CASES["disco"], protect=protect, protected=("jet1_pt",))
        stack = training.Training(settings, data, grid())
        rows = next(stack.batches(0))
        batch = stack.protected_of(rows[:, : stack.seen])
        assert sorted(set(data.label[rows[:, : stack.seen]].ravel().tolist())) == labels
        assert batch.weight.shape == (6, 128 * len(labels))
        chosen = (data.fold != 0) & torch.isin(data.label, torch.tensor(labels))
        share = (
            data.weight
            / torch.stack([data.weight[(data.label == c) & (data.fold != 0)].sum() for c in (0, 1)])[data.label]
        )
        population = torch.bincount(stack.protected[0].number[0][chosen], share[chosen])
        torch.testing.assert_close(
            population / population.sum(), torch.full_like(population, 1 / 32), atol=2e-3, rtol=0
        )


def test_what_is_held_back_by_conditions_is_the_column_itself(tables):
    """A feature standardised over both classes outside the fold, the mass likewise, a category as zeros and ones."""
    data = tables[torch.float64]
    settings = replace(
        SMALL, objective="adversarial", adversary=AdversarySettings(conditions=("n_jets", "mass", "channel"))
    )
    stack = training.Training(settings, data, grid()[:3])
    assert stack.conditions.shape == (3, len(data.label), 4)
    for fold in range(3):
        rows = data.fold != fold
        halves = [data.weight * (data.label == c) * rows for c in (0, 1)]
        weight = sum(half / half.sum() for half in halves) / 2
        values = stack.conditions[fold, :, :2]
        torch.testing.assert_close(weight @ values, torch.zeros(2, dtype=torch.float64), atol=1e-9, rtol=0)
        torch.testing.assert_close(weight @ values**2, torch.ones(2, dtype=torch.float64), atol=1e-9, rtol=0)
    channel = data.column("channel").value
    assert torch.equal(stack.conditions[1, :, 2:].argmax(1), channel) and (stack.conditions[1, :, 2:].sum(1) == 1).all()


class Failing:
    """A training of which exactly one model is below `min_auc`."""

    def __init__(self, data, case="none"):
        self.data, self.members = data, grid((0,) if case == "none" else (0.3,))
        self.plain = replace(CASES[case], epochs=3)
        stack = training.train(self.plain, data, self.members)
        areas = []
        for k in range(len(self.members)):
            rows = stack.rows_of_model(k)
            logit, label = models.logits(stack.classifier.select([k]).eval(), data.features[rows]), data.label[rows]
            score, signal, weight = logit[0].numpy(), label.numpy() == 1, data.weight[rows].double().numpy()
            areas.append(weighted.auc(score[signal], score[~signal], weights=(weight[signal], weight[~signal])))
        self.worst, limits = areas.index(min(areas)), sorted(areas)
        self.settings = replace(self.plain, min_auc=limits[0] + 1e-6)

    def train(self, **options):
        return training.train_reliably(self.settings, self.data, self.members, **options)


@pytest.fixture(scope="module")
def failing(tables):
    torch.set_num_threads(1)
    return Failing(tables[torch.float32])


def test_a_model_that_failed_is_trained_once_more_from_another_seed(failing, caplog):
    caplog.set_level(logging.INFO)
    retried, once = failing.train(retries=1), failing.train(retries=0)
    again = [m.again() if k == failing.worst else m for k, m in enumerate(failing.members)]
    fresh = training.train(failing.settings, failing.data, again)
    assert same(retried, fresh)
    assert retried.members == again
    assert "training it again from another seed" in caplog.text
    history, first = models.history(retried)[failing.worst], models.history(once)[failing.worst]
    assert history["warnings"] == [f"{first['warnings'][0]}; another seed did better"]
    assert (history["attempt"], history["random_seed"]) == (1, again[failing.worst].seed)
    assert [bool(model["warnings"]) for model in models.history(retried)] == [k == failing.worst for k in range(3)]


def test_a_model_that_fails_again_stays_and_so_does_its_warning(failing):
    settings = replace(failing.settings, min_auc=0.999)
    kept = training.train_reliably(settings, failing.data, failing.members, retries=1)
    assert same(kept, training.train(settings, failing.data, failing.members))
    for model in models.history(kept):
        assert model["attempt"] == 0
        assert "went wrong again from another seed" in model["warnings"][0]
        assert "learnt nothing" in model["warnings"][1]


@pytest.mark.parametrize("killed_in", ["the first attempt", "the second"])
def test_a_killed_retry_is_resumed_bit_for_bit(failing, tmp_path, monkeypatch, killed_in):
    whole, path = failing.train(retries=1), tmp_path / "0.pt.checkpoint"
    train_epoch, size = training.Training.train_epoch, 3 if killed_in == "the first attempt" else 1

    def die(self):
        if self.epoch == 2 and len(self.members) == size:
            raise KeyboardInterrupt
        train_epoch(self)

    monkeypatch.setattr(training.runs, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.Training, "train_epoch", die)
        failing.train(retries=1, checkpoint=path)
    assert list(tmp_path.iterdir())
    resumed = failing.train(retries=1, checkpoint=path)
    assert same(resumed, whole)
    assert models.history(resumed) == models.history(whole)
    assert not list(tmp_path.iterdir())


def test_the_adversary_takes_the_mass_out_of_the_score(toy_events):
    """Without it the score follows the mass; at strength 30 a cut on it knows no more of the mass than chance."""
    data = examples.from_events(toy_events(24_000), mass_range=(105, 160), folds=3)
    settings = Settings("adversarial", hidden_layers=(32, 32), epochs=25, batch_size=512, learning_rate=4e-3)
    trained = training.train(settings, data, training.members([0, 30], folds=3, seed=1, background="toy")[::3])
    held_out = data.fold == 0
    score = models.logits(trained.classifier.eval(), data.features[held_out]).numpy()
    signal, weight = data.label[held_out].numpy() == 1, data.weight[held_out].double().numpy()
    mass_bin = (data.mass[held_out].numpy() * 55).astype(int)[~signal]
    assert weighted.auc(score[0][signal], score[0][~signal], weights=(weight[signal], weight[~signal])) > 0.9
    ratios = []
    for s in score:
        passed = (s > alarms.upper_cut(s[signal], weight[signal], 0.5))[~signal]
        information, floor = alarms.cut_information(passed, mass_bin, weight[~signal])
        ratios.append(information / floor)
    assert ratios[0] > 8
    assert ratios[1] < 2
    assert [model["warnings"] for model in models.history(trained)] == [[], []]
