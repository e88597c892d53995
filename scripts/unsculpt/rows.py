"""The rows of a batch, events or one object each: the value of every name of a study, found when it is asked for."""

from collections import ChainMap

import awkward as ak
import numpy as np

from unsculpt.definitions import each
from unsculpt.evaluation import FourVector, Objects, One, evaluate, truth
from unsculpt.kinematics import delta_r


class Rows:
    """A mapping from names to values, for the rows of some events.

    Parameters
    ----------
    arrays : dict
        A step of `ntuples.Ntuple`: numpy arrays and jagged records by name.
    study : dict
        What `definitions.used` gives: objects, candidate, mass, quantities, regions.

    Values are as `evaluation` has them; numbers of rows have the shape (n,). Only what is asked for is evaluated, and
    of those rows alone that are left by then (`take`).
    """

    def __init__(self, arrays, study):
        self._arrays, self._study = arrays, study
        self._texts = {
            **study["quantities"],
            **study["regions"],
            "mass": study["mass"],
            "candidate": study["candidate"],
        }
        self._index, self._known, self._n = None, {}, len(arrays["weight"])
        if text := each(study["candidate"]):
            self._spread(evaluate(text, self))

    def __len__(self):
        return self._n

    def __getitem__(self, name):
        if name not in self._known:
            self._known[name] = self._value(name)
        return self._known[name]

    def take(self, index):
        """The rows of a mask or an index array."""
        taken = object.__new__(Rows)
        taken.__dict__ |= self.__dict__
        place = np.flatnonzero(index) if index.dtype == bool else index
        taken._index, taken._n = place if self._index is None else self._index[place], len(place)
        taken._known = {name: value[place] for name, value in self._known.items()}
        return taken

    def number(self, text):
        """The value of an expression, float64 of shape (n,); NaN where it is missing."""
        return np.broadcast_to(np.asarray(evaluate(text, self), float), self._n)

    def passes(self, text):
        """Where a condition holds, bool of shape (n,)."""
        return np.broadcast_to(truth(evaluate(text, self)), self._n)

    def _value(self, name):
        if name in self._study["objects"]:
            return self._objects(self._study["objects"][name], name)
        text = self._texts.get(name)
        if text is None:
            return self._column(name)
        value = evaluate(text, self)
        return value if isinstance(value, (One, FourVector)) else np.broadcast_to(value, self._n)

    def _column(self, name):
        return self._arrays[name] if self._index is None else self._arrays[name][self._index]

    def _objects(self, about, name):
        """Objects with the fields that they define, as required, in order of falling transverse momentum."""
        array = self._column(about.get("from", name))
        for field, text in about["define"].items():
            array = ak.with_field(array, _each_value(text, array, self), field)
        if about["require"] is not None:
            array = array[truth(_each_value(about["require"], array, self))]
        for text, distance in about["away_from"].items():
            for other in _one_by_one(evaluate(text, self)):
                apart = delta_r(array.eta - other.field("eta"), array.phi - other.field("phi"))
                array = array[~(apart <= distance)]
        if "pt" in array.fields:
            array = array[ak.argsort(array.pt, ascending=False, stable=True)]
        return Objects(array)

    def _spread(self, objects):
        """Make a row of each object, its candidate."""
        counts = ak.to_numpy(ak.num(objects.array))
        self._index, self._n = np.repeat(np.arange(self._n), counts), int(counts.sum())
        alone = ak.unflatten(ak.flatten(objects.array), np.ones(self._n, np.int64))
        self._known = {"candidate": One(Objects(alone), 0)}


def _each_value(text, array, rows):
    """The value of an expression for each object, of its fields and of its row."""
    value = evaluate(text, ChainMap({field: array[field] for field in array.fields}, rows))
    return value if isinstance(value, ak.Array) else ak.broadcast_arrays(value, array[array.fields[0]])[0]


def _one_by_one(value):
    """One object of each row after the other."""
    if isinstance(value, Objects):
        return [One(value, i) for i in range(ak.to_numpy(ak.num(value.array)).max(initial=0))]
    return [value]
