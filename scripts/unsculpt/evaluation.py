"""The values of expressions on awkward arrays; four-vectors by `vector`.

A number of each row is a numpy array, a list a jagged awkward array of depth two. What is missing, such as `jet[2]` of
two jets, is NaN: it fails every comparison.
"""

import functools
import operator
from dataclasses import dataclass

import awkward as ak
import numpy as np
import vector

from unsculpt import expressions
from unsculpt.kinematics import delta_r, wrapped

_ATTRIBUTES = {"e": "energy"}  # of vector, where it calls a kinematic quantity otherwise
_ARITHMETIC = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "**": operator.pow,
}
_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": lambda a, b: (a < b) | (a > b),  # not of what is missing
}


@dataclass(frozen=True)
class Objects:
    """Several objects in each row.

    array : jagged awkward array of records, the fields of the objects.
    """

    array: ak.Array

    def __len__(self):
        return len(self.array)

    def __getitem__(self, rows):
        """The objects of the rows of a mask or an index array."""
        return Objects(self.array[rows])

    def field(self, name):
        """A field of each object, stored or kinematic; jagged."""
        if name in self.array.fields:
            return self.array[name]
        return getattr(vector.zip(_coordinates(self)), _ATTRIBUTES.get(name, name))

    def total(self):
        """The sum of the four-vectors of each row, as a `FourVector`."""
        parts = {name: ak.to_numpy(ak.sum(self.field(name), axis=1)) for name in ("px", "py", "pz", "e")}
        return FourVector(vector.array({"px": parts["px"], "py": parts["py"], "pz": parts["pz"], "E": parts["e"]}))


@dataclass(frozen=True)
class One:
    """The object of a place in each row, NaN where a row has fewer."""

    objects: Objects
    place: int

    def __getitem__(self, rows):
        """The objects of the rows of a mask or an index array."""
        return One(self.objects[rows], self.place)

    def field(self, name):
        """A field of the object, stored or kinematic; numpy, shape (n,)."""
        if name in self.objects.array.fields:
            return at(self.objects.array[name], self.place)
        return FourVector(self.four_vector()).field(name)

    def four_vector(self):
        """The four-vectors, as an array of `vector`."""
        return vector.array(_coordinates(self))


@dataclass(frozen=True)
class FourVector:
    """A four-vector in each row, with no fields but the kinematic ones."""

    vector: vector.VectorNumpy4D

    def __getitem__(self, rows):
        """The four-vectors of the rows of a mask or an index array."""
        return FourVector(self.vector[rows])

    def field(self, name):
        """A kinematic quantity; numpy, shape (n,)."""
        return np.asarray(getattr(self.vector, _ATTRIBUTES.get(name, name)))

    def four_vector(self):
        """The four-vectors, as an array of `vector`."""
        return self.vector


def _coordinates(of):
    """Coordinates as `vector` names them; of mass and energy the mass, as `expressions` says."""
    fields = of.array.fields if isinstance(of, Objects) else of.objects.array.fields
    energy = ("mass", "mass") if "mass" in fields else ("E", "e")
    names = {"pt": "pt", "eta": "eta", "phi": "phi", energy[0]: energy[1]}
    return {coordinate: of.field(name) for coordinate, name in names.items()}


def at(values, place):
    """The value at a place of each list, float64 of shape (n,); NaN where the list is shorter."""
    there = ak.to_numpy(ak.num(values)) > place
    result = np.full(len(values), np.nan)
    result[there] = ak.to_numpy(values[there][:, place])
    return result


def evaluate(text, names):
    """The value of an expression.

    Parameters
    ----------
    text : str
        Checked by `expressions.check`.
    names : mapping
        Of a name to its value: numpy arrays of shape (n,), jagged arrays, `Objects`, `One` or `FourVector`.

    Returns
    -------
    float (of a constant), numpy array of shape (n,), jagged array, or objects
    """
    with np.errstate(all="ignore"):
        return _value(expressions.parse(text), names)


def truth(value):
    """Numbers as conditions: zero and what is missing are false."""
    value = value if hasattr(value, "dtype") or isinstance(value, ak.Array) else np.asarray(value)
    if not isinstance(value, ak.Array):
        return value if value.dtype.kind == "b" else (value != 0) & (value == value)
    return value if "bool" in str(value.type) else (value != 0) & (value == value)


