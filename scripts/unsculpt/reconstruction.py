"""What the trees of combinations learn from, and how often they find the true one, beside a chi-squared."""

from dataclasses import dataclass, fields

import awkward as ak
import numpy as np

from unsculpt.combining.best import BLOCK
from unsculpt.combining.every import every
from unsculpt.combining.trees import train
from unsculpt.errors import InputError
from unsculpt.events.folds import part

FAR = 1e12  # added to the chi-squared of what is not preferred
LAST = 200  # rows: with fewer, numbers of objects are quoted together


@dataclass(frozen=True)
class Examples:
    """The combinations of n rows, m in all.

    inputs : (m, D) float32.
    truth : (m,) bool.
    owner : (m,) int, the row of each, rising.
    weight : (n,) float.
    objects : (n,) int, how many objects a row has in the collections that are combined.
    half : (n,) int, 0 or 1 by a hash of run and event.
    """

    inputs: np.ndarray
    truth: np.ndarray
    owner: np.ndarray
    weight: np.ndarray
    objects: np.ndarray
    half: np.ndarray

    def of(self, rows):
        """Those of the rows of a mask."""
        here = rows[self.owner]
        number = np.cumsum(rows) - 1
        own = (self.weight[rows], self.objects[rows], self.half[rows])
        return Examples(self.inputs[here], self.truth[here], number[self.owner[here]], *own)


def examples(rows, about):
    """The combinations of some rows with their truth.

    Parameters
    ----------
    rows : rows.Rows
    about : dict
        Of `definitions.used` for events that trees learn from.

    Returns
    -------
    Examples
    """
    parts = []
    for first in range(0, max(len(rows), 1), BLOCK):
        block = rows.take(np.arange(first, min(first + BLOCK, len(rows))))
        found = every(block, about)
        sources = {member["from"] for member in about["members"].values()}
        objects = sum(ak.to_numpy(ak.num(block[name].array)) for name in sources)
        half = part(block["run"], block["event"], 2).astype(int)
        weight = np.asarray(block["weight"], float)
        parts.append(Examples(found.inputs(), found.truth(), found.owner, weight, objects, half))
    return joined(parts)


def joined(parts):
    """Examples one after the other, their rows numbered on."""
    first = np.cumsum([0, *(len(p.weight) for p in parts)])
    columns = {field.name: [getattr(p, field.name) for p in parts] for field in fields(Examples)}
    columns["owner"] = [owner + offset for owner, offset in zip(columns["owner"], first, strict=False)]
    return Examples(**{name: np.concatenate(values) for name, values in columns.items()})


def check(known, name):
    """Refuse examples from which nothing can be learnt or measured, in a sentence."""
    for half in (0, 1):
        one = known.of(known.half == half).truth
        if not 0 < one.sum() < len(one):
            raise InputError(
                f"combinations.{name}: {int(one.sum())} of {len(one)} combinations in a half of the selected events of "
                "its sample are true, and trees need both kinds; correct truth, or give learn_from more events"
            )


def efficiencies(known, about, seed):
    """How often the best combination is a true one, in rows that have one, against the number of objects.

    Each half of the rows is judged by trees that learnt from the other half, and by a chi-squared with the centres
    (medians) and widths (half of the central 68 %) of the true combinations there.

    Parameters
    ----------
    known : Examples
    about : dict
        One of the configuration `combinations`.
    seed : int

    Returns
    -------
    dict
        rows : of each number of objects (the last with all above it) and of "all", `objects`, `rows`, `sum_weights`,
        and by method value and error, with `gain`, the difference of the trees to the best chi-squared.
        centres : by field of the reference, centre and width of all true combinations.
    """
    found = {}
    for half in (0, 1):
        rows = known.half == half
        learnt, judged = known.of(~rows), known.of(rows)
        for method, score in _scores(learnt, judged, about, seed).items():
            found.setdefault(method, np.zeros(len(rows), bool))[rows] = _is_best_true(judged, score)
    whole = np.bincount(known.owner, known.truth, len(known.weight)) > 0
    bins = _bins(known.objects[whole])
    lines = [
        {"objects": label, **_line(found, known.weight, whole & inside(known.objects))}
        for label, inside in bins.items()
    ]
    names = list(about["inputs"])
    of_true = {field: known.inputs[known.truth, names.index(field)] for field in about["reference"]["fields"]}
    return {"rows": lines, "centres": {field: _centre(values) for field, values in of_true.items()}}


def _scores(learnt, judged, about, seed):
    """By method the score of each combination, higher for what is taken."""
    trees = train(about, learnt.inputs, learnt.truth, learnt.weight[learnt.owner], seed)
    scores, names, reference = {"trees": trees.score(judged.inputs)}, list(about["inputs"]), about["reference"]
    if reference["fields"]:
        columns = [names.index(field) for field in reference["fields"]]
        centres = [_centre(learnt.inputs[learnt.truth, i]) for i in columns]
        pulls = [(judged.inputs[:, i] - c["centre"]) / c["width"] for i, c in zip(columns, centres, strict=True)]
        scores["chi-squared"] = -np.nan_to_num(sum(pull**2 for pull in pulls), nan=FAR)
        if reference["prefer"]:
            missed = ~(np.nan_to_num(judged.inputs[:, names.index(reference["prefer"])]) != 0)
            scores[f"chi-squared, {reference['prefer']}"] = scores["chi-squared"] - FAR * missed
    return scores


def _centre(values):
    low, centre, high = np.nanquantile(values.astype(float), [0.1587, 0.5, 0.8413])
    return {"centre": centre, "width": (high - low) / 2}


def _is_best_true(judged, score):
    """Whether the combination with the highest score of each row is true; false in rows without one."""
    order = np.lexsort((-score, judged.owner))
    first = order[np.flatnonzero(np.diff(judged.owner[order], prepend=-1))]
    found = np.zeros(len(judged.weight), bool)
    found[judged.owner[first]] = judged.truth[first]
    return found


def _bins(objects):
    """By label a function that tells the rows of a number of objects; the last one takes all above it."""
    bins, numbers = {}, np.unique(objects)
    for number in numbers:
        above = np.count_nonzero(objects > number)
        if above < LAST:
            bins[f"{number} or more" if above else str(number)] = lambda n, least=number: n >= least
            break
        bins[str(number)] = lambda n, own=number: n == own
    return bins | {"all": lambda n: n >= 0}


def _line(found, weight, rows):
    w = weight[rows]
    line = {"rows": len(w), "sum_weights": float(w.sum())}
    line |= {method: _mean(passed[rows].astype(float), w) for method, passed in found.items()}
    others = [method for method in found if method != "trees"]
    if others:
        best = max(others, key=lambda method: line[method]["value"])
        line["gain"] = _mean(found["trees"][rows].astype(float) - found[best][rows], w) | {"over": best}
    return line


def _mean(values, weight):
    """Weighted mean and its error."""
    total = weight.sum()
    mean = (weight @ values) / total
    return {"value": float(mean), "error": float(np.sqrt(weight**2 @ (values - mean) ** 2) / total)}
