"""A read-out threshold for a generator alone: as many cells are hit as in truth, in each layer, at each energy.

A smooth generator leaves a tail just above the zero suppression, by which it is told from truth at a glance.
"""

from dataclasses import dataclass

import numpy as np

BINS = 8  # of the energy, equally filled


@dataclass(frozen=True)
class Readout:
    """Thresholds.

    edges : inner edges of the bins of the energy, in GeV.
    thresholds : in GeV, (particles, bins, layers).
    """

    edges: np.ndarray
    thresholds: np.ndarray

    def apply(self, cells, energy, particle, geometry):
        """Cells, (n, cells) in GeV, with zero below the threshold of their layer, energy and particle.

        What is taken goes to the cells that are left in the layer: its energy stays, if any is left.
        """
        limits = self.thresholds[particle, np.digitize(energy, self.edges)].astype(cells.dtype)  # (n, layers)
        kept = np.where(cells < np.repeat(limits, geometry.sizes, axis=1), 0, cells)
        for part in geometry.parts:
            before, after = (of[:, part].sum(1, keepdims=True) for of in (cells, kept))
            kept[:, part] *= np.divide(before, after, out=np.ones_like(after), where=after > 0)
        return kept

    def to_dict(self):
        """As plain values."""
        return {"edges": self.edges.tolist(), "thresholds": self.thresholds.tolist()}

    @classmethod
    def from_dict(cls, content):
        """From plain values."""
        return cls(np.array(content["edges"]), np.array(content["thresholds"]))


def fit(truth, cells, geometry, bins=BINS):
    """Thresholds with which generated showers have the mean occupancy of true ones.

    Parameters
    ----------
    truth : showers.Showers
    cells : float array, shape (n, cells)
        Generated at the same energies, of the same particles.
    geometry : geometry.Geometry
    bins : int

    Returns
    -------
    Readout
        Where fewer cells are hit than in truth, the threshold is 0: nothing can be added.
    """
    edges = np.quantile(truth.energy, np.linspace(0, 1, bins + 1))[1:-1]
    number = np.digitize(truth.energy, edges)
    thresholds = np.zeros((truth.particle.max() + 1, bins, geometry.layers))
    for particle, bin_, layer in np.ndindex(thresholds.shape):
        own, part = (truth.particle == particle) & (number == bin_), geometry.parts[layer]
        if not own.any():
            continue
        values = np.sort(cells[own, part], axis=None)
        hit = np.count_nonzero(truth.cells[own, part])
        thresholds[particle, bin_, layer] = values[-hit] if hit else 2 * values[-1] + 1
    return Readout(edges, thresholds)
