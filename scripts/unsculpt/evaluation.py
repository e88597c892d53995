"""The values of expressions on awkward arrays.

A number of each row is a numpy array, a list a jagged awkward array of depth two. What is missing, such as `jet[2]` of
two jets, is NaN: it fails every comparison. Arithmetic is of double precision; comparisons of whole numbers of rows,
and their remainder, are exact.
"""

import functools
import operator

import awkward as ak
import numpy as np

from unsculpt import expressions
from unsculpt.fourvectors import FourVector, Objects, One, at, dtype, number, plain, total
from unsculpt.kinematics import delta_r, invisible_pz, wrapped

_ARITHMETIC = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": np.remainder,
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


def evaluate(text, names, dotted=False):
    """The value of an expression.

    Parameters
    ----------
    text : str
        Checked by `expressions.check`.
    names : mapping
        Of a name to its value: numpy arrays of shape (n,), jagged arrays, `Objects`, `One` or `FourVector`. None in an
        array is missing.
    dotted : bool
        Whether `a.b` is a name, as branches have it.

    Returns
    -------
    float or bool (of constants alone), numpy array of shape (n,), jagged array, or objects
    """
    with np.errstate(all="ignore"):
        return _Evaluation(names).value(expressions.parse(text, dotted))


def truth(value):
    """Numbers as conditions: zero and what is missing are false."""
    if not isinstance(value, ak.Array):
        value = np.asarray(value)
    return value if dtype(value).kind == "b" else (value != 0) & (value == value)


class _Evaluation:
    """What each kind of node gives; the parts that are written alike are computed once."""

    def __init__(self, names):
        self.names, self.known = names, {}

    def value(self, node):
        if node.text not in self.known:
            self.known[node.text] = getattr(self, f"_{node.does}")(*node.parts)
        return self.known[node.text]

    def _number(self, value):
        return value

    def _name(self, name):
        return plain(self.names[name])

    def _field(self, value, name):
        return self.value(value).field(name)

    def _item(self, value, place):
        of = self.value(value)
        return One(of, place) if isinstance(of, Objects) else at(of, place)

    def _slice(self, value, low, high):
        of = self.value(value)
        return Objects(of.array[:, low:high]) if isinstance(of, Objects) else of[:, low:high]

    def _filter(self, value, condition, _words):
        of, wanted = self.value(value), truth(self.value(condition))
        return Objects(of.array[wanted]) if isinstance(of, Objects) else of[wanted]

    def _arithmetic(self, sign, left, right):
        a, b = self.value(left), self.value(right)
        if isinstance(a, (One, FourVector)):
            return a.four_vector() + b.four_vector()
        if sign == "%" and _is_whole(a) and type(b) is int and 0 < b < 2**63:
            a = np.asarray(a)
            return np.remainder(a if a.dtype.itemsize == 8 else a.astype(np.int64), b)
        return _ARITHMETIC[sign](number(a), number(b))

    def _minus(self, operand):
        return -number(self.value(operand))

    def _not(self, operand):
        return ~truth(self.value(operand))

    def _and(self, *operands):
        return functools.reduce(operator.and_, (truth(self.value(operand)) for operand in operands))

    def _or(self, *operands):
        return functools.reduce(operator.or_, (truth(self.value(operand)) for operand in operands))

    def _compare(self, signs, *operands):
        values = [self.value(operand) for operand in operands]
        steps = map(_compared, signs, values, values[1:])
        return functools.reduce(operator.and_, steps)

    def _call(self, name, *given):
        values = [self.value(argument) for argument in given]
        if name in expressions.REDUCTIONS and len(values) == 1:
            return _reduced(name, *values)
        if name == expressions.INVISIBLE:
            return _invisible(values[0].four_vector(), *map(number, values[1:]))
        if name not in (*expressions.ANGLES, "where"):
            values = map(number, values)
        return _FUNCTIONS[name](*values)


def _is_whole(values):
    """Whether they are whole numbers, of rows or constant; those of lists are compared as float64."""
    return type(values) is int or (isinstance(values, np.ndarray) and values.dtype.kind in "iu")


def _compared(sign, a, b):
    return _COMPARE[sign](*((a, b) if _is_whole(a) and _is_whole(b) else map(number, (a, b))))


def _reduced(name, values):
    """A list, or several objects, as one number a row."""
    if isinstance(values, Objects):
        return values.total() if name == "sum" else ak.to_numpy(ak.num(values.array)).astype(float)
    if name in ("any", "all"):
        return ak.to_numpy(getattr(ak, name)(truth(values), axis=1)).astype(bool)
    if name in ("sum", "count"):
        return total(truth(values) if name == "count" else values)
    values = number(values)
    extreme = ak.to_numpy(getattr(ak, name)(values, axis=1, mask_identity=False)).astype(float)  # of what is not NaN
    return np.where(ak.to_numpy(ak.any(values == values, axis=1)), extreme, np.nan)


def _invisible(seen, pt, phi, mass):
    px, py = (np.broadcast_to(pt * of(phi), seen.px.shape) for of in (np.cos, np.sin))
    pz = invisible_pz((seen.px, seen.py, seen.pz, seen.e), px, py, mass)
    return FourVector(px, py, pz, np.sqrt(px**2 + py**2 + pz**2))


def _where(condition, a, b):
    choices = truth(condition), number(a), number(b)
    if not any(isinstance(choice, ak.Array) for choice in choices):
        return np.where(*choices)[()]
    return ak.where(*ak.broadcast_arrays(*choices))


def _difference(a, b, angle):
    return number(a.field(angle)) - number(b.field(angle))


_FUNCTIONS = {
    **{name: getattr(np, name) for name in expressions.ELEMENTWISE if name != "where"},
    "where": _where,
    "min": lambda *values: functools.reduce(np.fmin, values),
    "max": lambda *values: functools.reduce(np.fmax, values),
    "dr": lambda a, b: delta_r(_difference(a, b, "eta"), _difference(a, b, "phi")),
    "dphi": lambda a, b: abs(wrapped(_difference(a, b, "phi"))),
    "deta": lambda a, b: abs(_difference(a, b, "eta")),
}
