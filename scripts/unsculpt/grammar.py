"""The language of selections: from the text of an expression to its tree; stdlib only.

Python's syntax for numbers, names, fields (`jet.pt`), one object (`jet[0]`), some (`jet[:2]`, `jet[jet.tagged]`),
arithmetic, comparisons, `and`, `or`, `not` and the functions below; nothing else. Python's parser reads the text and
its syntax tree is walked: nothing is ever given to Python to run.
"""

import ast
import difflib
import re
import sys
import warnings
from dataclasses import dataclass
from functools import lru_cache

from unsculpt.errors import InputError

BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.Pow: "**"}
COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
ELEMENTWISE = {  # number of arguments
    **dict.fromkeys(("abs", "sqrt", "log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctanh", "floor"), 1),
    **{"hypot": 2, "arctan2": 2, "where": 3},
}
REDUCTIONS = ("count", "sum", "min", "max", "any", "all")  # of a list, to one number a row
ANGLES = {"dr": ("eta", "phi"), "dphi": ("phi",), "deta": ("eta",)}  # between two objects, or one and each of several
INVISIBLE = "invisible"  # of an object and three numbers, a four-vector
FUNCTIONS = (*ELEMENTWISE, *REDUCTIONS, *ANGLES, INVISIBLE)
LONGEST, DEEPEST, LAST = 2000, 60, 999  # characters and levels of an expression, and the last place of a list
LARGEST = sys.float_info.max
_FOREIGN = [  # what is no part of any expression, and what to write instead
    (r"&&?", "write 'and'"),
    (r"\|\|?", "write 'or'"),
    (r"~|!(?!=)", "write 'not'"),
    (r"\?", "write where(condition, a, b)"),
    (r"\^", "write ** for a power"),
    (r"(?<![<>=!])=(?!=)", "nothing is named or assigned in an expression; write == to compare"),
    (r"[\r\n]", "write it on one line (in YAML after >, not |)"),
    (r"['\"]", "there is no text in an expression; write a number or a name"),
    (r"[^\w .,()\[\]:+\-*/%<>=!]|[^ -~]", "no expression has this character; remove it"),
]
_INSTEAD = {
    ast.IfExp: "write where(condition, a, b)",
    **dict.fromkeys((ast.In, ast.NotIn), "compare with each value by ==, joined by 'or'"),
    **dict.fromkeys((ast.Is, ast.IsNot), "write == or !="),
    ast.FloorDiv: "write floor(a / b)",
    **dict.fromkeys((ast.List, ast.ListComp, ast.GeneratorExp), "functions take whole lists, as in sum(jet.pt)"),
    ast.UAdd: "leave the sign out",
    ast.Constant: "a number is finite and real",
}


@dataclass(frozen=True)
class Node:
    """A part of an expression: what it does, with what, at which character (from 1) it is, and its words."""

    does: str
    parts: tuple
    place: int
    text: str


def parse(text, dotted=False):
    """The tree of an expression; if `dotted`, `a.b` is a name of branches and no field of objects.

    Raises
    ------
    InputError
        About what is not part of the language, with its place.
    """
    return _parsed(str(text).strip(), dotted)


@lru_cache(1024)
def _parsed(text, dotted):
    if len(text) > LONGEST:
        raise InputError(f"{text[:40]!r}... has {len(text)} characters, and an expression at most {LONGEST}; split it")
    for pattern, words in _FOREIGN:
        if found := re.search(pattern, text):
            raise fault(text, found.start() + 1, f"{found[0]!r} is not part of the language; {words}")
    try:
        with warnings.catch_warnings(action="error"):  # of a number that runs into a word
            body = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = f" at character {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        raise InputError(f"{text[:160]!r} is no expression ({getattr(error, 'msg', error)}{at}); correct it") from error
    return _Parser(text, dotted).node(body, 1)


class _Parser:
    """From Python's syntax tree to that of the language."""

    def __init__(self, text, dotted):
        self.text, self.dotted = text, dotted

    def node(self, tree, depth):
        if depth > DEEPEST:
            raise InputError(f"{self.text[:40]!r}... has more than {DEEPEST} levels; split it")

        def of(does, *parts, place=tree.col_offset + 1):
            parts = (self.node(part, depth + 1) if isinstance(part, ast.AST) else part for part in parts)
            return Node(does, tuple(parts), place, self.text[tree.col_offset : tree.end_col_offset])

        match tree:
            case ast.Constant(value=bool() | int() | float() as value) if value <= LARGEST:
                return of("number", value if value < 2**64 else float(value))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if value <= LARGEST:
                return of("number", -value if -value >= -(2**63) else -float(value))
            case ast.Name(id=name):
                return of("name", name)
            case ast.Attribute() if self.dotted and (name := _dotted(tree)):
                return of("name", name)
            case ast.Attribute(value=value, attr=name):
                return of("field", value, name, place=tree.end_col_offset - len(name) + 1)
            case ast.Subscript(value=value, slice=ast.Slice(lower=low, upper=high, step=None)):
                return of("slice", value, *(bound and self.place(bound) for bound in (low, high)))
            case ast.Subscript(value=value, slice=ast.Constant() | ast.UnaryOp(op=ast.USub()) as place):
                return of("item", value, self.place(place))
            case ast.Subscript(value=value, slice=condition) if not isinstance(condition, (ast.Slice, ast.Tuple)):
                wanted = self.node(condition, depth + 1)  # first, since what is too deep cannot be unparsed
                return of("filter", value, wanted, ast.unparse(condition), place=condition.col_offset + 1)
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
                    raise fault(self.text, tree.col_offset + 1, f"{name} is no function; {near(name, FUNCTIONS)}")
                return of("call", name, *given)
        what = self.text[tree.col_offset : tree.end_col_offset][:40]
        kinds = [type(part) for part in (tree, getattr(tree, "op", None), *getattr(tree, "ops", ()))]
        words = next((_INSTEAD[kind] for kind in kinds if kind in _INSTEAD), "docs/expressions.md says what is")
        raise fault(self.text, tree.col_offset + 1, f"{what!r} is not part of the language; {words}")

    def place(self, tree):
        """A place in a list."""
        if isinstance(tree, ast.Constant) and type(tree.value) is int and tree.value <= LAST:
            return tree.value
        words = f"places are whole numbers from 0, the first, to {LAST}; none is counted from the end"
        raise fault(self.text, tree.col_offset + 1, words)


def _dotted(tree):
    """The name `a.b.c` that a tree is, or None."""
    if isinstance(tree, ast.Name):
        return tree.id
    of = _dotted(tree.value) if isinstance(tree, ast.Attribute) else None
    return of and f"{of}.{tree.attr}"


def fault(text, place, words):
    """A mistake at a place of an expression; of a long one, its neighbourhood is shown."""
    low, high = (0, len(text)) if len(text) <= 160 else (max(place - 80, 0), place + 80)
    shown = f"{'...' * (low > 0)}{text[low:high]}{'...' * (high < len(text))}"
    return InputError(f"{shown!r}, character {place}: {words}")


def near(name, known):
    """Which known names are near one that is not, in words."""
    known = sorted({*map(str, known)})
    close = difflib.get_close_matches(name, known, 3, 0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
