"""A search can be repeated, shared, cut off and resumed."""

import logging
from datetime import datetime

import optuna
import pytest
from optuna.trial import TrialState

from unsculpt.tuning import results, search

RUNNING = (TrialState.RUNNING,)


def test_one_worker_makes_the_same_trials_in_every_run(task, journal):
    tables = []
    for name in "ab":
        study = journal(name)
        search.work(study, task(), trials=4, seed=1)
        tables.append(results.table(study))
    assert tables[0] == tables[1]
    assert len({trial["parameters"]["learning_rate"] for trial in tables[0]}) == 4


class Killed(BaseException):
    """As SIGKILL: nothing of ours gets to know of it."""


def cut_off(monkeypatch, at):
    """Let the training of the trial with this number die in its second epoch."""
    count, train_epoch = [0], search.apply

    def dies(parameters, training):
        count[0] += 1
        if count[0] == at + 1:
            raise Killed
        return train_epoch(parameters, training)

    monkeypatch.setattr(search, "apply", dies)


@pytest.mark.parametrize("at", [0, 2, 3])
def test_a_worker_that_is_cut_off_goes_on_as_if_nothing_had_happened(at, task, journal, monkeypatch):
    whole, study = journal("whole"), journal("cut")
    search.work(whole, task(), trials=4, seed=1)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        cut_off(patch, at)
        search.work(study, task(), trials=4, seed=1)
    assert len(study.get_trials(states=RUNNING)) == 1
    resumed = journal("cut")
    search.work(resumed, task(), trials=4, seed=1)
    assert not resumed.get_trials(states=RUNNING)
    assert results.table(resumed) == results.table(whole)


def test_trials_can_be_added_later(task, journal):
    study = journal("a")
    search.work(study, task(), trials=2, seed=1)
    search.work(journal("a"), task(), trials=3, seed=1)
    search.work(journal("b"), task(), trials=3, seed=1)
    assert results.table(journal("a")) == results.table(journal("b"))


def test_a_worker_leaves_the_running_trials_of_others_alone(task, journal):
    study = journal("a")
    search.ask(study, task(), optuna.samplers.RandomSampler(seed=1), worker=1, number=1)
    search.work(journal("a"), task(), trials=3, worker=0, workers=2)
    states = [trial.state for trial in study.trials]
    assert states.count(TrialState.RUNNING) == 1 and len(states) == 3
    search.revive(study, task(), worker=0, workers=1)  # a worker that is no more
    assert study.trials[0].state == TrialState.FAIL
    assert study.trials[-1].state == TrialState.WAITING and study.trials[-1].system_attrs


def test_a_trial_without_a_worker_is_given_up_after_a_while(task, journal, monkeypatch):
    study, waited = journal("a"), []
    study.ask()
    clock = datetime.now().timestamp()
    monkeypatch.setattr(search.time, "time", lambda: clock + len(waited))
    monkeypatch.setattr(search.time, "sleep", waited.append)
    search.revive(study, task(), worker=0, workers=2)
    assert [trial.state for trial in study.trials] == [TrialState.FAIL]  # and nothing to repeat
    assert len(waited) == search.GRACE_SECONDS


def test_a_trial_that_kills_its_job_again_and_again_ends_as_pruned(task, journal, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        for _ in range(search.ATTEMPTS):
            cut_off(patch, 0)
            with pytest.raises(Killed):
                search.work(journal("a"), task(), trials=1, seed=1)
    search.work(journal("a"), task(), trials=1, seed=1)
    assert [trial["state"] for trial in results.table(journal("a"))] == ["pruned"]
    assert "cut off 3 times" in caplog.text


def test_half_a_line_of_a_killed_writer_is_cut_off(task, journal, tmp_path):
    search.work(journal("a"), task(), trials=1, seed=1)
    before = results.table(journal("a"))
    with (tmp_path / "a.journal").open("a", encoding="utf-8") as file:
        file.write('{"op_code":4,"wor')
    assert results.table(journal("a")) == before
    search.work(journal("a"), task(), trials=2, seed=1)
    assert len(results.table(journal("a"))) == 2


@pytest.mark.parametrize("name", ["classifier", "combined"])
def test_trials_of_a_stack_share_their_shape_and_differ_in_their_rates(name, task, journal):
    study = journal("a")
    search.work(study, task(name), trials=3, per_stack=3, seed=1)
    trials = results.table(study)
    assert len(trials) == 3
    shapes = {repr(search.shape(trial["parameters"])) for trial in trials}
    rates = {
        trial["parameters"].get("learning_rate", trial["parameters"].get("adversary_rate_ratio")) for trial in trials
    }
    assert len(shapes) == 1 and len(rates) == 3


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_bad_trials_are_stopped_early(pruner, task, journal, settings):
    made = task()
    made.start["epochs"] = 6
    study = journal("a", pruner=pruner, epochs=6)
    search.work(study, made, trials=12, seed=1)
    pruned = [trial for trial in results.table(study) if trial["state"] == "pruned"]
    assert pruned and all(trial["epochs"] < 6 and trial["folds"] for trial in pruned)


def test_a_trial_that_diverges_is_pruned_at_once(task, journal):
    made = task()
    made.start["learning_rate"] = float("nan")
    del made.distributions["learning_rate"]
    search.work(journal("a"), made, trials=1, seed=1)
    (trial,) = results.table(journal("a"))
    assert (trial["state"], trial["value"], trial["folds"], trial["epochs"]) == ("pruned", None, None, 1)


def test_the_log_says_how_far_it_is(task, journal, caplog):
    caplog.set_level(logging.INFO)
    search.work(journal("a"), task(), trials=2, seed=1)
    assert "2 of 2 trials done, best" in caplog.text and "about 0 s left" in caplog.text
