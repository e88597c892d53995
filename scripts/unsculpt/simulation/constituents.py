"""Jets as flat columns of their constituents, and groomed jets; the clustering is fastjet's. Units are GeV."""

from dataclasses import dataclass
from functools import cached_property

import awkward as ak
import fastjet
import numpy as np

from unsculpt.kinematics import wrapped
from unsculpt.patches.fastjet import without_a_false_warning
from unsculpt.simulation.kinematics import spherical

WIDE = 3.0  # a radius within which the constituents of a jet are one jet again


@dataclass(frozen=True)
class Jets:
    """n jets, each with at least one constituent.

    first : int, shape (n + 1,), where the constituents of each jet begin.
    p : float, shape (constituents, 4), px, py, pz and e of each.
    event : int, shape (n,), the event of each jet.
    """

    first: np.ndarray
    p: np.ndarray
    event: np.ndarray

    def __len__(self):
        return len(self.event)

    def __getitem__(self, mask):
        """The jets of a mask, shape (n,)."""
        size = self.size[mask]
        first = np.concatenate([[0], np.cumsum(size)])
        return Jets(first, self.p[np.repeat(mask, self.size)], self.event[mask])

    def take(self, index):
        """The jets of an index array, shape (m,), in its order."""
        size = self.size[index]
        first = np.concatenate([[0], np.cumsum(size)])
        rows = np.repeat(self.first[index] - first[:-1], size) + np.arange(first[-1])
        return Jets(first, self.p[rows], self.event[index])

    def sum(self, values):
        """Sum over the constituents of each jet, (constituents, ...) -> (n, ...)."""
        return np.add.reduceat(values, self.first[:-1], axis=0) if len(self) else np.zeros((0, *np.shape(values)[1:]))

    def spread(self, values):
        """A value of each jet for each of its constituents, (n, ...) -> (constituents, ...)."""
        return np.repeat(values, self.size, axis=0)

    @cached_property
    def size(self):
        """Number of constituents, shape (n,)."""
        return np.diff(self.first)

    @cached_property
    def momentum(self):
        """px, py, pz and e, shape (n, 4)."""
        return self.sum(self.p)

    @cached_property
    def mass(self):
        """Invariant mass, shape (n,)."""
        return mass(self.momentum)

    @cached_property
    def spherical(self):
        """Transverse momentum, pseudorapidity and azimuth, shape (n,) each."""
        return spherical(*self.momentum[:, :3].T)

    @property
    def pt(self):
        """Transverse momentum, shape (n,)."""
        return self.spherical[0]

    @cached_property
    def transverse(self):
        """Transverse momentum, rapidity and azimuth of the constituents; azimuths of a jet differ by less than pi."""
        px, py, pz, e = self.p.T
        axis = self.spread(self.spherical[2])
        return np.hypot(px, py), np.arctanh(pz / e), axis + wrapped(np.arctan2(py, px) - axis)

    @cached_property
    def awkward(self):
        """Each entry the constituents of one jet, as fastjet wants them."""
        return momenta(self.p, self.size)


def mass(p):
    """Invariant mass, (..., 4) -> (...)."""
    return np.sqrt(np.maximum(p[..., 3] ** 2 - np.sum(p[..., :3] ** 2, axis=-1), 0.0))


def momenta(p, counts):
    """Jagged four-momenta for fastjet, from flat ones of shape (m, 4).

    Records without a name: those of `vector`, which fastjet reads as well, cost more than some of the clusterings.
    """
    columns = {name: np.ascontiguousarray(p[:, i]) for i, name in enumerate(("px", "py", "pz", "E"))}
    return ak.unflatten(ak.zip(columns), counts)


def clustered(array, algorithm, radius, scheme=fastjet.E_scheme):
    """The clustering of each entry of jagged four-momenta."""
    return fastjet.ClusterSequence(array, fastjet.JetDefinition(algorithm, radius, scheme))


def exclusive(sequence, number):
    """The four-momenta of each entry when so many jets are left, shape (n, number, 4)."""
    with without_a_false_warning():
        found = sequence.exclusive_jets(n_jets=number)
    columns = [ak.to_numpy(ak.flatten(found[name])) for name in ("px", "py", "pz", "E")]
    return np.stack(columns, axis=1).reshape(-1, number, 4)


def cluster(p, counts, *, radius, pt_min):
    """Anti-kT jets (arXiv:0802.1189) of the particles of events.

    Parameters
    ----------
    p : float array, shape (m, 4)
        px, py, pz and e of the particles of all events.
    counts : int array, shape (events,)
        Particles of each event.
    radius : float
    pt_min : float
        Least transverse momentum in GeV.

    Returns
    -------
    Jets
    """
    sequence = clustered(momenta(p, counts), fastjet.antikt_algorithm, radius)
    index = sequence.constituent_index(min_pt=pt_min)  # [event][jet][constituent]
    event = np.repeat(np.arange(len(counts)), ak.to_numpy(ak.num(index)))
    return gathered(index, event, np.cumsum(counts) - counts, p, event)


def gathered(index, owner, start, p, event):
    """Jets from jagged indices into the particles of their owners, which begin at `start` in `p`."""
    size = ak.to_numpy(ak.flatten(ak.num(index, axis=2)))
    rows = ak.to_numpy(ak.flatten(index, axis=None)).astype(int) + np.repeat(start[owner], size)
    return Jets(np.concatenate([[0], np.cumsum(size)]), p[rows], event)


def trimmed(jets, *, radius, fraction):
    """Trimmed jets (arXiv:0912.1342): of each the kT subjets that carry at least a fraction of its transverse momentum.

    Parameters
    ----------
    jets : Jets
    radius : float
        Of the subjets.
    fraction : float

    Returns
    -------
    Jets
        Those of which something is left.
    """
    if not len(jets):
        return jets
    index = clustered(jets.awkward, fastjet.kt_algorithm, radius).constituent_index(min_pt=0.0)
    owner = np.repeat(np.arange(len(jets)), ak.to_numpy(ak.num(index)))
    subjets = gathered(index, owner, jets.first[:-1], jets.p, owner)
    hard = subjets.pt >= fraction * jets.pt[owner]
    left = subjets[hard]
    size = np.bincount(left.event, left.size, minlength=len(jets)).astype(int)
    some = size > 0
    return Jets(np.concatenate([[0], np.cumsum(size[some])]), left.p, jets.event[some])
