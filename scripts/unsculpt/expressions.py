"""The language of selections: what an expression may say, what it reads, and of what kind it is; stdlib only.

Python's syntax for numbers, names, fields (`photon.pt`), one object (`jet[0]`), some (`jet[:2]`, `jet[jet.tagged]`),
arithmetic, comparisons, `and`, `or`, `not` and the functions below; nothing else, and nothing is ever given to Python
to run. `evaluation` gives the values.
"""

import ast
import difflib
from dataclasses import dataclass, field, replace
from functools import cache

from unsculpt.errors import InputError

ROW, LIST, OBJECT, OBJECTS = "one number a row", "a list of numbers", "one object", "several objects"
KINEMATIC = ("pt", "eta", "phi", "mass", "e", "px", "py", "pz", "p", "rapidity")  # of every four-vector
BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.Pow: "**"}
COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
ELEMENTWISE = {  # number of arguments
    **dict.fromkeys(("abs", "sqrt", "log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctanh", "floor"), 1),
    **{"hypot": 2, "arctan2": 2, "where": 3},
}
REDUCTIONS = ("count", "sum", "min", "max", "any", "all")  # of a list, to one number a row
ANGLES = ("dr", "dphi", "deta")  # between two objects, or one and each of several
FUNCTIONS = (*ELEMENTWISE, *REDUCTIONS, *ANGLES)
LONGEST, DEEPEST = 2000, 60  # characters, and levels of an expression


@dataclass(frozen=True)
class Node:
    """A part of an expression: what it does, with what, and at which character (from 1) it begins."""

    does: str
    parts: tuple
    place: int


@dataclass(frozen=True)
class Kind:
    """What an expression gives.

    shape : ROW, LIST, OBJECT or OBJECTS.
    of : of a list or of objects, which ones, in words; lists of the same objects can be combined.
    fields : of objects, what they have, stored or defined.
    collection : of objects, the name under which their fields are read; empty for a sum of four-vectors.
    """

    shape: str
    of: str = ""
    fields: frozenset = frozenset()
    collection: str = ""


@dataclass(frozen=True)
class Checked:
    """The kind of an expression, and what must be read for it: event names, and (collection, field)."""

    kind: Kind
    names: frozenset = frozenset()
    fields: frozenset = frozenset()


def row():
    """The kind of a number, or a truth, of each row."""
    return Kind(ROW)


def objects(name, fields):
    """The kind of a collection of objects with these fields."""
    return Kind(OBJECTS, name, frozenset(fields), name)


def one_of(kind):
    """The kind of one of several objects."""
    return replace(kind, shape=OBJECT)


def list_of(kind):
    """The kind of a field of several objects."""
    return Kind(LIST, kind.of)


def unknown(name, known):
    """That a name is unknown, with near ones, in words."""
    return f"{name} is unknown; {_near(name, known)}"


@cache
def parse(text):
    """The tree of an expression.

    Raises
    ------
    InputError
        About what is not part of the language, with its place.
    """
    text = text.strip() if isinstance(text, str) else str(text)
    if len(text) > LONGEST:
        raise InputError(f"{text[:40]!r}... has {len(text)} characters, and an expression at most {LONGEST}; split it")
    try:
        body = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = f" at character {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        raise InputError(f"{text!r} is no expression ({getattr(error, 'msg', error)}{at}); correct it") from error
    return _Parser(text).node(body, 0)


