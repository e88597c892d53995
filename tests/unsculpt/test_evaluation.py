"""Values of expressions against loops over events in plain Python, and four-vectors against vector."""

import contextlib
import math

import awkward as ak
import numpy as np
import pytest
import vector
from hypothesis import given, settings
from hypothesis import strategies as st

from unsculpt import evaluation, expressions
from unsculpt.errors import InputError

FIELDS = {"photon": ("pt", "eta", "phi", "e", "tight"), "jet": ("pt", "eta", "phi", "mass", "tagged", "code")}
KINDS = {
    **{name: expressions.row() for name in ("x", "number", "flag", "small")},
    **{name: expressions.objects(name, fields) for name, fields in FIELDS.items()},
    "jet_pt": expressions.Kind(expressions.LIST, "jet"),
}


def generated(seed, n):
    """Some events as arrays, and the same as Python's dictionaries, where None is missing."""
    rng = np.random.default_rng(seed)
    values = {}
    for name, fields in FIELDS.items():
        counts = rng.integers(0, 5, n) if rng.random() < 0.9 else np.zeros(n, int)
        total = int(counts.sum())
        made = {
            "pt": rng.exponential(60, total) + 5,
            "eta": rng.normal(0, 1.2, total),
            "phi": rng.uniform(-np.pi, np.pi, total),
            "mass": rng.exponential(8, total),
            "tight": rng.random(total) < 0.6,
            "tagged": rng.random(total) < 0.4,
            "code": rng.integers(0, 256, total).astype(np.uint8),
        }
        made["e"] = 1.1 * made["pt"] * np.cosh(made["eta"])
        values[name] = ak.unflatten(ak.zip({field: made[field] for field in fields}), counts)
    values |= {
        "x": np.where(rng.random(n) < 0.2, np.nan, rng.normal(0, 50, n)),
        "number": 2**53 + rng.integers(-3, 4, n),
        "flag": rng.random(n) < 0.5,
        "small": rng.integers(0, 256, n).astype(np.uint8),
        "jet_pt": values["jet"].pt,
    }
    events = [{name: plainly(ak.to_list(of[i])) for name, of in values.items()} for i in range(n)]
    return {k: evaluation.Objects(v) if k in FIELDS else v for k, v in values.items()}, events


def plainly(value):
    """Python's numbers, with None for NaN."""
    if isinstance(value, list):
        return [plainly(one) for one in value]
    if isinstance(value, (dict, bool)):
        return value
    return None if value is None or value != value else value


# Pairs of a text and what it gives of one event, by loops.


class Rounded(Exception):
    """The answer depends on how a number was rounded; such an event is not compared."""


def certain(a, b=0):
    if float in (type(a), type(b)) and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9):
        raise Rounded
    return True


def true(value):
    return value is not None and certain(value) and value != 0


def known(function):
    """A function of numbers, missing where one of them is, or where it has no value."""

    def of(*values):
        if None in values:
            return None
        try:
            return plainly(function(*(float(value) for value in values)))
        except ValueError:
            return None
        except OverflowError:
            return math.inf

    return of


def sign(function):
    return lambda a, b: None not in (a, b) and certain(a, b) and function(a, b)


def ratio(a, b):
    """As in IEEE 754, where a zero has a sign."""
    return a / b if b else a * math.copysign(math.inf, b)


ARITHMETIC = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": ratio}
COMPARE = {
    "<": sign(lambda a, b: a < b),
    "<=": sign(lambda a, b: a <= b),
    ">": sign(lambda a, b: a > b),
    ">=": sign(lambda a, b: a >= b),
    "==": sign(lambda a, b: a == b),
    "!=": sign(lambda a, b: a != b),
}
ONE_ARGUMENT = {
    "abs": abs,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "tanh": math.tanh,
    "floor": lambda x: float(math.floor(x)) if math.isfinite(x) else x,
    "cosh": math.cosh,
}
REDUCED = {
    "count": lambda values: sum(map(true, values)),
    "any": lambda values: any(map(true, values)),
    "all": lambda values: all(map(true, values)),
    "sum": lambda values: None if None in values else sum(values),
    "min": lambda values: min((v for v in values if v is not None), default=None),
    "max": lambda values: max((v for v in values if v is not None), default=None),
}


def each(function, lists, of):
    """A function of numbers on every item: what is no list (`lists` is False) is the same for each."""

    def value(event):
        values = [one(event) for one in of]
        if not any(lists):
            return function(*values)
        n = next(len(value) for value, jagged in zip(values, lists, strict=True) if jagged)
        columns = [value if jagged else [value] * n for value, jagged in zip(values, lists, strict=True)]
        return [function(*row) for row in zip(*columns, strict=True)]

    return value


