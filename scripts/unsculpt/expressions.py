"""What the expressions of a selection may name, what they read, and of what kind they are; stdlib only.

`grammar` has the language, `evaluation` the values.
"""

from dataclasses import dataclass, field, replace

from unsculpt.errors import InputError
from unsculpt.grammar import (  # noqa: F401
    ANGLES,
    ELEMENTWISE,
    FUNCTIONS,
    INVISIBLE,
    REDUCTIONS,
    Node,
    fault,
    near,
    parse,
)

ROW, LIST, OBJECT, OBJECTS = "one number a row", "a list of numbers", "one object", "several objects"
KINEMATIC = ("pt", "eta", "phi", "mass", "e", "px", "py", "pz", "p", "rapidity")  # of every four-vector
FOUR_VECTOR = ("pt", "eta", "phi", "e")  # of which four-vectors are made; the mass comes before the energy
MADE_OF = {
    **dict.fromkeys(("px", "py"), ("pt", "phi")),
    **dict.fromkeys(("pz", "p"), ("pt", "eta")),
    **dict.fromkeys(("e", "mass", "rapidity"), ("pt", "eta", "e")),
}


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
    """The kind of an expression, and what must be read for it: event names, and (collection, field).

    The field is None where only the number of objects is asked for.
    """

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
    return f"{name} is unknown; {near(name, known)}"


def check(text, names, where="", dotted=False):
    """Check an expression against what is known, before there is any data.

    Parameters
    ----------
    text : str
    names : mapping of str to Kind
        What the expression may name.
    where : str
        The key of the study, for sentences.
    dotted : bool
        Whether `a.b` is a name, as branches have it.

    Returns
    -------
    Checked

    Raises
    ------
    InputError
        About the first unknown name or field, with near ones, and about kinds that do not go together.
    """
    checker = _Checker(str(text).strip(), names)
    try:
        kind = checker.kind(parse(text, dotted))
    except InputError as error:
        raise InputError(f"{where}: {error}" if where else str(error)) from error
    return Checked(kind, frozenset(checker.read), frozenset(checker.read_fields))


def names(text, where="", dotted=False):
    """The names that an expression reads, whatever they are; sentences begin with `where`."""

    def of(node):
        own = {node.parts[0]} if node.does == "name" else set()
        return own.union(*(of(part) for part in node.parts if isinstance(part, Node)))

    try:
        return of(parse(text, dotted))
    except InputError as error:
        raise InputError(f"{where}: {error}" if where else str(error)) from error


def places(text):
    """The names in an expression of which one object or number is taken, and the places.

    Examples
    --------
    >>> sorted(places("(q[0] + q[1]).mass / b[0].pt + a"))
    [('b', 0), ('q', 0), ('q', 1)]
    """

    def of(node):
        item = node.does == "item" and node.parts[0].does == "name"
        own = {(node.parts[0].parts[0], node.parts[1])} if item else set()
        return own.union(*(of(part) for part in node.parts if isinstance(part, Node)))

    return of(parse(text))


def names_of_lists(text, dotted=False):
    """The names in an expression of which one or some are taken, or that are made to one number: they are lists.

    Examples
    --------
    >>> sorted(names_of_lists("w[0] * scale + sum(pt) + max(a, b)"))
    ['pt', 'w']
    """

    def of(node, inside):
        one = node.does in ("item", "slice", "filter")
        one |= node.does == "call" and node.parts[0] in REDUCTIONS and len(node.parts) == 2
        own = {node.parts[0]} if node.does == "name" and inside else set()
        return own.union(*(of(part, inside or one) for part in node.parts if isinstance(part, Node)))

    return of(parse(text, dotted), False)


