"""Generated showers beside true ones, as machine learning sees them: classifiers, neighbours, memory, worth."""

import warnings

import numpy as np
import torch
from scipy.stats import binomtest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from unsculpt.generation.conditions import UNIT

TREES = {"max_iter": 100, "learning_rate": 0.1}
NETWORK = {"hidden_layer_sizes": (64, 64), "batch_size": 512, "learning_rate_init": 1e-3, "max_iter": 12}
AT_ONCE = 200  # showers whose neighbours are looked for


def separability(first, second, kind, seeds):
    """Areas under the ROC curve of classifiers between two samples, (n, columns) each; half of each trains.

    Parameters
    ----------
    first, second : float arrays
    kind : "trees" or "network"
    seeds : sequence of int
        Of the split and of the classifier; one area each.

    Returns
    -------
    dict
        value, the mean; error, the standard deviation over the seeds, None of one; seeds, all of them.
    """
    x, y = np.concatenate([first, second]), np.repeat([0, 1], [len(first), len(second)])
    areas = []
    for seed in seeds:
        a, b, ya, yb = train_test_split(x, y, test_size=0.5, random_state=seed, stratify=y)
        if kind == "trees":
            model = HistGradientBoostingClassifier(**TREES, random_state=seed)
        else:
            scaler = StandardScaler().fit(a)
            a, b = scaler.transform(a), scaler.transform(b)
            model = MLPClassifier(**NETWORK, random_state=seed)
        areas.append(roc_auc_score(yb, _fitted(model, a, ya).predict_proba(b)[:, 1]))
    error = float(np.std(areas, ddof=1)) if len(areas) > 1 else None
    return {"value": float(np.mean(areas)), "error": error, "seeds": areas}


def _fitted(model, x, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so few passes on purpose: that it did not converge is known
        return model.fit(x, y)


def columns_of_observables(observables, energy):
    """What trees see, (n, columns): observables and energy."""
    return np.column_stack([*observables.values(), energy])


def columns_of_cells(cells, energy):
    """What a network sees, (n, cells + 1): logarithms."""
    return np.column_stack([np.log1p(cells / UNIT), np.log(energy)])


def pictures(cells):
    """Showers as points whose distances mean a difference in shape: the root of the share of each cell."""
    cells = torch.from_numpy(np.ascontiguousarray(cells, dtype=np.float32))
    return (cells / cells.sum(1, keepdim=True).clamp(min=1e-9)).sqrt()


def nearest(cells, reference):
    """Distance of each shower to the nearest of others, and the number of that, (n,) each."""
    known, found = pictures(reference), []
    for part in pictures(cells).split(AT_ONCE):
        found.append(torch.cdist(part, known).min(1))
    return tuple(torch.cat(column).numpy() for column in zip(*found, strict=True))


def memory(cells, learnt, fresh):
    """Whether generated showers lie nearer to those that were learnt than to as many others.

    Returns
    -------
    dict
        value, the share that does, with its error (1/2 if nothing is memorised); p_value of a difference from 1/2;
        quantiles of the distances to both.
    """
    to_learnt, to_fresh = nearest(cells, learnt)[0], nearest(cells, fresh)[0]
    nearer, number = int((to_learnt < to_fresh).sum()), len(cells)
    share = nearer / number
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    return {
        "value": share,
        "error": float(np.sqrt(share * (1 - share) / number)),
        "p_value": float(binomtest(nearer, number).pvalue),
        "to_learnt": np.quantile(to_learnt, levels).tolist(),
        "to_fresh": np.quantile(to_fresh, levels).tolist(),
        "distances": {"to_learnt": to_learnt, "to_fresh": to_fresh},
    }


def worth(truth, fake, quantiles):
    """How many true showers a set of generated ones is worth, in the histogram of an observable (arXiv:2008.06545).

    The bins have equal shares q of `truth`, which must be many more showers. Of n true ones the squared differences
    from q add up to (1 - q) / n on average; what generated showers have of it beyond their own fluctuations is bias.

    Parameters
    ----------
    truth, fake : float arrays
    quantiles : int
        Bins.

    Returns
    -------
    dict
        bias, the sum of squares that ever more generated showers would leave; limit, as many true showers as have it,
        None if none is seen; sensitivity, that of a bias of twice its error, None of a constant.
    """
    edges = np.unique(np.quantile(truth, np.linspace(0, 1, quantiles + 1))[1:-1])
    expected, found = (
        np.bincount(np.searchsorted(edges, v, side="right"), minlength=len(edges) + 1) for v in (truth, fake)
    )
    p, q = found / len(fake), expected / len(truth)
    noise = np.sum(q * (1 - q))
    own = noise * (1 / len(fake) + 1 / len(truth))
    bias = np.sum((p - q) ** 2) - own
    error = own * np.sqrt(2 / max(len(edges), 1))
    limit = float(noise / bias) if bias > 2 * error else None
    sensitivity = float(noise / (2 * error)) if error > 0 else None
    return {"bias": float(bias), "noise": float(noise), "limit": limit, "sensitivity": sensitivity}


def equivalent(worth, numbers):
    """How many true showers as many generated ones, (m,), are worth.

    Examples
    --------
    >>> equivalent({"bias": 0.001, "noise": 1.0}, [1000]), equivalent({"bias": -1e-6, "noise": 1.0}, [1000])
    ([500.0], [1000.0])
    """
    return [worth["noise"] / (max(worth["bias"], 0.0) + worth["noise"] / number) for number in numbers]