def kinematics(one):
    """px, py, pz, E of a dictionary."""
    if one is None:
        return None
    if "px" in one:
        return one
    px, py, pz = (one["pt"] * f for f in (math.cos(one["phi"]), math.sin(one["phi"]), math.sinh(one["eta"])))
    e = math.sqrt(px**2 + py**2 + pz**2 + one["mass"] ** 2) if "mass" in one else one["e"]
    return {"px": px, "py": py, "pz": pz, "e": e}


def added(vectors):
    vectors = [kinematics(one) for one in vectors]
    return None if None in vectors else {name: sum(one[name] for one in vectors) for name in ("px", "py", "pz", "e")}


def quantity(one, name):
    if one is None or name in one:
        return one and one[name]
    v = kinematics(one)
    pt, p = math.hypot(v["px"], v["py"]), math.sqrt(v["px"] ** 2 + v["py"] ** 2 + v["pz"] ** 2)
    if not p and name in ("eta", "phi", "rapidity"):
        return None
    return {
        "px": lambda: v["px"],
        "py": lambda: v["py"],
        "pz": lambda: v["pz"],
        "e": lambda: v["e"],
        "pt": lambda: pt,
        "p": lambda: p,
        "eta": lambda: math.atanh(v["pz"] / p),
        "phi": lambda: math.atan2(v["py"], v["px"]),
        "mass": lambda: math.sqrt(max(v["e"] ** 2 - p**2, 0)),
        "rapidity": lambda: 0.5 * math.log((v["e"] + v["pz"]) / (v["e"] - v["pz"])),
    }[name]()


def separation(name, a, b):
    if a is None or b is None:
        return None
    eta, phi = ([quantity(one, angle) for one in (a, b)] for angle in ("eta", "phi"))
    if None in (*eta, *phi):
        return None
    dphi = abs(phi[0] - phi[1]) % (2 * math.pi)
    dphi = min(dphi, 2 * math.pi - dphi)
    return {"deta": abs(eta[0] - eta[1]), "dphi": dphi, "dr": math.hypot(eta[0] - eta[1], dphi)}[name]


def item(of, place):
    return lambda event: of(event)[place] if place < len(of(event)) else None


def kept(of, condition):
    return lambda event: [one for one, wanted in zip(of(event), condition(event), strict=True) if true(wanted)]


@st.composite
def several(draw, depth):
    """Objects: text, value, the stored fields, and the text of the collection."""
    name = draw(st.sampled_from(sorted(FIELDS)))
    text, of = name, lambda event: event[name]
    if depth > 0 and draw(st.booleans()):
        low, high = draw(st.sampled_from([(None, 2), (1, None), (1, 3), (0, 1), (None, None)]))
        bounds = f"{'' if low is None else low}:{'' if high is None else high}"
        text, of = f"{text}[{bounds}]", lambda event, of=of: of(event)[low:high]
    if depth > 1 and draw(st.booleans()):
        condition, wanted = draw(of_list(depth - 1, (text, of, name)))
        text, of = f"{text}[{condition}]", kept(of, wanted)
    return text, of, name


@st.composite
def one_object(draw, depth):
    text, of, name = draw(several(depth - 1))
    if depth > 1 and draw(st.integers(0, 3)) == 0:
        a, b = draw(one_object(depth - 1)), draw(one_object(depth - 1))
        return f"({a[0]} + {b[0]})", lambda event: added([a[1](event), b[1](event)]), None
    if draw(st.integers(0, 4)) == 0:
        return f"sum({text})", lambda event: added([*of(event), dict.fromkeys(("px", "py", "pz", "e"), 0.0)]), None
    place = draw(st.integers(0, 2))
    return f"{text}[{place}]", item(of, place), name


def fields_of(name):
    return st.sampled_from([*expressions.KINEMATIC, *FIELDS.get(name, ())])


@st.composite
def of_list(draw, depth, objects=None):
    """A list of numbers of some objects."""
    text, of, name = objects or draw(several(depth))
    if depth > 0:
        match draw(st.integers(0, 2)):
            case 0:
                return draw(combined(depth, lambda d: of_list(d, (text, of, name))))
            case 1:
                a, words = draw(one_object(depth - 1)), draw(st.sampled_from(["dr", "dphi", "deta"]))
                value = lambda event: [separation(words, a[1](event), one) for one in of(event)]  # noqa: E731
                return f"{words}({a[0]}, {text})", value
    field = draw(fields_of(name))
    return f"{text}.{field}", lambda event: [quantity(one, field) for one in of(event)]


