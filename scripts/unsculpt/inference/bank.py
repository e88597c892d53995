"""A simulator that draws from a bank: events that were made once at a grid of values of one parameter.

A full simulator has to be set up anew for each value, so x ~ p(x|theta) is drawn from the two neighbours on the grid
with linear probabilities. Every event of the bank is a call of the simulator; games use them again and again, so the
bank has to be large against the data, or its own fluctuations are fitted.
"""

import numpy as np
import torch

from unsculpt.errors import InputError
from unsculpt.inference.drawing import draw
from unsculpt.simulation import hadrons

MULTIPLICITY = np.array([-1, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5, 1e3])  # of the binned likelihood
SLICES = 6  # of thrust
DEGREE = 3  # in the parameter, of the polynomial of each bin
SCAN = 2001  # values of the parameter


class Bank:
    """The interface of the simulators, for one parameter.

    Parameters
    ----------
    grid : float array, shape (G,)
        Ascending, evenly spaced values of the parameter.
    events : float32 array, shape (G, n, D)
    measured : float32 array, shape (S, N, D)
        Data sets, of events that are not in the bank.
    truth : float
        The parameter of the data.
    """

    parameters, symbols, columns, interest = hadrons.PARAMETERS, hadrons.SYMBOLS, hadrons.COLUMNS, ("alpha_s",)

    def __init__(self, grid, events, measured, truth):
        self.grid, self.events, self.measured = grid, torch.from_numpy(events), torch.from_numpy(measured)
        self.truth = truth
        self._edges = MULTIPLICITY, _open(np.quantile(events[..., 1], np.linspace(0, 1, SLICES + 1)))
        counts = np.array([self._histogram(part) for part in events]) + 0.01
        self._polynomials = np.polyfit(
            self._unit(grid), counts / counts.sum(1, keepdims=True), min(DEGREE, len(grid) - 1)
        )

    @classmethod
    def load(cls, paths, truth):
        """From the files of a bank: those with a `value` are points of the grid, those with a `seed` data."""
        parts = []
        for path in paths:
            with np.load(path) as saved:
                ends = np.cumsum(saved["numbers"])[:-1]
                parts += list(zip(saved["values"], np.split(saved["events"], ends), strict=True))
        points = sorted((part for part in parts if part[0] > 0), key=lambda part: part[0])
        data = [part[1] for part in parts if part[0] < 0]
        if len(points) < 2 or not data:
            raise InputError("a bank needs two points and data; make its files again")
        return cls(np.array([p[0] for p in points]), np.stack([p[1] for p in points]), np.stack(data), truth)

    @property
    def calls(self):
        """Simulated events of the bank."""
        return len(self.grid) * self.events.shape[1]

    def __call__(self, theta, generators):
        place = (theta[..., 0] - self.grid[0]) / (self.grid[1] - self.grid[0])
        u = draw(torch.rand, generators, (2, theta.shape[1]))
        node = (place.clamp(0, len(self.grid) - 1) + u[:, 0]).floor().long().clamp(max=len(self.grid) - 1)
        event = (u[:, 1] * self.events.shape[1]).long().clamp(max=self.events.shape[1] - 1)
        return self.events[node, event]

    def data(self, theta, generators):
        """The data sets of the bank, as many as there are generators."""
        return self.measured[: len(generators), : theta.shape[1]]

    def identified(self, theta):
        """The parameter, held inside the grid."""
        return theta.clamp(self.grid[0], self.grid[-1])

    def likelihood(self, x):
        """Maximum-likelihood parameter and its error, from a binned likelihood in multiplicity and thrust."""
        values = np.linspace(self.grid[0], self.grid[-1], SCAN)
        expected = np.maximum([np.polyval(c, self._unit(values)) for c in self._polynomials.T], 1e-7)
        total = self._histogram(np.asarray(x)) @ np.log(expected / expected.sum(0))
        best = int(np.argmax(total))
        near = slice(max(best - SCAN // 30, 0), best + SCAN // 30)
        curvature = np.polyfit(values[near], total[near], 2)[0]
        return values[best], 1 / np.sqrt(max(-2 * curvature, 1e-12))

    def best(self, x):
        """Maximum-likelihood parameter of events (n, 3), (1,)."""
        return np.array([self.likelihood(x)[0]])

    def error(self, truth, events):
        """Mean error of the likelihood for so many events, (1,)."""
        errors = [self.likelihood(x)[1] * np.sqrt(len(x) / events) for x in self.measured.numpy()]
        return np.array([np.mean(errors)])

    def _unit(self, values):
        return (np.asarray(values) - self.grid[0]) / (self.grid[-1] - self.grid[0])

    def _histogram(self, x):
        return np.histogram2d(x[:, 0], x[:, 1], self._edges)[0].ravel()


def _open(edges):
    """Edges of which the first and the last are far away."""
    return np.concatenate([[-1e3], edges[1:-1], [1e3]])


def make(grid, data, *, part, parts, seed):
    """One part of a bank: points of the grid and data sets, in turn.

    Parameters
    ----------
    grid : dict
        The key `bank` of a simulator: from, to, points, events.
    data : dict
        truth, events, sets: of the data.
    part, parts : int
        Part `part` of `parts`.
    seed : int

    Returns
    -------
    dict of arrays
        values (n,): of the parameter, -1 for data; numbers (n,) of events; events, all after each other, (sum, 3).
    """
    values = np.linspace(grid["from"], grid["to"], grid["points"])
    tasks = [(value, value, grid["events"]) for value in values]
    tasks += [(-1.0, data["truth"], data["events"])] * data["sets"]
    mine = range(part, len(tasks), parts)
    made = [hadrons.events(*tasks[i][1:], 1 + (seed * 1_000_003 + i) % 900_000_000) for i in mine]
    return {
        "values": np.array([tasks[i][0] for i in mine]),
        "numbers": np.array([len(x) for x in made]),
        "events": np.concatenate(made) if made else np.empty((0, 3), np.float32),
    }
