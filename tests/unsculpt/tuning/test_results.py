"""Of a search comes the better of its best trial and the study's own settings, as a study that runs."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from defaults import default

from unsculpt import config
from unsculpt.errors import InputError
from unsculpt.tuning import results, search
from unsculpt.tuning.space import distributions

ROOT = Path(__file__).parents[3]


def made_up(number, value, state="complete", **parameters):
    return {
        "number": number,
        "state": state,
        "value": value if state == "complete" else None,
        "folds": [value, value],
        "epochs": 2,
        "details": {},
        "parameters": parameters,
    }


def test_the_best_trial_is_the_lowest_that_was_completed():
    trials = [made_up(0, 0.5), made_up(1, 0.1, "pruned"), made_up(2, 0.4), made_up(3, 0.4)]
    assert results.best(trials)["number"] == 2
    with pytest.raises(InputError, match=r"none of 1 trials .* narrow tuning.space"):
        results.best(trials[1:2])


@pytest.mark.parametrize("pruned", [False, True])
def test_what_decides_the_objective_is_important(pruned, rng):
    space = distributions(["learning_rate", "dropout", "activation"], default("tuning")["space"])
    trials = []
    for number in range(60):
        rate, drop = 10 ** rng.uniform(-5, -1), rng.uniform(0, 0.5)
        value = (np.log10(rate) + 3) ** 2
        state = "pruned" if pruned and value > 1 else "complete"
        trials.append(made_up(number, value, state, learning_rate=rate, dropout=drop, activation="tanh"))
    found = results.importance(trials, space, rng)
    assert found[0]["parameter"] == "learning_rate"
    assert found[0]["value"] > 0.6 and found[0]["error"] < 0.4
    assert sum(entry["value"] for entry in found) == pytest.approx(1)


def test_a_handful_of_trials_has_no_importance(rng):
    assert results.importance([made_up(0, 0.5)], {}, rng) == []


def choice(task, parameters):
    return results.choose(task, made_up(0, 0.0, **parameters), np.random.default_rng(0))


def test_a_trial_that_is_better_is_chosen_and_checked_on_untouched_events(task):
    chosen = choice(task(), {"learning_rate": 0.05})
    assert chosen["chosen"] == "best" and chosen["training"]["learning_rate"] == 0.05
    assert chosen["best"]["validation"]["value"] < chosen["own"]["validation"]["value"]
    assert chosen["difference"]["value"] < 0 < chosen["difference"]["error"] < 0.1


def test_the_own_settings_stay_if_no_trial_beats_them(task, caplog):
    chosen = choice(task(), {"learning_rate": 1e-5})
    assert chosen["chosen"] == "own" and chosen["training"] == task().own
    assert "no trial beats" in caplog.text


def test_the_check_agrees_with_the_search(task, journal):
    study, made = journal("a"), task("combined")
    search.work(study, made, trials=1, seed=1)
    (trial,) = results.table(study)
    chosen = results.choose(made, trial, np.random.default_rng(0))
    assert chosen["best"]["validation"]["folds"] == trial["folds"]


def test_a_useless_classifier_has_no_number(task):
    made = task()
    made.start["learning_rate"] = float("nan")
    chosen = choice(made, {})
    assert chosen["best"]["validation"]["value"] is None and chosen["difference"] == {"value": None, "error": None}
    assert chosen["chosen"] == "own"


def test_the_fragment_is_a_study_that_runs_with_what_was_chosen(task, tmp_path):
    made = task()
    chosen = choice(made, {"learning_rate": 0.05, "log2_units": 3})
    result = {"trials": [made_up(0, 0.0)], "best": made_up(0, 0.0), "choice": chosen}
    text = results.fragment("smoke", "ttyy", "classifier", result, made.own)
    assert "make run STUDY=smoke_tuned" in text and "never saw" in text
    content = yaml.safe_load(text)
    assert content["base"] == "results/smoke/config.yaml" and content["training"].keys() <= made.own.keys()
    resolved = config.load(ROOT / "config/smoke.yaml", ROOT) | {"training": made.own}
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(resolved), encoding="utf-8")
    study = content | {"base": str(tmp_path / "base.yaml")}
    config.resolve_in_place(study, ROOT)
    assert study["training"] == chosen["training"] and study["study"] == "smoke_tuned"
