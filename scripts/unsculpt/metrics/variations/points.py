"""All numbers of a point, and those of each of its trainings."""

import numpy as np

from unsculpt.metrics.variations.changes import compare, sizes
from unsculpt.metrics.variations.knowledge import known
from unsculpt.metrics.variations.sums import CLASSES


def uncertainty_of_mu(signal, background, relative):
    """Uncertainty of mu = 1 from counts in the window alone, that of the signal yield, and both in quadrature.

    Parameters
    ----------
    signal, background : float
        Expected events in the window after the cut.
    relative : sequence of float or None
        Independent relative uncertainties of the signal in the window, one a variation.

    Returns
    -------
    dict
        counts : sqrt(s + b)/s; scales : the root of the sum of squares; total. None where there is no signal.
    """
    if not signal > 0 or None in relative:
        return {"counts": None, "scales": None, "total": None}
    counts, scales = np.sqrt(max(signal + background, 0)) / signal, np.sqrt(np.sum(np.square(relative)))
    return {"counts": float(counts), "scales": float(scales), "total": float(np.hypot(counts, scales))}


def of_seeds(found):
    """The sizes of one point for each of its trainings, as lists in the order of the seeds.

    Parameters
    ----------
    found : list of dict
        What `measure` gives, one for each training.

    Returns
    -------
    dict
        variations : of each `name`, by class passing, window and efficiency (values of `sizes`), auc and information
        (values of `known`); mu : scales and total. None where a number does not exist.
    """

    def values(place, c):
        rows = [numbers["variations"][place] for numbers in found]
        parts = {key: [row["size"][c][key] for row in rows] for key in ("passing", "window", "efficiency")}
        parts |= {key: [row["known"][c][key] for row in rows] for key in ("auc", "information")}
        return {key: [part and part["value"] for part in column] for key, column in parts.items()}

    names = [row["name"] for row in found[0]["variations"]]
    rows = [{"name": name} | {c: values(place, c) for c in CLASSES} for place, name in enumerate(names)]
    mu = {key: [numbers["mu"] and numbers["mu"][key] for numbers in found] for key in ("scales", "total")}
    return {"variations": rows, "mu": mu}


def measure(nominal, copies, expected, *, names, replicas, rng, base):
    """All numbers of one point.

    Parameters
    ----------
    nominal : dict
        By class the `Sums` of the events that have copies.
    copies : dict
        By name of the copy the same of it: `{name}_up` and `{name}_down` of each variation.
    expected : dict
        By class the `Sums` of all events, measured ones too.
    names : of the variations.
    replicas, rng, base
        As of `compare`.

    Returns
    -------
    dict
        variations : for each name, up and down (by class what `compare` gives), and by class size (`sizes`) and known
        (`known`); mu : `scales` has the sizes of the signal in the window, which are independent.
    """
    found = []
    for name in names:
        up, down = (copies[f"{name}_{side}"] for side in ("up", "down"))
        row = {"name": name}
        for side, of in (("up", up), ("down", down)):
            row[side] = {c: compare(nominal[c], of[c], replicas, rng, base=base) for c in CLASSES}
        row["size"] = {c: sizes(nominal[c], up[c], down[c]) for c in CLASSES}
        scores = {c: (nominal[c].scores, up[c].scores, down[c].scores) for c in CLASSES}
        found.append(row | {"known": {c: known(*of, replicas, rng.spawn(1)[0]) for c, of in scores.items()}})
    mu = None
    if nominal["signal"].window is not None:
        relative = [row["size"]["signal"]["window"]["value"] for row in found]
        mu = uncertainty_of_mu(*(float(expected[c].window.sum()) for c in CLASSES), relative)
    return {"variations": found, "mu": mu}
