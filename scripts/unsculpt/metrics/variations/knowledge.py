"""What a score knows of a scale: AUC of up against down, and information on the version of an event."""

from dataclasses import asdict
from itertools import permutations

import numpy as np

from unsculpt.metrics.variations.changes import jackknife


def known(nominal, up, down, replicas, rng):
    """What a score knows of a scale, by its distributions in the events as they are, and with the scale up and down.

    Parameters
    ----------
    nominal, up, down : float arrays, shape (G, bins)
        By cluster (`Sums.scores`).
    replicas : int
        Of the floor.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        auc : of the score between the copies with the scale up and those with it down, 0.5 where it knows nothing;
        value and error. ceiling : the entropy of the three versions in nats, the cross-entropy of an adversary that
        knows nothing. information : by how much the best adversary of the score is below it, the mutual information of
        version and bin of the score; value, error, floor and p_value. Of each cluster the versions, less their means
        over the clusters, are exchanged at random for the floor: what would be seen if the scale moved events and not
        the distribution.
    """
    found = jackknife(information, nominal, up, down)
    parts, groups = np.stack([nominal, up, down]), len(nominal)
    middle = parts.mean(0)
    centred = parts - middle - (parts - middle).mean(1, keepdims=True)
    centred *= np.sqrt(groups / (groups - 1))
    orders = np.array(list(permutations(range(3))))
    picked = np.eye(len(orders))[rng.integers(len(orders), size=(replicas, groups))]  # (R, G, orders)
    moved = np.stack([sum(picked[..., i] @ centred[o[c]] for i, o in enumerate(orders)) for c in range(3)])
    drawn = information(*np.maximum(middle.sum(0) + moved, 0))
    share = parts.sum((1, 2)) / max(parts.sum(), np.finfo(float).tiny)
    exists = found.value is not None
    return {
        "auc": asdict(jackknife(auc_of_bins, up, down)),
        "ceiling": float(-np.sum(share * np.log(np.where(share > 0, share, 1)))) if exists else None,
        "information": {
            **asdict(found),
            "floor": float(drawn.mean()) if exists else None,
            "p_value": float((1 + np.sum(drawn >= found.value)) / (1 + replicas)) if exists else None,
        },
    }


def information(*versions):
    """Mutual information in nats of the version and the bin; sums of weights, (..., bins) each; (...).

    Examples
    --------
    >>> one, other = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    >>> print(information(one, one), round(information(one, other) / np.log(2), 12))
    0.0 1.0
    """
    table = np.stack(versions)
    share = table / table.sum((0, -1), keepdims=True)
    apart = share.sum(0, keepdims=True) * share.sum(-1, keepdims=True)
    return (share * np.log(np.where(share > 0, share, 1) / np.where(share > 0, apart, 1))).sum((0, -1))


def auc_of_bins(high, low):
    """Probability that one of `high` has a higher bin than one of `low`, half of it where they share it; (..., bins).

    Examples
    --------
    >>> print(auc_of_bins(np.array([1.0, 1.0]), np.array([1.0, 1.0])))
    0.5
    """
    below = low.cumsum(-1) - low / 2
    return (high * below).sum(-1) / (high.sum(-1) * low.sum(-1))
