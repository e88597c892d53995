"""One jet in each row, measured from its constituents when a field is asked for."""

from dataclasses import dataclass
from functools import cached_property

import awkward as ak
import numpy as np

from unsculpt import substructure
from unsculpt.fourvectors import FourVector
from unsculpt.simulation.constituents import Jets
from unsculpt.subjets import observables

LEAST = 3  # constituents of a jet whose substructure is known


@dataclass(frozen=True)
class Jet(FourVector):
    """The sum of the constituents of each row, with the fields of `substructure.FIELDS`.

    number : int, shape (n,), of constituents.
    constituents : simulation.constituents.Jets
        The m rows that have at least `LEAST`; the others have no substructure, which is NaN.
    row : int, shape (m,), where they are.
    radius : float, of the jets.
    asked : fields that the study uses; those that are found together are found at once.
    """

    number: np.ndarray
    constituents: Jets
    row: np.ndarray
    radius: float
    asked: tuple

    def __getitem__(self, rows):
        """The jets of the rows of a mask or an index array."""
        place = np.flatnonzero(rows) if np.asarray(rows).dtype == bool else np.asarray(rows)
        where = np.full(len(self), -1)
        where[self.row] = np.arange(len(self.row))
        chosen = where[place]
        row = np.flatnonzero(chosen >= 0)
        parts = (self.px[place], self.py[place], self.pz[place], self.e[place], self.number[place])
        taken = Jet(*parts, self.constituents.take(chosen[row]), row, self.radius, self.asked)
        taken.known.update({name: values[chosen[row]] for name, values in self.known.items()})
        return taken

    def field(self, name):
        """A field; numpy, shape (n,)."""
        if name in substructure.KINEMATIC:
            return super().field(name)
        if name == "constituents":
            return self.number.astype(float)
        if name not in self.known:
            self.known.update(self._found(name))
        values = np.full(len(self), np.nan)
        values[self.row] = self.known[name]
        return values

    @cached_property
    def known(self):
        """Fields of the m jets that were found before, by name."""
        return {}

    def _found(self, name):
        """Fields of the m jets, this one and others that cost nothing more."""
        for group, measure in _GROUPS:
            if name in group:
                wanted = [field for field in group if field in self.asked or field == name]
                return measure(self.constituents, wanted, self.radius)
        raise KeyError(name)


def of(constituents, radius, asked):
    """The jet of each row.

    Parameters
    ----------
    constituents : fourvectors.Objects
    radius : float
    asked : sequence of str
    """
    components = [ak.values_astype(part, np.float64) for part in constituents.components()]
    number = ak.to_numpy(ak.num(components[0]))
    p = np.stack([ak.to_numpy(ak.flatten(part)) for part in components], axis=1)
    jets = Jets(np.concatenate([[0], np.cumsum(number)]), p, np.arange(len(number)))
    total = [np.bincount(np.repeat(jets.event, number), column, len(number)) for column in p.T]
    enough = number >= LEAST
    return Jet(*total, number, jets[enough], np.flatnonzero(enough), radius, tuple(asked))


_GROUPS = (
    (substructure.TAU, observables.subjettiness),
    (substructure.GROOMED, observables.groomed),
    (substructure.RECONSTRUCTED, observables.reconstructed),
)