@dataclass
class _Checker:
    text: str
    names: dict
    read: set = field(default_factory=set)
    read_fields: set = field(default_factory=set)

    def kind(self, node):
        return getattr(self, f"_{node.does}")(node, *node.parts)

    def fault(self, node, words):
        return fault(self.text, node.place, words)

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
            words = f"{name} is asked of {of.shape} ({value.text}), and only objects have fields; correct it"
            raise self.fault(node, words)
        self.uses(node, of, name)
        return row() if of.shape == OBJECT else list_of(of)

    def _item(self, node, value, i):
        of = self.several(node, value)
        return row() if of.shape == LIST else replace(of, shape=OBJECT, of=f"{of.of}[{i}]")

    def _slice(self, node, value, low, high):
        of = self.several(node, value)
        return replace(of, of=f"{of.of}[{low or ''}:{'' if high is None else high}]")

    def _filter(self, node, value, condition, words):
        of, wanted = self.several(node, value), self.kind(condition)
        if (wanted.shape, wanted.of) != (LIST, of.of):
            raise fault(
                self.text,
                node.place,
                f"brackets take a place, a slice, or a condition for each of {of.of}, and this is "
                f"{wanted.shape}{f' of {wanted.of}' * bool(wanted.of)}; join conditions by 'and' in one bracket",
            )
        return replace(of, of=f"{of.of}[{words}]")

    def _arithmetic(self, node, sign, left, right):
        kinds = self.kind(left), self.kind(right)
        if sign == "+" and {kind.shape for kind in kinds} == {OBJECT}:
            return self.four_vector(node, *kinds)
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
                for angle in ANGLES[name]:
                    self.uses(node, kind, angle)
            return next((list_of(kind) for kind in kinds if kind.shape == OBJECTS), row())
        if name == INVISIBLE:
            if shapes != [OBJECT, ROW, ROW, ROW]:
                words = f"{name} takes one object, and numbers of the row: transverse momentum, azimuth, mass"
                raise self.fault(node, f"{words}; correct it")
            return self.four_vector(node, kinds[0])
        if name in REDUCTIONS and len(kinds) == 1:
            if shapes == [OBJECTS] and name == "sum":
                return self.four_vector(node, *kinds)
            if shapes == [OBJECTS] and name == "count":
                self.read_fields.add((kinds[0].collection, None))
            elif shapes != [LIST]:
                raise self.fault(node, f"{name} takes a list, and this is {shapes[0]}; correct it")
            return row()
        number = ELEMENTWISE.get(name, 1)
        if len(kinds) != number and not (name in ("min", "max") and len(kinds) > 1):
            words = f"{name} takes {number} argument{'s' * (number > 1)} and not {len(kinds)}; correct it"
            raise self.fault(node, words)
        return self.together(node, name, *kinds)

    def several(self, node, value):
        of = self.kind(value)
        if of.shape not in (LIST, OBJECTS):
            words = f"brackets follow {of.shape} ({value.text}), and take one or some of several; correct it"
            raise self.fault(node, words)
        return of

    def together(self, node, does, *kinds):
        """The kind of numbers and lists that are combined element by element."""
        for kind in kinds:
            if kind.shape not in (ROW, LIST):
                what = f"'{does}' is applied to {kind.shape} ({kind.of or 'a sum'})"
                raise self.fault(node, f"{what}, which can only be added one to one; name a field, as in jet[0].pt")
        lists = list(dict.fromkeys(kind.of for kind in kinds if kind.shape == LIST))
        if len(lists) > 1:
            words = f"'{does}' combines lists of different objects, {lists[0]} and {lists[1]}; take both of the same"
            raise self.fault(node, words)
        return Kind(LIST, lists[0]) if lists else row()

    def four_vector(self, node, *kinds):
        """The kind of a sum of four-vectors."""
        for kind in kinds:
            self.made_of(node, kind, "a four-vector", FOUR_VECTOR)
        return Kind(OBJECT, fields=frozenset(KINEMATIC))

    def uses(self, node, of, name):
        """Note a field of objects, stored or kinematic."""
        if name in of.fields:
            self.note(of, name)
        elif name in KINEMATIC:
            self.made_of(node, of, name, MADE_OF.get(name, (name,)))
        else:
            raise self.fault(node, f"{of.of or 'a sum'} has no {name}; {near(name, [*of.fields, *KINEMATIC])}")

    def made_of(self, node, of, what, parts):
        for part in parts:
            part = "mass" if part == "e" and "mass" in of.fields else part
            if part not in of.fields:
                lacks = f"{of.of} has no {'mass or e' if part == 'e' else part}"
                raise self.fault(node, f"{lacks}{f', of which {what} is made' * (part != what)}; add it to the format")
            self.note(of, part)

    def note(self, of, name):
        if of.collection:
            self.read_fields.add((of.collection, name))
