"""The rows of a batch, events or one object each: the value of every name of a study, found when it is asked for."""

from collections import ChainMap
from functools import cache

import awkward as ak
import numpy as np

from unsculpt import expressions
from unsculpt.combining.best import best
from unsculpt.definitions import each
from unsculpt.evaluation import FourVector, Objects, One, evaluate, truth
from unsculpt.kinematics import delta_r

_ELEMENTWISE = ("number", "name", "arithmetic", "minus", "not", "and", "or", "compare")  # kinds of nodes


class Rows:
    """A mapping from names to values, for the rows of some events.

    Parameters
    ----------
    arrays : dict
        A step of `ntuples.Ntuple`: numpy arrays and jagged records by name.
    study : dict
        What `definitions.used` gives: objects, candidate, mass, quantities, regions, and combinations with their trees
        (`combining.best.with_trees`) and substructure if there are any.

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
        if name in self._study.get("combinations", ()):
            return best(self, self._study["combinations"][name])
        if name in self._study.get("substructure", ()):
            return _measured(self, self._study["substructure"][name])
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
        counts, flat = ak.to_numpy(ak.num(array)), ak.flatten(array)
        fields = {field: ak.to_numpy(flat[field]) for field in flat.fields}
        for field, text in about["define"].items():
            fields[field] = self._of_each(text, fields, counts)
        owner = np.repeat(np.arange(len(counts)), counts)
        kept = np.arange(len(owner))
        if about["require"] is not None:
            kept = np.flatnonzero(truth(self._of_each(about["require"], fields, counts)))
        for text, distance in about["away_from"].items():
            for other in _one_by_one(evaluate(text, self)):
                eta, phi = (fields[angle][kept] - other.field(angle)[owner[kept]] for angle in ("eta", "phi"))
                kept = kept[~(delta_r(eta, phi) <= distance)]
        if "pt" in fields:
            kept = _in_order(kept, fields["pt"], owner, len(counts))
        left = np.bincount(owner[kept], minlength=len(counts))
        return Objects(ak.zip({field: ak.unflatten(values[kept], left) for field, values in fields.items()}))

    def _of_each(self, text, fields, counts):
        """The value of an expression for each object, of its fields and of its row; numpy, all objects in a line."""
        if elementwise(text) and expressions.names(text) <= fields.keys():
            value = evaluate(text, fields)
        else:
            value = evaluate(text, ChainMap({name: ak.unflatten(x, counts) for name, x in fields.items()}, self))
            if not isinstance(value, ak.Array) and np.ndim(value):
                value = np.repeat(value, counts)
        value = ak.to_numpy(ak.flatten(value)) if isinstance(value, ak.Array) else value
        return np.broadcast_to(value, counts.sum())

    def _spread(self, objects):
        """Make a row of each object, its candidate."""
        counts = ak.to_numpy(ak.num(objects.array))
        self._index, self._n = np.repeat(np.arange(self._n), counts), int(counts.sum())
        alone = ak.unflatten(ak.flatten(objects.array), np.ones(self._n, np.int64))
        self._known = {"candidate": One(Objects(alone), 0)}


@cache
def elementwise(text):
    """Whether an expression finds the value of each object from the fields of that object alone, if it names no others.

    Examples
    --------
    >>> elementwise("abs(eta) < 2.5 and pt > 20"), elementwise("pt > 0.5 * max(pt)"), elementwise("pt[0] < 3")
    (True, False, False)
    """

    def of(node):
        if node.does == "call":
            name, *given = node.parts
            alone = name in expressions.ELEMENTWISE or (name in ("min", "max") and len(given) > 1)
        else:
            alone = node.does in _ELEMENTWISE
        return alone and all(of(part) for part in node.parts if isinstance(part, expressions.Node))

    return of(expressions.parse(text))


def _in_order(places, pt, owner, n):
    """Objects by falling transverse momentum within each of n rows; equal ones keep their order."""
    pt, owner = pt[places], owner[places]
    if np.all((pt[:-1] >= pt[1:]) | (owner[:-1] != owner[1:])):  # as in most files
        return places
    counts = np.bincount(owner, minlength=n)
    within = ak.to_numpy(ak.flatten(ak.argsort(ak.unflatten(pt, counts), ascending=False, stable=True)))
    return places[within + np.repeat(np.cumsum(counts) - counts, counts)]


def _measured(rows, about):
    """The jet of each row by its constituents."""
    from unsculpt.subjets import measured  # fastjet only where there are such jets

    return measured.of(evaluate(about["of"], rows), about["radius"], about["fields"])


def _one_by_one(value):
    """One object of each row after the other."""
    if isinstance(value, Objects):
        return [One(value, i) for i in range(ak.to_numpy(ak.num(value.array)).max(initial=0))]
    return [value]
