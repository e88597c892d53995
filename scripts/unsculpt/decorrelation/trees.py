"""Boosted trees that are made flat in the mass while they are trained: uBoost and a flatness loss, through hep-ml.

hep-ml 0.8.0 takes weights in the trees themselves, but its uBoost counts events, not weights, where it sets the cut of
the target efficiency and the local efficiencies. So the trees are given events that are drawn with their weights, each
of weight one: then everything counts the weights.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hep_ml.commonutils import take_last
from hep_ml.gradientboosting import BinFlatnessLossFunction, UGradientBoostingClassifier
from hep_ml.uboost import uBoostBDT
from scipy.special import expit
from sklearn.neighbors import NearestNeighbors
from sklearn.tree import DecisionTreeClassifier

from unsculpt.events import BACKGROUND, SIGNAL

MASS = "mass"  # beside the features, for hep-ml to see; no tree splits on it
MASS_BINS = 15
NEIGHBOURS = 100  # of uBoost: they know a local efficiency of 10 % to 3 %


@dataclass(frozen=True)
class TreeSettings:
    """The configuration `trees`, name by name (config/README.md)."""

    estimators: int = 50
    max_depth: int = 4
    learning_rate: float = 0.5
    min_leaf_fraction: float = 0.005
    max_events: int = 10000
    background_efficiency: float = 0.2


@dataclass(frozen=True)
class Training:
    """n events of weight one.

    features : (n, D) float32.
    label : (n,) int, 1 signal, 0 background.
    mass : (n,) float, scaled to [0, 1].
    """

    features: np.ndarray
    label: np.ndarray
    mass: np.ndarray


def uboost(data, strength, settings, seed):
    """uBoost (arXiv:1305.7248): AdaBoost that favours background where too much or too little of it passes.

    `strength` is the uniforming rate, 0 plain AdaBoost. Flat at one cut, that of `background_efficiency`.

    Returns
    -------
    callable
        Gives of features (n, D) an iterator of half the logit of the scores, (n,), after each tree.
    """
    model = uBoostBDT(
        uniform_features=[MASS],
        uniform_label=BACKGROUND,
        target_efficiency=1 - settings.background_efficiency,  # of what fails: the class is judged by its own side
        n_neighbors=min(NEIGHBOURS, *np.bincount(data.label, minlength=2)),
        base_estimator=DecisionTreeClassifier(
            max_depth=settings.max_depth, min_samples_leaf=settings.min_leaf_fraction
        ),
        n_estimators=settings.estimators,
        learning_rate=settings.learning_rate,
        uniforming_rate=strength,
        random_state=seed,
    )
    model.fit(data.features, data.label, neighbours_matrix=neighbours(data, model.n_neighbors))
    return model.staged_decision_function


def flatness(data, strength, settings, seed):
    """Gradient boosting with a flatness loss (arXiv:1410.4140): exponential loss + strength x sum over mass bins.

    The second term is the mean of |F_bin(s) - F(s)|^2, F the cumulative of the background score; `strength` is its
    weight, 0 plain boosting. Flat at every cut. Returns what `uboost` does.
    """
    loss = BinFlatnessLossFunction([MASS], uniform_label=BACKGROUND, n_bins=MASS_BINS, fl_coefficient=strength)
    model = UGradientBoostingClassifier(
        loss=loss,
        n_estimators=settings.estimators,
        max_depth=settings.max_depth,
        min_samples_leaf=max(1, int(settings.min_leaf_fraction * len(data.label))),
        learning_rate=settings.learning_rate,
        train_features=[str(i) for i in range(data.features.shape[1])],
        random_state=seed,
    )
    model.fit(_frame(data.features, data.mass), data.label)
    return lambda features: model.staged_decision_function(_frame(features, 0))


ALGORITHMS = {"uboost": uboost, "flatness": flatness}


def neighbours(data, number):
    """Rows of the events of the same class that are nearest in mass to each event, (n, number)."""
    found = np.empty((len(data.label), number), int)
    for label in np.unique(data.label):
        rows = np.flatnonzero(data.label == label)
        mass = data.mass[rows, None]
        found[rows] = rows[NearestNeighbors(n_neighbors=number).fit(mass).kneighbors(mass, return_distance=False)]
    return found


def out_of_fold(objective, strength, table, examples, settings, seed):
    """Scores of each event by trees that were trained outside its fold.

    Parameters
    ----------
    objective : str
        In `ALGORITHMS`.
    strength : float
    table : events.Events
        All events, to be scored.
    examples : examples.Examples
        Those that may train.
    settings : TreeSettings
    seed : int

    Returns
    -------
    float array, shape (n,)
        From 0 to 1.
    list of dict
        The losses of each fold, see `history`.
    """
    scores, inputs, histories = np.full(len(table), np.nan), table.matrix(examples.names), []
    for fold in np.unique(table.fold):
        data = drawn(examples, fold, settings.max_events, np.random.default_rng([seed, fold]))
        staged = ALGORITHMS[objective](data, strength, settings, int(seed))
        here = table.fold == fold
        scores[here] = expit(2 * take_last(staged(inputs[here])))
        histories.append({"fold": int(fold), **history(staged, data, examples, fold)})
    return scores, histories


def history(staged, data, examples, fold):
    """Cross-entropy after each tree, of the events that train and of those of the fold, as the losses of a network.

    Both classes count the same, as in the batches of a network; the events of the fold have their weights, those that
    train were drawn with them.

    Parameters
    ----------
    staged : callable
        Of `ALGORITHMS`.
    data : Training
        The events that trained.
    examples : examples.Examples
    fold : int
        That was held out.

    Returns
    -------
    dict
        epochs : 1 to the number of trees; classifier_train, classifier_validation : the losses.
    """
    here = examples.fold.numpy() == fold
    features, label, weight = (getattr(examples, name).numpy()[here] for name in ("features", "label", "weight"))
    losses = {
        "classifier_train": _losses(staged(data.features), data.label, np.ones(len(data.label))),
        "classifier_validation": _losses(staged(features), label, weight.astype(float)),
    }
    return {"epochs": list(range(1, len(losses["classifier_train"]) + 1)), **losses}


def _losses(stages, label, weight):
    """Mean cross-entropy of each stage, the mean of those of the two classes."""
    sign = np.where(label == SIGNAL, 1, -1)
    share = weight / np.bincount(label, weight)[label] / 2
    return [float(share @ np.logaddexp(0, -2 * sign * half)) for half in stages]


def drawn(examples, fold, most, rng):
    """Events outside a fold, at most `most` of each class, drawn with their weights; each then has weight one.

    Systematic sampling from a shuffled list: an event of average weight or below is drawn once at most, and equal
    weights give every event once when there is room for all.
    """
    chosen = []
    for label in (BACKGROUND, SIGNAL):
        rows = examples.rows(label, fold, held_out=False).numpy()
        rows = rng.permutation(rows)
        total = examples.weight.numpy()[rows].astype(float).cumsum()
        number = min(most, len(rows))
        steps = (np.arange(number) + rng.random()) / number * total[-1]
        chosen.append(rows[np.minimum(np.searchsorted(total, steps), len(rows) - 1)])
    rows = np.concatenate(chosen)
    features, label, mass = (getattr(examples, name).numpy()[rows] for name in ("features", "label", "mass"))
    return Training(features, label, mass)


def _frame(features, mass):
    frame = pd.DataFrame(features, columns=[str(i) for i in range(features.shape[1])])
    frame[MASS] = mass
    return frame
