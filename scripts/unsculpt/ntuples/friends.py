"""Trees with further branches of the same events, in the file of an ntuple or beside it."""

import awkward as ak
import numpy as np

from unsculpt.branches import cleaned
from unsculpt.errors import InputError
from unsculpt.readers import open_file

_WHOLE = "1 TB"  # a step of all entries


class Friend:
    """A tree whose branches are named with the name of the friend before a point.

    Parameters
    ----------
    name : str
    about : dict
        Of the format: tree, file, by.
    file : str or None
        Its path or URL; None for the file of the ntuple, `main`.
    main
        The file of the ntuple, as `readers` describes it.
    tree
        The tree of the ntuple.
    """

    def __init__(self, name, about, file, main, tree):
        self.name, self._by, self._own = name, about["by"], file is not None
        self._file = main if file is None else open_file(file)
        self.path = self._file.path
        self._tree = self._file.tree(about["tree"])
        if self._tree is None:
            there = ", ".join(self._file.trees()) or "no tree"
            raise InputError(
                f"{self.path}: no tree {about['tree']!r} for the friend {name}, it holds {there}; correct it"
            )
        self.names = {f"{name}.{branch}" for branch in self._tree.names}
        if not self._by and self._tree.entries != tree.entries:
            raise InputError(
                f"{self.path}: the friend {name} has {self._tree.entries} entries and {main.path} has {tree.entries}; "
                f"entries that do not belong together in their order need friends.{name}.by of the format"
            )
        for branch in self._by:
            for path, names in ((self.path, self._tree.names), (main.path, tree.names)):
                if branch not in names:
                    raise InputError(f"{path}: no branch {branch!r} of friends.{name}.by; correct the format")
        self._all, self._keys = None, None

    def close(self):
        if self._own:
            self._file.close()

    @property
    def keys(self):
        """The branches of the ntuple that must be read to find the entries of the friend."""
        return self._by

    def arrays(self, names, start, n, read):
        """Branches (with the name of the friend) of n entries of the ntuple from `start`.

        `read` has the branches of the ntuple by name. Gives the arrays, and a mask of the entries without any.
        """
        wanted = [name.removeprefix(f"{self.name}.") for name in names]
        if not self._by:
            return self._full(self._read(wanted, start, start + n)), np.zeros(n, bool)
        if self._all is None:
            self._all = self._read([*wanted, *self._by], 0, self._tree.entries)
            self._keys, self._order = _sorted(_key([self._all[branch] for branch in self._by]), self.path, self._by)
        keys = _key([read[branch] for branch in self._by])
        place = np.minimum(np.searchsorted(self._keys, keys), max(len(self._keys) - 1, 0))
        lacking = self._keys[place] != keys if len(self._keys) else np.ones(n, bool)
        if not len(self._keys):
            raise InputError(f"{self.path}: the friend {self.name} has no entries; leave it out")
        found = {name: self._all[name][self._order[place]] for name in wanted}
        return self._full(found), lacking

    def _full(self, arrays):
        return {f"{self.name}.{name}": values for name, values in arrays.items()}

    def _read(self, names, start, stop):
        steps = [step for _, step in self._tree.steps(names, start, stop, _WHOLE)]
        return {name: cleaned(self.path, name, ak.concatenate([step[name] for step in steps])) for name in names}


def _key(columns):
    """One or two whole numbers of each entry as one value that can be compared."""
    whole = [np.asarray(column).astype(np.int64) for column in columns]
    kind = np.dtype([(str(i), np.int64) for i in range(len(whole))])
    found = np.empty(len(whole[0]), kind)
    for i, column in enumerate(whole):
        found[str(i)] = column
    return found


def _sorted(keys, path, by):
    """The keys in their order, and the places at which they are."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(twice):
        numbers = ", ".join(f"{branch} {value}" for branch, value in zip(by, ordered[twice[0]], strict=True))
        raise InputError(f"{path}: {len(twice)} entries have the numbers of another ({numbers}, say); they must differ")
    return ordered, order
