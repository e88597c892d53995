"""How well methods learn from how many events: trainings on some events of each class, judged on those of one fold.

The models of the study that did not see this fold learnt from all other events; further ones learn from fewer of them.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from unsculpt import examples, models, training
from unsculpt.decorrelation import trees
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, LABELS, SIGNAL
from unsculpt.metrics.bootstrap import spread
from unsculpt.metrics.classes import split
from unsculpt.metrics.curves import draw
from unsculpt.metrics.efficiencies import accuracy, roc
from unsculpt.metrics.folds import of_events, with_training
from unsculpt.metrics.passing import rejection
from unsculpt.metrics.points import THRESHOLD, Rejection
from unsculpt.metrics.seeds import LEAST
from unsculpt.naming import method_kind, strength_tag
from unsculpt.scores import columns_of
from unsculpt.weighted import auc

FOLD = 0  # that judges
MOST_EPOCHS = 10  # times those of the method, which few events get
CLASSES = ("signal", "background")


@dataclass(frozen=True)
class Learner:
    """A method and what it is trained with.

    method : its entry of the configuration.
    training : the configuration `training` of this method (`planing.of_method`).
    network : settings of its architecture; none of a perceptron.
    trees, mass, folds, seed : these parts of the configuration.
    background : what else the seeds of networks depend on, the background hypothesis.
    """

    method: dict
    training: dict
    network: dict
    trees: dict
    mass: dict
    folds: int
    seed: int
    background: str

    @property
    def boosted(self):
        """Whether these are trees, which have no epochs and learn from at most so many events."""
        return method_kind(self.method) == "trees"


@dataclass(frozen=True)
class Learnt:
    """Models of all strengths that learnt from the same events.

    scores : by strength tag those of the events that judge, (n,).
    events : by class the number of events that they learnt from.
    parameters : numbers that one classifier learns; None of trees.
    """

    scores: dict
    events: dict
    parameters: int | None = None


def judges(table):
    """Mask of the events that judge: signal and background of the fold."""
    return (table.fold == FOLD) & (table.label != LABELS["data"])


def known(learner, table):
    """Events that the method may learn from, with the fold that judges, and how many it learns from, by class."""
    learnt_from = examples.training_events(table, learner.method, learner.mass)
    most = learner.trees["max_events"] if learner.boosted else math.inf
    number = {name: int(min(most, len(_rows(learnt_from, LABELS[name])))) for name in CLASSES}
    return learnt_from, number


def _rows(table, label):
    """Rows of a class outside the fold that judges; what has no positive weight does not train."""
    return np.flatnonzero(table.where(label) & (table.fold != FOLD) & (table.weight > 0))


def drawn(table, number, folds, rng):
    """So many events of each class outside the fold that judges, and of this fold what belongs to them, on which each
    epoch is looked at; in the order of the table.

    With all of this fold an epoch, which is counted in shares of all events, would see the few events several times.
    """
    kept = [rng.permutation(_rows(table, label))[:number] for label in (SIGNAL, BACKGROUND)]
    inside = judges(table)
    for label in (SIGNAL, BACKGROUND):
        rows = np.flatnonzero(inside & table.where(label))
        kept.append(rng.permutation(rows)[: round(number / (folds - 1))])
    return table[np.sort(np.concatenate(kept))]


def learn(learner, table, number=None, replica=0, checkpoint=None):
    """Train all strengths of a method on some events of each class outside the fold that judges, and score this fold.

    Parameters
    ----------
    learner : Learner
    table : events.Events
        With all that the method needs.
    number : int, optional
        Events of each class; all by default. Networks have more epochs with fewer, as many as see the same number of
        events, and at most `MOST_EPOCHS` times their own.
    replica : int
        Number of the training: which events are drawn, and the seed of the models.
    checkpoint : path, optional
        Of networks, which continue from there.

    Returns
    -------
    Learnt

    Raises
    ------
    InputError
        If there are not so many events.
    """
    learnt_from, events = known(learner, table)
    full, own, judge = min(events.values()), learner.training, table[judges(table)]
    if number is not None:
        if number > full:
            raise InputError(
                f"learning_curves.events has {number}, and outside a fold there are {events['signal']} events of "
                f"signal and {events['background']} of background to learn from; give fewer"
            )
        learnt_from = drawn(learnt_from, number, learner.folds, np.random.default_rng([learner.seed, number, replica]))
        events = dict.fromkeys(CLASSES, number)
        own = own | {"epochs": round(own["epochs"] * min(MOST_EPOCHS, full / number))}
    limits = (learner.mass["min_gev"], learner.mass["max_gev"])
    data = examples.from_events(learnt_from, mass_range=limits, folds=learner.folds, training=own)
    if learner.boosted:
        return Learnt(_of_trees(learner, data, judge, replica), events)
    scores, parameters = _of_networks(learner, data, judge, own, replica, checkpoint)
    return Learnt(scores, events, parameters)


def _of_trees(learner, data, judge, replica):
    """Scores by boosted trees, by strength tag."""
    settings, method = trees.TreeSettings(**learner.trees), learner.method
    some = trees.drawn(data, FOLD, settings.max_events, np.random.default_rng([learner.seed, replica]))
    inputs, scores = judge.matrix(data.names), {}
    for strength in method["strengths"]:
        *_, last = trees.ALGORITHMS[method["objective"]](some, strength, settings, learner.seed + replica)(inputs)
        scores[strength_tag(strength)] = expit(2 * last)
    return scores


def _of_networks(learner, data, judge, own, replica, checkpoint):
    """Scores by networks, by strength tag, and the numbers that one learns."""
    grid = {"folds": learner.folds, "seed": learner.seed, "background": learner.background, "seeds": replica + 1}
    members = training.members(learner.method["strengths"], **grid)
    members = [member for member in members if (member.fold, member.replica) == (FOLD, replica)]
    settings = training.Settings.of_method(learner.method, own, learner.network)
    options = {"retries": own["retries"], "device": training.pick_device(own["device"]), "checkpoint": checkpoint}
    content = models.content(training.train_reliably(settings, data, members, **options))
    inputs, _ = judge.inputs(data.names)
    scores = {strength_tag(m.strength): s for m, s in zip(members, models.predict(content, inputs), strict=True)}
    return scores, sum(row["parameters"] for row in content["summary"] if row["network"] == "classifier")


def judged(score, judge, settings, rng):
    """How well one model tells the classes apart, with errors of the events that judge.

    Parameters
    ----------
    score : float array, shape (n,)
    judge : events.Events
        The n events of the fold.
    settings : metrics.Settings
    rng : numpy.random.Generator
        Of the bootstrap.

    Returns
    -------
    dict
        auc and accuracy, `metrics.folds.Trained`; rejections, a `metrics.points.Rejection` at each of the signal
        efficiencies `metrics.rejection_efficiencies`.
    """
    truth = {"label": judge.label, "mass": judge.mass, "weights": judge.weight, "edges": settings.edges}
    signal, background, _ = split(score, **truth)
    scores, weights = (signal.score, background.score), (signal.weight, background.weight)
    replicas = draw(
        signal,
        background,
        cut=THRESHOLD,
        threshold=THRESHOLD,
        signal_efficiency=settings.signal_efficiency,
        rejection_efficiencies=settings.rejection_efficiencies,
        replicas=settings.bootstrap_replicas,
        rng=rng,
    )
    passing = roc(*scores, settings.rejection_efficiencies, weights=weights)
    rejections = [rejection(value, own) for value, own in zip(passing, replicas["rejections"].T, strict=True)]
    right = accuracy(*scores, weights=weights, threshold=THRESHOLD)[0]
    return {
        "auc": of_events(auc(*scores, weights=weights), spread(replicas["auc"])),
        "accuracy": of_events(right, spread(replicas["accuracy"])),
        "rejections": [
            Rejection(**vars(number), signal_efficiency=float(target))
            for number, target in zip(rejections, settings.rejection_efficiencies, strict=True)
        ],
    }


def over_trainings(found):
    """Means over trainings, with the error of a single one.

    Parameters
    ----------
    found : list of dict
        Of each training what `judged` returns.

    Returns
    -------
    dict
        The same keys; `error_events` is the root mean square of those of the trainings, `error_training` the standard
        deviation over these, None of fewer than three (`metrics.seeds.LEAST`). A number that one of them lacks (a
        rejection where no background passes) is None.
    """
    columns = zip(*(of["rejections"] for of in found), strict=True)
    own = {name: _mean([of[name] for of in found]) for name in ("auc", "accuracy")}
    return own | {"rejections": [_mean(column) for column in columns]}


def _mean(numbers):
    values, errors = [number.value for number in numbers], [number.error_events for number in numbers]
    if None in values:
        return replace(numbers[0], value=None, error=None, error_events=None)
    error = None if None in errors else math.sqrt(np.mean(np.square(errors)))
    scatter = float(np.std(values, ddof=1)) if len(values) >= LEAST else None
    return with_training(replace(numbers[0], value=float(np.mean(values)), error_events=error), scatter)


def curves(learner, table, columns, asked, settings, checkpoint=None):
    """Of each strength of a method how well it learns from how many events.

    Parameters
    ----------
    learner : Learner
    table : events.Events
        With all that the method needs.
    columns : dict
        Out-of-fold scores of the models of the study for all events of the table, as `scores.load` gives them.
    asked : dict or None
        The configuration `learning_curves`.
    settings : metrics.Settings
    checkpoint : path, optional
        As of `learn`.

    Returns
    -------
    list of dict
        strength, tag, and `curve`, from few events to many: `events` of each class, `trainings`, `of_study` (whether
        these are the models of the study) and what `over_trainings` gives.
    """
    asked, here = asked or {"events": [], "seeds": 1}, judges(table)

    def row(scores, events, of_study):
        rng = [np.random.default_rng([learner.seed, 821]) for _ in scores]  # the same draws: only the models differ
        found = [judged(score, table[here], settings, own) for score, own in zip(scores, rng, strict=True)]
        return {"events": events, "trainings": len(scores), "of_study": of_study} | over_trainings(found)

    further = [
        [learn(learner, table, number, replica, checkpoint) for replica in range(asked["seeds"])]
        for number in sorted(asked["events"])
    ]
    _, everything = known(learner, table)
    found = []
    for strength in learner.method["strengths"]:
        tag = strength_tag(strength)
        curve = [row([learnt.scores[tag] for learnt in same], same[0].events, False) for same in further]
        curve.append(row([columns[name][here] for name in columns_of(tag, columns)], everything, True))
        found.append({"strength": strength, "tag": tag, "curve": curve})
    return found
