"""The numbers of a mixed background counted again from its rows, by numpy, scipy and plain loops alone."""

import itertools
import json
import math

import numpy as np
import pyarrow.parquet as pq
from scipy.optimize import minimize
from scipy.spatial.distance import jensenshannon

EDGES = np.arange(105.0, 161.0)
WINDOW = (120, 130)


class Rows:
    """The events of a hypothesis with the scores of its working point, as columns of a Parquet file."""

    def __init__(self, results, background):
        self.results, self.background = results, background
        self.summary = self.json("summary.json")["backgrounds"][background]
        chosen = self.summary["working_point"]
        events = pq.read_table(results / f"events/{background}.parquet")
        for name in ("run", "event", "sample", "channel", "label", "mass", "weight"):
            setattr(self, name, events[name].to_numpy(zero_copy_only=False).copy())
        self.names = list(zip(self.run, self.event, strict=True))
        scores = pq.read_table(results / f"scores/{background}/{chosen['method']}.parquet")
        self.score = scores[chosen["tag"]].to_numpy()
        self.point = next(p for p in self.summary["points"] if all(p[key] == chosen[key] for key in ("method", "tag")))

    def json(self, path):
        return json.loads((self.results / path).read_text(encoding="utf-8"))

    def spectrum(self, rows):
        return np.array(
            [self.weight[rows & (self.mass >= a) & (self.mass < b)].sum() for a, b in itertools.pairwise(EDGES)]
        )

    def jsd(self, rows, reference):
        return jensenshannon(self.spectrum(rows), self.spectrum(reference), base=2) ** 2

    def permuted(self, passed, all_of_it, samples, toys, rng):
        """Mean JSD when the masses are shuffled among the events of each sample: a score that knows no mass."""
        total, mass = 0.0, self.mass.copy()
        for _ in range(toys):
            for sample in samples:
                rows = np.flatnonzero(all_of_it & (self.sample == sample))
                self.mass[rows] = rng.permutation(mass[rows])
            total += self.jsd(passed, all_of_it) / toys
        self.mass = mass
        return total


def exponential_in_window(sumw, kappa):
    """N exp(-m / s), fitted to the sidebands in effective events: its yield in the window, and the error of data.

    By a general minimiser; the error is that of a fit of one data set with these expectations (Fisher information).
    """
    middle = (EDGES[1:] + EDGES[:-1]) / 2
    inside = (middle > WINDOW[0]) & (middle < WINDOW[1])
    low, high, counts = EDGES[:-1] - 132.5, EDGES[1:] - 132.5, np.maximum(sumw / kappa, 0)

    def expected(x):
        return math.exp(x[0]) * (np.exp(-x[1] * low) - np.exp(-x[1] * high)) / x[1]

    def loss(x):
        return np.sum(expected(x)[~inside] - counts[~inside] * np.log(expected(x)[~inside]))

    start = [math.log(counts[~inside].mean()), 0.03]
    x = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000}).x
    step = 1e-5
    slopes = np.stack([(expected(x + step * e) - expected(x - step * e)) / (2 * step) for e in np.eye(2)])
    mean, slopes = kappa * expected(x), kappa * slopes
    information = (slopes[:, ~inside] / mean[~inside]) @ slopes[:, ~inside].T
    gradient = slopes[:, inside].sum(axis=1)
    return mean[inside].sum(), math.sqrt(gradient @ np.linalg.solve(information, gradient))


def significance(s, b, u):
    """Cowan's formula as it is printed (note of 2012, equation 20)."""
    first = (s + b) * math.log((s + b) * (b + u * u) / (b * b + (s + b) * u * u))
    second = b * b / (u * u) * math.log(1 + u * u * s / (b * (b + u * u)))
    return math.sqrt(2 * (first - second))