class _Parser:
    """From Python's syntax tree to that of the language."""

    def __init__(self, text):
        self.text = text

    def node(self, tree, depth):
        if depth > DEEPEST:
            raise InputError(f"{self.text[:40]!r}... has more than {DEEPEST} levels; split it")

        def of(does, *parts):
            parts = (self.node(part, depth + 1) if isinstance(part, ast.AST) else part for part in parts)
            return Node(does, tuple(parts), tree.col_offset + 1)

        match tree:
            case ast.Constant(value=bool() | int() | float() as value) if abs(value) < 1e300:
                return of("number", float(value))
            case ast.Name(id=name):
                return of("name", name)
            case ast.Attribute(value=value, attr=name):
                return of("field", value, name)
            case ast.Subscript(value=value, slice=ast.Constant(value=int() as i)) if type(i) is int and i < 1000:
                return of("item", value, i)
            case ast.Subscript(value=value, slice=ast.Slice(lower=low, upper=high, step=None)):
                return of("slice", value, self.bound(low), self.bound(high))
            case ast.Subscript(value=value, slice=condition) if isinstance(
                condition, (ast.Compare, ast.BoolOp, ast.Attribute, ast.Call, ast.UnaryOp)
            ):
                return of("filter", value, condition)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
                return of("arithmetic", BINARY[type(op)], left, right)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return of("minus", operand)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return of("not", operand)
            case ast.BoolOp(op=op, values=values):
                return of("and" if isinstance(op, ast.And) else "or", *values)
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in COMPARE for op in ops):
                return of("compare", tuple(COMPARE[type(op)] for op in ops), left, *others)
            case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
                if name not in FUNCTIONS:
                    raise InputError(self.about(tree, f"{name} is no function; {_near(name, FUNCTIONS)}"))
                return of("call", name, *given)
        what = ast.get_source_segment(self.text, tree) or type(tree).__name__
        raise InputError(
            self.about(tree, f"{what!r} is not part of the language (docs/expressions.md); say it otherwise")
        )

    def bound(self, tree):
        """The bound of a slice, a whole number or none."""
        if tree is None or (isinstance(tree, ast.Constant) and type(tree.value) is int and tree.value < 1000):
            return tree and tree.value
        raise InputError(self.about(tree, "the bounds of a slice are whole numbers, from 0; correct it"))

    def about(self, tree, words):
        return f"{self.text!r}, character {tree.col_offset + 1}: {words}"


def names(text, where=""):
    """The names that an expression reads, whatever they are; sentences begin with `where`."""

    def of(node):
        own = {node.parts[0]} if node.does == "name" else set()
        return own.union(*(of(part) for part in node.parts if isinstance(part, Node)))

    try:
        return of(parse(text))
    except InputError as error:
        raise InputError(f"{where}: {error}" if where else str(error)) from error


def check(text, names, where=""):
    """Check an expression against what is known, before there is any data.

    Parameters
    ----------
    text : str
    names : mapping of str to Kind
        What the expression may name.
    where : str
        The key of the study, for sentences.

    Returns
    -------
    Checked

    Raises
    ------
    InputError
        About the first unknown name or field, with near ones, and about kinds that do not go together.
    """
    checker = _Checker(str(text), names)
    try:
        kind = checker.kind(parse(text))
    except InputError as error:
        raise InputError(f"{where}: {error}" if where else str(error)) from error
    return Checked(kind, frozenset(checker.read), frozenset(checker.read_fields))


