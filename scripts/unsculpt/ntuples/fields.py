"""The fields of a format on the arrays of a step: expressions of branches, and collections of objects."""

import awkward as ak
import numpy as np

from unsculpt import evaluation, expressions, formats
from unsculpt.branches import not_numbers, number, stored
from unsculpt.errors import InputError

POSITIVE = ("pt", "e")  # fields that are never negative; masses may be, by rounding


class Expression:
    """An expression with the branch of each of its names.

    Parameters
    ----------
    text : str or number
    about : dict
        The format, whose `branches` may have other names for branches.
    pattern : str
        The name of a branch, with * for that in the expression.
    """

    def __init__(self, text, about, pattern="*"):
        self.text = text
        names = {name: pattern.replace("*", name) for name in formats.branches(text)}
        self._names = {name: about["branches"].get(full, full) for name, full in names.items()}
        self.branches = [*self._names.values()]
        self.is_branch = [*self._names] == [text]
        several = expressions.names_of_lists(text, dotted=True)
        self.itemwise = [branch for name, branch in self._names.items() if name not in several]

    def value(self, read, path, key):
        """The value, from those of branches by name; `key` is that of the field, for sentences."""
        names = {name: read[branch] for name, branch in self._names.items()} | {formats.ENTRY: read[formats.ENTRY]}
        try:
            return evaluation.evaluate(self.text, names, dotted=True)
        except Exception as error:  # a list where one number is, say, of which awkward raises all kinds
            listed = {branch: isinstance(read[branch], ak.Array) for branch in self.branches}
            kinds = ", ".join(f"{branch} is {'a list' if found else 'one number'}" for branch, found in listed.items())
            raise InputError(
                f"{path}: {key} has no value, {self.text!r} of its format ({type(error).__name__}; {kinds}); combine "
                "numbers, and lists of one collection"
            ) from error


class Collection:
    """The objects of a collection, of lists or of numbered branches.

    Parameters
    ----------
    name : str
    part : dict
        Of the format.
    fields : dict
        By field an Expression for each number (see `patterns`).
    about : dict
        The format.
    """

    def __init__(self, name, part, fields, about):
        self.name, self.fields, self.energies = name, fields, part["energies"]
        self.numbered = bool(part["numbered"])
        conditions = [part["exists"]] * len(patterns(part)) if part["exists"] is not None else []
        self.exists = [Expression(text, about, p) for text, p in zip(conditions, patterns(part), strict=False)]
        self.count = None if part["count"] is None else Expression(part["count"], about)
        self.chosen = bool(self.numbered or self.exists or self.count)  # not all that is in the branches are objects

    def expressions(self):
        yield from (expression for each in self.fields.values() for expression in each)
        yield from self.exists
        yield from filter(None, [self.count])

    def note_faults(self, read, faults):
        """Note events with what is no number among the objects that exist, or with lists of different lengths."""
        lists = [b for e in self._of_objects() for b in e.itemwise if isinstance(read[b], ak.Array)]
        lists = [] if self.numbered else list(dict.fromkeys(lists))
        for other in lists[1:]:
            differ = ak.to_numpy(ak.num(read[lists[0]]) != ak.num(read[other]))
            faults.add(differ, f"branches {lists[0]!r} and {other!r} have different numbers of objects")
        if not self.chosen:
            for branch in dict.fromkeys(b for e in self.expressions() for b in e.branches):
                faults.add(not_numbers(read[branch]), f"branch {branch!r} is not a number (or infinite)")

    def note_late_faults(self, objects, faults, at, unit):
        """Note events with objects that exist and have what is no number, or a negative momentum or energy."""
        for field in objects.fields:
            values = objects[field]
            if self.chosen and all(expression.is_branch for expression in self.fields[field]):
                faults.add(not_numbers(values), f"{self.name}.{field} is not a number (or infinite)", at)
            if field in POSITIVE and (stored(values) < 0).any() and ak.any(values < 0):
                words = f"{self.name}.{field} is negative ({ak.nanmin(values) / unit:g} in the unit of the file)"
                faults.add(ak.to_numpy(ak.any(values < 0, axis=1)), words, at)

    def records(self, read, path, unit):
        """The objects as jagged records, energies in GeV."""
        key = f"{self.name}.{{}}"
        values = {
            field: [expression.value(read, path, key.format(field)) for expression in each]
            for field, each in self.fields.items()
        }
        if self.numbered:
            arrays = self._side_by_side(values, read, path)
        else:
            arrays = self._alike({field: value for field, (value,) in values.items()}, path)
        for field in self.energies:
            if field in arrays and unit != 1:
                arrays[field] = arrays[field] * unit
        return ak.zip(self._existing(arrays, read, path), depth_limit=2)

    def _of_objects(self):
        yield from (expression for each in self.fields.values() for expression in each)
        yield from self.exists

    def _alike(self, values, path):
        """Lists of the same objects, from lists and constants."""
        lists = {field: value for field, value in values.items() if isinstance(value, ak.Array)}
        if not lists:
            raise InputError(
                f"{path}: {self.name} has one number an event, but lists are expected; correct "
                f"formats.*.collections.{self.name}, where numbered takes branches of one number for each object"
            )
        first = next(iter(lists.values()))
        return {f: v if f in lists else ak.broadcast_arrays(v, first)[0] for f, v in values.items()}

    def _side_by_side(self, values, read, path):
        """Lists of the numbered objects, from one number of each."""
        n, arrays = len(read[formats.ENTRY]), {}
        for field, each in values.items():
            words = [expression.text for expression in self.fields[field]]
            columns = [number(path, text, value, n) for text, value in zip(words, each, strict=True)]
            arrays[field] = ak.from_regular(ak.Array(np.stack(columns, axis=1)))
        return arrays

    def _existing(self, arrays, read, path):
        """The lists without the objects that do not exist."""
        if self.exists:
            found = [evaluation.truth(e.value(read, path, f"{self.name}.exists")) for e in self.exists]
            if self.numbered:
                mask = ak.from_regular(ak.Array(np.stack(np.broadcast_arrays(*found), axis=1)))
            else:
                mask = ak.broadcast_arrays(found[0], next(iter(arrays.values())))[0]
            if self.count:
                mask = mask & self._counted(arrays, read, path)
        elif self.count:
            mask = self._counted(arrays, read, path)
        else:
            return arrays
        return {field: values[mask] for field, values in arrays.items()}

    def _counted(self, arrays, read, path):
        """Which objects are among the first so many of their event."""
        place = ak.local_index(next(iter(arrays.values())))
        count = self.count.value(read, path, f"{self.name}.count")
        return place < number(path, self.count.text, count, len(read[formats.ENTRY]))


def patterns(part):
    """The names of the branches of a collection, with * for that of the field: one, or one for each number."""
    if part["numbered"]:
        return [pattern if "*" in pattern else f"{pattern}*" for pattern in part["numbered"]]
    return [f"{part['prefix']}*"]
