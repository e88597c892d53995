"""Independence of the scores of a study from protected variables: which events, adversaries, seeds."""

import numpy as np

from unsculpt.events import BACKGROUND, SIGNAL
from unsculpt.metrics.independence import cross_entropy, measure_independence
from unsculpt.weighted import balanced

SHOWN = ("cross_entropy", "ks", "jsd", "information")  # of every seed


def of_score(score, table, about, *, replicas, rng):
    """What a score knows of a variable, and what it is worth.

    Parameters
    ----------
    score : float array, shape (n,)
    table : events.Events
        The same n events; those of weight zero or below are left out.
    about : dict
        An entry of the key `independence` of the configuration.
    replicas : int
        Of the bootstrap.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        As `metrics.independence.measure_independence`, and cross_entropy (`metrics.independence`).
    """
    used = (table.weight > 0) & np.isin(table.label, (SIGNAL, BACKGROUND))
    label, weight, score = table.label[used], table.weight[used], np.asarray(score, float)[used]
    variable, rows = table.column(about["column"])[used], label == BACKGROUND
    asked = weight
    if about["events"] == "all":
        asked, rows = balanced(label, weight), slice(None)
    found = measure_independence(
        score[rows],
        variable[rows],
        weights=asked[rows],
        slices=about["slices"],
        bins=about["score_bins"],
        variable_bins=about["variable_bins"],
        replicas=replicas,
        rng=rng,
    )
    return {"cross_entropy": cross_entropy(score, label, weights=weight, bins=about["score_bins"])} | found


def of_adversary(histories):
    """What the adversaries of each strength know of the protected variable, in nats: a lower bound of the information.

    Parameters
    ----------
    histories : list of dict
        Contents of training/{bkg}/{method}/{part}.json.

    Returns
    -------
    dict
        By strength tag the entropy of its bins less the loss on held-out events, `value`, the mean over folds and
        seeds, and `error`, the standard error of that mean, None of one model; nothing of methods without an adversary.
    """
    found = {}
    for history in histories:
        entropy = history["reference"].get("entropy")
        for model in history["models"] if entropy is not None else ():
            loss = model["adversary_validation"][model["best_epoch"] - 1]
            found.setdefault(model["tag"], []).append(entropy - loss)
    return {
        tag: {
            "value": float(np.mean(values)),
            "error": float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None,
        }
        for tag, values in found.items()
    }


def over_seeds(found):
    """The values of each seed, where there are several."""
    return [{name: of_seed[name].value for name in SHOWN} for of_seed in found] if len(found) > 1 else []