def _value(node, names):
    return getattr(_Values, f"_{node.does}")(names, *node.parts)


class _Values:
    """What each kind of node gives."""

    @staticmethod
    def _number(_names, value):
        return np.float64(value)  # too large a power is infinite, not an error

    @staticmethod
    def _name(names, name):
        return names[name]

    @staticmethod
    def _field(names, value, name):
        return _value(value, names).field(name)

    @staticmethod
    def _item(names, value, place):
        of = _value(value, names)
        return One(of, place) if isinstance(of, Objects) else at(of, place)

    @staticmethod
    def _slice(names, value, low, high):
        of = _value(value, names)
        return Objects(of.array[:, low:high]) if isinstance(of, Objects) else of[:, low:high]

    @staticmethod
    def _filter(names, value, condition):
        of, wanted = _value(value, names), truth(_value(condition, names))
        return Objects(of.array[wanted]) if isinstance(of, Objects) else of[wanted]

    @staticmethod
    def _arithmetic(names, sign, left, right):
        a, b = _value(left, names), _value(right, names)
        if isinstance(a, (One, FourVector)):
            return FourVector(a.four_vector().add(b.four_vector()))
        return _ARITHMETIC[sign](_as_number(a), _as_number(b))

    @staticmethod
    def _minus(names, operand):
        return -_as_number(_value(operand, names))

    @staticmethod
    def _not(names, operand):
        return ~truth(_value(operand, names))

    @staticmethod
    def _and(names, *operands):
        return functools.reduce(operator.and_, (truth(_value(operand, names)) for operand in operands))

    @staticmethod
    def _or(names, *operands):
        return functools.reduce(operator.or_, (truth(_value(operand, names)) for operand in operands))

    @staticmethod
    def _compare(names, signs, *operands):
        values = [_value(operand, names) for operand in operands]
        steps = (_COMPARE[sign](a, b) for sign, a, b in zip(signs, values, values[1:], strict=False))
        return functools.reduce(operator.and_, steps)

    @staticmethod
    def _call(names, name, *given):
        values = [_value(argument, names) for argument in given]
        if name in expressions.REDUCTIONS and len(values) == 1:
            return _reduced(name, *values)
        return _FUNCTIONS[name](*values)


def _as_number(value):
    """Truths as 0 and 1, for arithmetic."""
    if isinstance(value, ak.Array):
        return ak.values_astype(value, np.float64) if "bool" in str(value.type) else value
    return value.astype(float) if isinstance(value, np.ndarray) and value.dtype.kind == "b" else value


def _reduced(name, values):
    """A list, or several objects, as one number a row."""
    if isinstance(values, Objects):
        return values.total() if name == "sum" else ak.to_numpy(ak.num(values.array)).astype(float)
    if name in ("any", "all"):
        return ak.to_numpy(getattr(ak, name)(truth(values), axis=1))
    if name in ("sum", "count"):
        return ak.to_numpy(ak.sum(truth(values) if name == "count" else values, axis=1)).astype(float)
    extreme = ak.to_numpy(getattr(ak, name)(_as_number(values), axis=1, mask_identity=False)).astype(float)
    return np.where(ak.to_numpy(ak.num(values)) == 0, np.nan, extreme)


def _where(condition, a, b):
    jagged = any(isinstance(x, ak.Array) for x in (condition, a, b))
    return (ak if jagged else np).where(truth(condition), a, b)


def _separation(a, b):
    """Differences in pseudorapidity and azimuth."""
    return a.field("eta") - b.field("eta"), a.field("phi") - b.field("phi")


_FUNCTIONS = {
    **{name: getattr(np, name) for name in expressions.ELEMENTWISE if name != "where"},
    "where": _where,
    "min": lambda *values: functools.reduce(np.fmin, values),
    "max": lambda *values: functools.reduce(np.fmax, values),
    "dr": lambda a, b: delta_r(*_separation(a, b)),
    "dphi": lambda a, b: abs(wrapped(a.field("phi") - b.field("phi"))),
    "deta": lambda a, b: abs(a.field("eta") - b.field("eta")),
}
