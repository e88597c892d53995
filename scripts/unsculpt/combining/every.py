"""All combinations of objects in each row, and the value of every name for each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, reduce
from itertools import combinations
from operator import add

import awkward as ak
import numpy as np

from unsculpt.evaluation import Objects, evaluate


@dataclass(frozen=True)
class Every:
    """The combinations of some rows, m in all, in the order of the rows.

    rows : mapping from names to the values of rows (rows.Rows).
    about : the configuration of the combinations.
    owner : (m,) int, the row of each.
    places : (m, k) int, the place of each of its k objects in its collection, in the order of the members.
    identity : (m, k) int, the same number for the same object of a row.
    """

    rows: Mapping
    about: dict
    owner: np.ndarray
    places: np.ndarray
    identity: np.ndarray

    def __len__(self):
        return len(self.owner)

    def take(self, index):
        """Those of an index array, in its order."""
        parts = (self.owner[index], self.places[index], self.identity[index])
        return Every(self.rows, self.about, *parts)

    def values(self, kind):
        """By name the values of `inputs` or `define` of each combination, float64 of shape (m,); NaN where missing."""
        names = _Names(self)
        return {field: names.number(text) for field, text in self.about[kind].items()}

    def inputs(self):
        """What the trees see, float32 of shape (m, D); NaN where it is missing."""
        columns = self.values("inputs").values()
        return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)

    def truth(self):
        """Which are true, bool of shape (m,)."""
        return np.nan_to_num(_Names(self).number(self.about["truth"])) != 0

    def total(self):
        """The four-vector of each: `sum` if it is given, or the sum of its objects."""
        names = _Names(self)
        if text := self.about.get("sum"):
            return evaluate(text, names).four_vector()
        return reduce(add, (names[member].total() for member in self.about["members"]))


def every(rows, about):
    """All combinations of the rows.

    Parameters
    ----------
    rows : rows.Rows
    about : dict
        One of the configuration `combinations`.

    Returns
    -------
    Every
        No object is in a combination twice; those of one member have no order: they stand as in their collection.
    """
    members, most = about["members"], about["most"]
    sources = list(dict.fromkeys(member["from"] for member in members.values()))
    counts = np.stack([np.minimum(ak.to_numpy(ak.num(rows[name].array)), most) for name in sources], axis=1)
    asked = tuple((sources.index(member["from"]), member["count"]) for member in members.values())
    width = sum(number for _, number in asked)
    owners, places = [np.zeros(0, int)], [np.zeros((0, width), int)]
    for numbers in np.unique(counts, axis=0):
        pattern = _patterns(tuple(map(int, numbers)), asked)
        here = np.flatnonzero((counts == numbers).all(axis=1))
        owners.append(np.repeat(here, len(pattern)))
        places.append(np.tile(pattern, (len(here), 1)))
    owner, places = np.concatenate(owners), np.concatenate(places)
    order = np.argsort(owner, kind="stable")
    source = np.repeat([i for i, _ in asked], [number for _, number in asked])
    return Every(rows, about, owner[order], places[order], (places + most * source)[order])


@cache
def _patterns(counts, asked):
    """All choices of places, (p, k), of collections with these numbers of objects.

    `asked` has for each member its collection and how many of it there are.

    Examples
    --------
    >>> _patterns((3,), ((0, 1), (0, 2))).tolist()
    [[0, 1, 2], [1, 0, 2], [2, 0, 1]]
    """
    found = [((), frozenset())]
    for source, number in asked:
        found = [
            ((*chosen, *more), used | {(source, place) for place in more})
            for chosen, used in found
            for more in combinations(range(counts[source]), number)
            if not any((source, place) in used for place in more)
        ]
    width = sum(number for _, number in asked)
    return np.array([chosen for chosen, _ in found], int).reshape(-1, width)


class _Names(Mapping):
    """What the expressions of a combination name: its members, its inputs, and all names of its row."""

    def __init__(self, every):
        self._every, self._known = every, {}

    def __getitem__(self, name):
        if name not in self._known:
            self._known[name] = self._value(name)
        return self._known[name]

    def __iter__(self):
        return iter(self._every.about["members"])

    def __len__(self):
        return len(self._every.about["members"])

    def number(self, text):
        return np.broadcast_to(np.asarray(evaluate(text, self), float), len(self._every))

    def _value(self, name):
        about = self._every.about
        if name in about["members"]:
            return self._objects(name)
        for kind in ("inputs", "define"):
            if name in about.get(kind, ()):  # what learns has no `define`
                return self.number(about[kind][name])
        return self._every.rows[name][self._every.owner]

    def _objects(self, name):
        first = 0
        for member, of in self._every.about["members"].items():
            if member == name:
                break
            first += of["count"]
        array = self._every.rows[of["from"]].array
        counts = ak.to_numpy(ak.num(array))
        starts = np.cumsum(counts) - counts
        index = starts[self._every.owner, None] + self._every.places[:, first : first + of["count"]]
        return Objects(ak.unflatten(ak.flatten(array)[index.ravel()], np.full(len(index), of["count"])))