@st.composite
def number(draw, depth):
    """One number a row."""
    match draw(st.integers(0, 5 if depth > 0 else 1)):
        case 0:
            name = draw(st.sampled_from(["x", "small", "flag"]))
            return name, lambda event: event[name]
        case 1:
            value = draw(st.sampled_from([0, 1, 2, 0.25, 40, 117.5, -3, True]))
            return str(value), lambda event: value
        case 2:
            text, of, name = draw(one_object(depth - 1))
            field = draw(fields_of(name))
            return f"{text}.{field}", lambda event: quantity(of(event), field)
        case 3:
            (text, of), words = draw(of_list(depth - 1)), draw(st.sampled_from(sorted(REDUCED)))
            return f"{words}({text})", lambda event: REDUCED[words](of(event))
        case 4:
            (text, of), place = draw(of_list(depth - 1)), draw(st.integers(0, 2))
            return f"({text})[{place}]", item(of, place)
    return draw(combined(depth, number))


@st.composite
def combined(draw, depth, of):
    """Numbers combined element by element; `of` draws the first, and each of the others is one a row or like it."""
    text, value = draw(of(depth - 1))
    lists = [of is not number]
    others = [draw(st.booleans()) for _ in range(2)]
    (b, b_value), (c, c_value) = (draw(of(depth - 1) if alike else number(depth - 1)) for alike in others)
    lists += [alike and lists[0] for alike in others]
    two, three = (lists[:2], [value, b_value]), (lists, [value, b_value, c_value])
    match draw(st.integers(0, 7)):
        case 0:
            words = draw(st.sampled_from(sorted(ARITHMETIC)))
            return f"({text} {words} {b})", each(known(ARITHMETIC[words]), *two)
        case 1:
            words = draw(st.sampled_from(sorted(ONE_ARGUMENT)))
            return f"{words}({text})", each(known(ONE_ARGUMENT[words]), lists[:1], [value])
        case 2:
            words = draw(st.sampled_from(sorted(COMPARE)))
            return f"({text} {words} {b})", each(COMPARE[words], *two)
        case 3:
            first, second = draw(st.sampled_from(sorted(COMPARE))), draw(st.sampled_from(sorted(COMPARE)))
            chain = lambda p, q, r: COMPARE[first](p, q) and COMPARE[second](q, r)  # noqa: E731
            return f"({text} {first} {b} {second} {c})", each(chain, *three)
        case 4:
            words = draw(st.sampled_from(["and", "or"]))
            both = {"and": lambda p, q, r: true(p) and true(q) and true(r), "or": lambda *v: any(map(true, v))}[words]
            return f"({text} {words} {b} {words} {c})", each(both, *three)
        case 5:
            return f"(not {text})", each(lambda p: not true(p), lists[:1], [value])
        case 6:
            return f"where({text}, {b}, {c})", each(lambda p, q, r: q if true(p) else r, *three)
    words = draw(st.sampled_from(["min", "max"]))
    return f"{words}({text}, {b})", each(lambda *v: REDUCED[words](v), *two)


def compare(found, wanted):
    for a, b in zip(found, wanted, strict=True):
        if isinstance(b, list):
            compare(a, b)
        else:
            a = plainly(a)
            assert (a is None) == (b is None), (found, wanted)
            assert a is None or a == pytest.approx(float(b), rel=1e-6, abs=1e-5), (found, wanted)


@settings(max_examples=400)
@given(st.one_of(number(4), of_list(4)), st.integers(0, 2**32 - 1), st.integers(0, 6))
def test_values_are_those_of_loops_over_events(expression, seed, n):
    text, value = expression
    if len(text) > 1500:
        return
    names, events = generated(seed, n)
    kind = expressions.check(text, KINDS).kind
    found = evaluation.evaluate(text, names)
    has_shape(found, kind, n)
    found = ak.to_list(found) if isinstance(found, (np.ndarray, ak.Array)) else [float(found)] * n
    for one, event in zip(found, events, strict=True):
        with contextlib.suppress(Rounded):
            compare([one], [value(event)])


def has_shape(found, kind, n):
    """What the checker says, the evaluator gives."""
    match kind.shape:
        case expressions.ROW:
            assert not isinstance(found, ak.Array) and np.shape(found) in ((n,), ())
        case expressions.LIST:
            assert isinstance(found, ak.Array) and found.ndim == 2 and len(found) == n
        case expressions.OBJECT:
            assert isinstance(found, (evaluation.One, evaluation.FourVector)) and len(found) == n
        case expressions.OBJECTS:
            assert isinstance(found, evaluation.Objects) and len(found) == n
