"""What a search found: the table of its trials, importances, the choice, its check on untouched events, a fragment."""

import logging
from dataclasses import replace

import numpy as np
import optuna
import yaml
from optuna.trial import TrialState

from unsculpt.errors import InputError
from unsculpt.tuning.search import finished
from unsculpt.tuning.space import apply, changes

REPLICAS = 50  # Poisson bootstrap, of the importances and of the check
LEAST_FOR_IMPORTANCE = 20  # finished trials
TOP = 10  # at least so many trials are the good ones whose hyperparameters are compared with those of all


def table(study):
    """The finished trials as plain values, numbered from 0 in the order in which they were asked for."""
    return [
        {
            "number": number,
            "state": trial.state.name.lower(),
            "value": trial.value if trial.state == TrialState.COMPLETE else None,
            "folds": trial.user_attrs.get("folds"),
            "epochs": trial.user_attrs.get("epochs"),
            "details": trial.user_attrs.get("details", {}),
            "parameters": trial.params,
        }
        for number, trial in enumerate(finished(study))
    ]


def best(trials):
    """The trial of the lowest objective, the first of equals."""
    complete = [trial for trial in trials if trial["state"] == "complete"]
    if not complete:
        raise InputError(
            f"tuning: none of {len(trials)} trials was trained to its end; raise tuning.trials or narrow tuning.space"
        )
    return min(complete, key=lambda trial: trial["value"])


def importance(trials, distributions, rng):
    """How much each hyperparameter decides whether a trial is among the best: PED-ANOVA, arXiv:2304.10255.

    The best are a tenth of the trials, at least ten. Only the order of the trials matters: completed ones by their
    objective, then pruned ones, first those that got furthest.

    Parameters
    ----------
    trials : list of dict
        As `table` gives them.
    distributions : dict
        Optuna's, by name.
    rng : numpy.random.Generator

    Returns
    -------
    list of dict
        "parameter", "value" (they sum to one) and "error" (spread over a bootstrap of the trials), most important
        first; empty for too few trials.
    """
    if len(trials) < LEAST_FOR_IMPORTANCE or not any(trial["state"] == "complete" for trial in trials):
        return []
    frozen = [
        optuna.trial.create_trial(
            params=trial["parameters"],
            distributions={name: distributions[name] for name in trial["parameters"]},
            value=rank,
        )
        for rank, trial in enumerate(sorted(trials, key=_order))
    ]

    def evaluate(chosen):
        study = optuna.create_study()
        study.add_trials(chosen)
        evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=max(0.1, TOP / len(chosen)))
        return optuna.importance.get_param_importances(study, evaluator=evaluator)

    replicas = [evaluate([frozen[i] for i in rng.integers(len(frozen), size=len(frozen))]) for _ in range(REPLICAS)]
    return [
        {"parameter": name, "value": value, "error": float(np.std([replica.get(name, 0) for replica in replicas]))}
        for name, value in evaluate(frozen).items()
    ]


def _order(trial):
    """Key that sorts trials from the best to the worst."""
    last = np.mean(trial["folds"]) if trial["folds"] else np.inf
    return (0, trial["value"]) if trial["value"] is not None else (1, -trial["epochs"], last)


def choose(task, trial, rng):
    """Train the best trial and the study's own settings anew, and measure both on the untouched fold, too.

    The choice is made by the validation events, on which the best trial looks better than it is; the untouched events
    then say what it is worth.

    Parameters
    ----------
    task : tasks.Task
    trial : dict
        The best, as `best` gives it.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        "own" and "best", each with the measurement on "validation" and "untouched" events; "difference", best - own on
        the untouched events with its bootstrap error (both on the same replicas); "chosen", "own" or "best", the
        lower on the validation events; "training", the chosen configuration.
    """
    configurations = {"own": task.own, "best": apply(trial["parameters"], task.start)}
    weights = [task.untouched.weight * rng.poisson(1, len(task.untouched.weight)) for _ in range(REPLICAS)]
    result, spread = {}, {}
    for name, configuration in configurations.items():
        logging.info("training the %s settings for their check on untouched events", name)
        result[name], spread[name] = _check(task, configuration, weights)
    values = [result[name]["untouched"]["value"] for name in ("best", "own")]
    result["difference"] = {
        "value": None if None in values else values[0] - values[1],
        "error": _finite_spread(spread["best"] - spread["own"]),
    }
    own, found = (result[name]["validation"]["value"] for name in ("own", "best"))
    result["chosen"] = "own" if found is None or (own is not None and own <= found) else "best"
    if result["chosen"] == "own":
        logging.warning("no trial beats the study's own settings (%s, best trial %s): these are kept", own, found)
    return result | {"training": configurations[result["chosen"]]}


def _check(task, configuration, weights):
    """Measurements of a configuration on both kinds of events, and its objective for other weights of the untouched."""
    stack = task.stack([configuration])
    while stack.epoch < stack.settings.epochs:
        stack.train_epoch()
    validation = task.criterion.measure(stack.logits(0, task.events), task.events)
    logit = stack.logits(0, task.untouched)
    drawn = [task.criterion.measure(logit, replace(task.untouched, weight=weight)).value for weight in weights]
    untouched = _plain(task.criterion.measure(logit, task.untouched)) | {"error": _finite_spread(np.array(drawn))}
    return {"validation": _plain(validation), "untouched": untouched}, np.array(drawn)


def fragment(study, background, search, result, own):
    """A study file that changes what the search chose; its comment says where it comes from and what it is worth.

    Parameters
    ----------
    study, background, search : str
        Names.
    result : dict
        With "trials", "best" and "choice", as the functions above give them.
    own : dict
        The study's own configuration `training`.
    """
    choice, name = result["choice"], f"{study}_tuned"
    on = {
        part: [_number(choice[which][part]["value"]) for which in ("best", "own")]
        for part in ("validation", "untouched")
    }
    difference = choice["difference"]
    found = f"trial {result['best']['number']} of {len(result['trials'])}"
    comment = [
        f"Search {search} of the study {study} against {background}; lower is better.",
        f"On the events of the search: {found} {on['validation'][0]}, the study's own settings {on['validation'][1]}.",
        f"On events that it never saw: {on['untouched'][0]}, own {on['untouched'][1]}, "
        f"difference {_number(difference['value'])} +- {_number(difference['error'])}.",
        f"Kept: {'the trial' if choice['chosen'] == 'best' else 'the own settings, which no trial beats'}.",
        f"To run it, copy it to config/studies/{name}.yaml (base may be your own study file): make run STUDY={name}",
    ]
    content = {"base": f"results/{study}/config.yaml", "study": name, "training": changes(choice["training"], own)}
    body = yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120)
    return "".join(f"# {line}\n" for line in comment) + body


def _number(value):
    return "none" if value is None else f"{value:.4g}"


def _plain(measured):
    """A measurement as plain values, None for what is infinite."""
    finite = bool(np.all(np.isfinite(measured.folds)))
    value, folds = (measured.value, measured.folds.tolist()) if finite else (None, None)
    return {"value": value, "folds": folds, "details": measured.details}


def _finite_spread(values):
    return float(np.std(values)) if np.all(np.isfinite(values)) else None
