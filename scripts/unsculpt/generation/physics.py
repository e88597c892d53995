"""Generated showers beside true ones, as physics sees them: observables, response, correlations, mean images."""

from itertools import pairwise

import numpy as np
from scipy.stats import wasserstein_distance

from unsculpt.generation.observables import observables, unit

QUANTILE = 0.975  # of the distances of truth from truth, as the upper edge of their band
PERCENT = (0.1, 99.9)  # of true showers: between these are the bins of histograms


def distances(truth, fake, other, *, replicas, rng):
    """Wasserstein-1 distance of each observable, in units of its standard deviation in truth.

    Parameters
    ----------
    truth, fake, other : dict of float arrays
        By observable; `other` are further true showers.
    replicas : int
        Bootstrap samples.
    rng : numpy.random.Generator

    Returns
    -------
    list of dict
        name; value with its bootstrap error, of showers of both samples; floor, the mean distance between true showers
        and as many drawn from the other ones, and its upper edge, the 97.5 % quantile. Values are None where truth has
        no spread.
    """
    rows = []
    for name, values in truth.items():
        spread = values.std()
        if not spread > 0:
            rows.append({"name": name, "value": None, "error": None, "floor": None, "edge": None})
            continue
        redrawn, band = [], []
        for _ in range(replicas):
            mine, theirs = rng.choice(values, len(values)), rng.choice(fake[name], len(fake[name]))
            redrawn.append(wasserstein_distance(mine, theirs) / spread)
            band.append(wasserstein_distance(values, rng.choice(other[name], len(values))) / spread)
        row = {"name": name, "value": wasserstein_distance(values, fake[name]) / spread, "error": np.std(redrawn)}
        rows.append(row | {"floor": np.mean(band), "edge": np.quantile(band, QUANTILE)})
    return rows


def median_and_worst(rows):
    """Median over observables of what `distances` found, the largest, and the name of it."""
    known = [row for row in rows if row["value"] is not None]
    worst = max(known, key=lambda row: row["value"])
    return {
        "median": float(np.median([row["value"] for row in known])),
        "floor": float(np.median([row["floor"] for row in known])),
        "worst": worst["value"],
        "name": worst["name"],
    }


def response(cells, energy, edges):
    """Mean and relative width of the response, the energy in cells over that of the particle, in bins of the energy.

    Returns
    -------
    list of dict
        low, high, in GeV; showers; mean and width with errors, None where there are fewer than two showers.
    """
    found = cells.sum(1, dtype=np.float64) / energy
    rows = []
    for low, high in pairwise(edges):
        own = found[(energy >= low) & (energy < high)]
        row = {"low": low, "high": high, "showers": len(own), "mean": None, "width": None}
        if len(own) > 1:
            mean, width = own.mean(), own.std(ddof=1)
            fourth = np.mean((own - mean) ** 4) / width**4  # kurtosis, for the error of a standard deviation
            error = width * np.sqrt(max(fourth - 1, 0) / len(own)) / 2
            row["mean"] = {"value": mean, "error": width / np.sqrt(len(own))}
            row["width"] = {"value": width / mean, "error": error / mean}
        rows.append(row)
    return rows


def worst_response(fake, truth):
    """The largest relative difference of mean responses over all bins, its bin and its error."""
    pairs = [(f, t) for f, t in zip(fake, truth, strict=True) if f["mean"] and t["mean"]]

    def difference(pair):
        return abs(pair[0]["mean"]["value"] / pair[1]["mean"]["value"] - 1)

    worst = max(pairs, key=difference)
    errors = [side["mean"]["error"] / side["mean"]["value"] for side in worst]
    return {
        "value": difference(worst),
        "error": float(np.hypot(*errors)),
        "low": worst[0]["low"],
        "high": worst[0]["high"],
    }


def correlation_difference(truth, fake):
    """Both matrices, of observables that have a spread in both, and the root mean square of their difference."""
    names = [name for name in truth if truth[name].std() > 0 and fake[name].std() > 0]
    first, second = (np.corrcoef([sample[name] for name in names]) for sample in (truth, fake))
    off = ~np.eye(len(names), dtype=bool)
    difference = (second - first)[off]
    return {
        "names": names,
        "truth": first,
        "generated": second,
        "rms": float(np.sqrt(np.mean(difference**2))),
        "largest": float(np.abs(difference).max()),
    }


def edges_of(values, bins):
    """Edges of the histogram of an observable of true showers; of a number with few values one bin each."""
    different = np.unique(values)
    if len(different) <= 5:
        return np.arange(different[0] - 0.5, different[-1] + 1)
    low, high = np.percentile(values, PERCENT)
    return np.linspace(low, high, bins + 1)


def histograms(truth, samples, bins):
    """Histograms of all observables, the first and last bin with what lies beyond.

    Parameters
    ----------
    truth : dict of float arrays
        By observable: it decides the bins.
    samples : dict of such dicts
    bins : int

    Returns
    -------
    list of dict
        name, unit, edges, and counts by sample.
    """
    rows = []
    for name, values in truth.items():
        edges = edges_of(values, bins)
        counts = {}
        for key, sample in {"truth": truth, **samples}.items():
            counts[key] = np.histogram(np.clip(sample[name], edges[0], edges[-1]), edges)[0]
        rows.append({"name": name, "unit": unit(name), "edges": edges, "counts": counts})
    return rows


def images(cells, energy, geometry):
    """Mean of the share of the energy in each cell, a grid for each layer."""
    return geometry.images((cells / energy[:, None].astype(cells.dtype)).mean(0, dtype=np.float64)[None])


def compare(truth, fake, other, geometry, *, replicas, edges, bins, rng):
    """All of this module for one set of generated showers, `showers.Showers` each, at the energies of `truth`."""
    seen = {key: observables(sample.cells, geometry) for key, sample in {"t": truth, "f": fake, "o": other}.items()}
    rows = distances(seen["t"], seen["f"], seen["o"], replicas=replicas, rng=rng)
    of_fake, of_truth = (response(s.cells, s.energy, edges) for s in (fake, truth))
    return {
        "distances": rows,
        "overall": median_and_worst(rows),
        "response": of_fake,
        "response_of_truth": of_truth,
        "worst_response": worst_response(of_fake, of_truth),
        "correlations": correlation_difference(seen["t"], seen["f"]),
        "histograms": histograms(seen["t"], {"generated": seen["f"]}, bins),
        "images": [image[0] for image in images(fake.cells, fake.energy, geometry)],
        "images_of_truth": [image[0] for image in images(truth.cells, truth.energy, geometry)],
    }