@dataclass
class _Checker:
    text: str
    names: dict
    read: set = field(default_factory=set)
    read_fields: set = field(default_factory=set)

    def kind(self, node):
        return getattr(self, f"_{node.does}")(node, *node.parts)

    def fault(self, node, words):
        return InputError(f"{self.text!r}, character {node.place}: {words}")

    def _number(self, _node, _value):
        return row()

    def _name(self, node, name):
        if name not in self.names:
            raise self.fault(node, unknown(name, self.names))
        self.read.add(name)
        return self.names[name]

    def _field(self, node, value, name):
        of = self.kind(value)
        if of.shape not in (OBJECT, OBJECTS):
            raise self.fault(node, f"{name} is asked of {of.shape}, and only objects have fields; correct it")
        if name in of.fields:
            self.uses(of, name)
        elif name in KINEMATIC:
            self.four_vector(node, of)
        else:
            raise self.fault(node, f"{of.of or 'a sum'} has no {name}; {_near(name, [*of.fields, *KINEMATIC])}")
        return row() if of.shape == OBJECT else Kind(LIST, of.of)

    def _item(self, node, value, i):
        of = self.several(node, value)
        return row() if of.shape == LIST else replace(of, shape=OBJECT, of=f"{of.of}[{i}]")

    def _slice(self, node, value, low, high):
        of = self.several(node, value)
        return replace(of, of=f"{of.of}[{'' if low is None else low}:{'' if high is None else high}]")

    def _filter(self, node, value, condition):
        of, wanted = self.several(node, value), self.kind(condition)
        if (wanted.shape, wanted.of) != (LIST, of.of):
            raise self.fault(node, f"the condition in brackets must be a list, one for each of {of.of}; correct it")
        return replace(of, of=f"{of.of}[at {condition.place}]")

    def _arithmetic(self, node, sign, left, right):
        kinds = self.kind(left), self.kind(right)
        if sign == "+" and {kind.shape for kind in kinds} == {OBJECT}:
            for kind in kinds:
                self.four_vector(node, kind)
            return Kind(OBJECT, fields=frozenset(KINEMATIC))
        return self.together(node, sign, *kinds)

    def _minus(self, node, operand):
        return self.together(node, "-", self.kind(operand))

    def _not(self, node, operand):
        return self.together(node, "not", self.kind(operand))

    def _and(self, node, *operands):
        return self.together(node, node.does, *map(self.kind, operands))

    _or = _and

    def _compare(self, node, signs, *operands):
        return self.together(node, signs[0], *map(self.kind, operands))

    def _call(self, node, name, *given):
        kinds = [self.kind(argument) for argument in given]
        shapes = [kind.shape for kind in kinds]
        if name in ANGLES:
            if len(kinds) != 2 or not {*shapes} <= {OBJECT, OBJECTS} or shapes == [OBJECTS, OBJECTS]:
                raise self.fault(node, f"{name} takes two objects, or one and several; correct it")
            for kind in kinds:
                for angle in {"dr": ("eta", "phi"), "dphi": ("phi",), "deta": ("eta",)}[name]:
                    self.uses(kind, angle) if angle in kind.fields else self.four_vector(node, kind)
            several = [kind for kind in kinds if kind.shape == OBJECTS]
            return Kind(LIST, several[0].of) if several else row()
        if name in REDUCTIONS and len(kinds) == 1:
            if shapes == [OBJECTS] and name == "sum":
                self.four_vector(node, kinds[0])
                return Kind(OBJECT, fields=frozenset(KINEMATIC))
            if shapes == [LIST] or (shapes == [OBJECTS] and name == "count"):
                if shapes == [OBJECTS]:
                    self.uses(kinds[0], None)
                return row()
            raise self.fault(node, f"{name} takes a list, and this is {shapes[0]}; correct it")
        number = ELEMENTWISE.get(name, 1)
        if len(kinds) != number and not (name in ("min", "max") and len(kinds) > 1):
            raise self.fault(
                node, f"{name} takes {number} argument{'s' * (number > 1)} and not {len(kinds)}; correct it"
            )
        return self.together(node, name, *kinds)

    def several(self, node, value):
        of = self.kind(value)
        if of.shape not in (LIST, OBJECTS):
            raise self.fault(node, f"brackets follow {of.shape}, and take one or some of several; correct it")
        return of

    def together(self, node, does, *kinds):
        """The kind of numbers and lists that are combined element by element."""
        for kind in kinds:
            if kind.shape not in (ROW, LIST):
                raise self.fault(node, f"{does} is applied to {kind.shape} ({kind.of or 'a sum'}); name a field of it")
        lists = list(dict.fromkeys(kind.of for kind in kinds if kind.shape == LIST))
        if len(lists) > 1:
            raise self.fault(node, f"{does} combines lists of different objects, {lists[0]} and {lists[1]}; correct it")
        return Kind(LIST, lists[0]) if lists else row()

    def uses(self, of, name):
        if of.collection:
            self.read_fields.add((of.collection, name))

    def four_vector(self, node, of):
        """What makes objects four-vectors: pt, eta, phi and the mass or, without one, the energy."""
        if not of.collection:
            return
        energy = "mass" if "mass" in of.fields else "e"
        for name in ("pt", "eta", "phi", energy):
            if name not in of.fields:
                lacks = "mass or e" if name == "e" else name
                raise self.fault(node, f"{of.collection} has no {lacks}, so it is no four-vector; add it to the format")
            self.uses(of, name)


def _near(name, known):
    near = difflib.get_close_matches(name, list(known), 3, 0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted({*map(str, known)}))}"
