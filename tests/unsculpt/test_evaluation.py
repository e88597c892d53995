"""Values of expressions against loops over events in plain Python, and four-vectors against vector."""

import contextlib
import functools
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
    first = text, value = draw(of(depth - 1))
    lists = is_list = [of is not number]
    others = [draw(st.booleans()) for _ in range(2)]
    (b, b_value), (c, c_value) = (draw(of(depth - 1) if alike else number(depth - 1)) for alike in others)
    lists = is_list + [alike and is_list[0] for alike in others]
    if draw(st.booleans()):  # the list is not always the first
        text, value, b, b_value, lists[:2] = b, b_value, text, value, lists[1::-1]
    two, three = (lists[:2], [value, b_value]), (lists, [value, b_value, c_value])
    match draw(st.integers(0, 7)):
        case 0:
            words = draw(st.sampled_from(sorted(ARITHMETIC)))
            return f"({text} {words} {b})", each(known(ARITHMETIC[words]), *two)
        case 1:
            words = draw(st.sampled_from(sorted(ONE_ARGUMENT)))
            return f"{words}({first[0]})", each(known(ONE_ARGUMENT[words]), is_list, [first[1]])
        case 2:
            words = draw(st.sampled_from(sorted(COMPARE)))
            return f"({text} {words} {b})", each(COMPARE[words], *two)
        case 3:
            before, after = draw(st.sampled_from(sorted(COMPARE))), draw(st.sampled_from(sorted(COMPARE)))
            chain = lambda p, q, r: COMPARE[before](p, q) and COMPARE[after](q, r)  # noqa: E731
            return f"({text} {before} {b} {after} {c})", each(chain, *three)
        case 4:
            words = draw(st.sampled_from(["and", "or"]))
            both = {"and": lambda p, q, r: true(p) and true(q) and true(r), "or": lambda *v: any(map(true, v))}[words]
            return f"({text} {words} {b} {words} {c})", each(both, *three)
        case 5:
            return f"(not {first[0]})", each(lambda p: not true(p), is_list, [first[1]])
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


def soup(depth):
    """Texts of which some are expressions that make sense."""
    leaf = st.sampled_from(
        ["x", "number", "small", "flag", "jet", "photon", "jet_pt", "2", "0.5", "-1", "jet[0]", "True"]
    )
    if depth == 0:
        return leaf
    part = soup(depth - 1)
    two = st.sampled_from(["+", "-", "*", "/", "%", "**", "<", "<=", ">", ">=", "==", "!=", "and", "or"])
    field = st.sampled_from(["pt", "eta", "phi", "mass", "e", "px", "rapidity", "tagged", "tight", "code"])
    one = st.sampled_from(sorted(expressions.FUNCTIONS))
    return st.one_of(
        leaf,
        st.builds("({} {} {})".format, part, two, part),
        st.builds("{}.{}".format, part, field),
        st.builds("{}[{}]".format, part, st.one_of(part, st.sampled_from(["0", "1", ":2", "1:"]))),
        st.builds("{}({})".format, one, part),
        st.builds("{}({}, {})".format, one, part, part),
        st.builds("where({}, {}, {})".format, part, part, part),
        st.builds("(not {})".format, part),
        st.builds("(-{})".format, part),
    )


@settings(max_examples=600)
@given(soup(3), st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_what_is_accepted_has_the_shape_that_was_said(text, seed, n):
    try:
        checked = expressions.check(text, KINDS)
    except InputError:
        return
    names, _ = generated(seed, n)
    has_shape(evaluation.evaluate(text, names), checked.kind, n)
    fields = {name: [f for of, f in checked.fields if of == name and f] or ["pt"] for name in FIELDS}
    less = {name: evaluation.Objects(names[name].array[fields[name]]) for name in FIELDS}
    evaluation.evaluate(text, {name: names[name] for name in checked.names} | less)  # it reads no more than it said


def flat(depth):
    """Expressions of Python that mean the same in the language: numbers, and truths as such."""
    numbers = st.sampled_from(["x", "y", "2", "0.5", "7"])
    truths = st.sampled_from(["x < y", "x >= 2", "1 < y <= 6 < 9", "x == x", "x != y < 3"])
    if depth == 0:
        return numbers, truths
    n, t = flat(depth - 1)
    sign = st.sampled_from([" + ", " - ", "*", " / "])
    n2 = st.one_of(n, st.builds("{}{}{}".format, n, sign, n), st.builds("-{}".format, n), st.builds("({})".format, n))
    t2 = st.one_of(
        t,
        st.builds("{} and {}".format, t, t),
        st.builds("{} or {}".format, t, t),
        st.builds("not {}".format, t),
        st.builds("({})".format, t),
        st.builds("{} < {}".format, n, n),
    )
    return n2, t2


@given(st.one_of(*flat(4)), st.lists(st.tuples(*[st.floats(0.1, 100)] * 2), max_size=5))
def test_precedence_is_that_of_python(text, rows):
    x, y = (np.array([row[i] for row in rows]) for i in (0, 1))
    try:
        wanted = [eval(text, {"__builtins__": {}}, {"x": a, "y": b}) for a, b in rows]
    except ZeroDivisionError:
        return
    found = np.broadcast_to(evaluation.evaluate(text, {"x": x, "y": y}), len(rows))
    np.testing.assert_allclose(found, np.array(wanted, float), rtol=1e-12)


def jagged(*rows, dtype=None):
    values = ak.Array([*rows, [0]])[:-1]  # typed, though every list is empty
    return ak.values_astype(values, dtype) if dtype else values


def value(text, **names):
    found = evaluation.evaluate(text, names)
    return ak.to_list(found) if isinstance(found, (np.ndarray, ak.Array)) else found


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint32, np.int64, np.uint64, np.float32])
def test_stored_types_are_numbers(dtype):
    a, b = np.array([3, 200], dtype), jagged([5], [7, 100], dtype=dtype)
    assert value("a - 5", a=a) == [-2, 195]
    assert value("b - 6", b=b) == [[-1], [1, 94]]
    assert value("b - a", a=a, b=b) == [[2], [-193, -100]]
    assert value("b * 100 / 8", b=b) == [[62.5], [87.5, 1250]]
    assert value("a / 2", a=a) == [1.5, 100]
    assert value("-a", a=a) == [-3, -200]
    assert value("-b ** 2", b=b) == [[-25], [-49, -10000]]
    assert value("a ** -1", a=a) == pytest.approx([1 / 3, 1 / 200])
    assert value("a < 300", a=a) == [True, True] and value("b > -1", b=b) == [[True], [True, True]]
    assert value("a % 300", a=a) == [3, 200] and value("b % 3", b=b) == [[2], [1, 1]]
    assert value("sum(b)", b=b) == [5, 107] and value("b[1]", b=b)[1] == 100
    assert value("max(a, 7)", a=a) == [7, 200] and value("where(a > 5, a, -1)", a=a) == [-1, 200]


def test_single_precision_is_compared_as_it_is_stored():
    a = np.array([0.1], np.float32)
    assert value("a > 0.1", a=a) == [True]  # 0.100000001490116
    assert value("a[0] > 0.1", a=jagged([0.1], dtype=np.float32)) == [True]
    assert value("sum(a)", a=jagged([0.1] * 3, dtype=np.float32))[0] == float(np.float64(np.float32(0.1)) * 3)


def test_large_whole_numbers_are_exact():
    event = np.array([2**53, 2**53 + 1, 2**63 - 1])
    assert value(f"event == {2**53 + 1}", event=event) == [False, True, False]
    assert value(f"event != {2**53 + 1}", event=event) == [True, False, True]
    assert value("event % 2", event=event) == [0, 1, 1]
    assert value("event % 2 == 1", event=event) == [False, True, True]
    assert value(f"event < {2**63}", event=event) == [True] * 3
    assert value(f"event > {-(2**63)}", event=event) == [True] * 3
    assert value(f"event == {2**64 - 1}", event=np.array([2**64 - 1, 2**64 - 2], np.uint64)) == [True, False]
    assert value("event == other", event=event, other=event.astype(np.uint64) + np.uint64(1)) == [False] * 3


def test_remainders_of_zero_are_missing():
    assert np.isnan(value("x % 0", x=np.array([1, 2]))).all()
    assert value("x % -3", x=np.array([5])) == [-1]


def test_flags_are_truths():
    flag, flags = np.array([0, 2]), jagged([0, 1], [3], dtype=np.uint8)
    assert value("not flag", flag=flag) == [True, False]
    assert value("flag and True", flag=flag) == [False, True]
    assert value("count(flags)", flags=flags) == [1, 1] and value("sum(flags)", flags=flags) == [1, 3]
    assert value("sum(flags > 0)", flags=flags) == [1, 1]
    assert value("flags[flags]", flags=flags) == [[1], [3]]
    assert value("all(flags)", flags=flags) == [False, True]
    assert value("not trigger", trigger=np.array([np.nan])) == [True]  # missing is false


def test_none_is_missing():
    masked = np.ma.array([1, 2], mask=[False, True])
    rows, lists = ak.Array([1, None, 3]), ak.Array([[1, None], None, [3]])
    assert value("a > 0", a=masked) == [True, False] and value("a > 0", a=rows) == [True, False, True]
    assert value("not a > 0", a=rows) == [False, True, False]
    assert value("a > 0", a=lists) == [[True, False], [], [True]]
    assert value("max(a)", a=lists)[::2] == [1, 3] and np.isnan(value("max(a)", a=lists)[1])
    assert value("count(a > 0)", a=lists) == [1, 0, 1]
    jet = evaluation.Objects(ak.Array([[{"pt": 1.0}, {"pt": None}], None]))
    assert value("count(jet)", jet=jet) == [2, 0] and value("jet.pt > 0", jet=jet) == [[True, False], []]
    assert value("jet[0].pt > 0", jet=jet) == [True, False]
    assert value("b", b=ak.Array([[True, None]]))[0][0] == 1


def test_regular_arrays_are_lists():
    square = ak.Array(np.arange(4.0).reshape(2, 2))
    column = ak.Array(np.arange(2.0).reshape(2, 1))
    assert value("a + x", a=square, x=np.array([10, 20])) == [[10, 11], [22, 23]]
    assert value("a + x", a=column, x=np.array([10, 20])) == [[10], [21]]
    assert value("sum(a)", a=square) == [1, 5] and value("a[1]", a=square) == [1, 3]
    jet = evaluation.Objects(ak.zip({"pt": square, "eta": square * 0, "phi": square * 0, "mass": square * 0}))
    assert value("count(jet)", jet=jet) == [2, 2] and value("sum(jet).pt", jet=jet) == [1, 5]


@pytest.mark.parametrize("n", [0, 3])
def test_lists_may_all_be_empty(n):
    untyped = ak.Array([[], [], [0.0]])[:0] if n == 0 else ak.Array([[]] * n)
    x = np.ones(n)
    for text in ("a > 3", "a * 2", "not a", "a[a > 1]", "where(a > 1, a, x)", "a[:2]", "min(a, x)", "abs(a) and x"):
        assert value(text, a=untyped, x=x) == [[]] * n
    for text, wanted in {"sum(a)": 0, "count(a)": 0, "any(a)": False, "all(a)": True, "count(a[a > 1])": 0}.items():
        assert value(text, a=untyped, x=x) == [wanted] * n
    for text in ("min(a)", "max(a)", "a[0]", "a[a > 1][2]"):
        assert len(value(text, a=untyped)) == n and np.isnan(value(text, a=untyped)).all()


def test_extremes_leave_out_what_is_missing():
    a = jagged([np.nan], [np.nan, 1.0, -2.0], [], [np.inf], [-np.inf, np.nan])
    np.testing.assert_array_equal(value("min(a)", a=a), [np.nan, -2, np.nan, np.inf, -np.inf])
    np.testing.assert_array_equal(value("max(a)", a=a), [np.nan, 1, np.nan, np.inf, -np.inf])
    np.testing.assert_array_equal(value("sum(a)", a=a)[:3], [np.nan, np.nan, 0])
    np.testing.assert_array_equal(value("min(x, 3)", x=np.array([np.nan, 5, 1])), [3, 3, 1])


def test_constants_stand_alone():
    assert value("2") == 2 and value("1 < 2 < 3") and not value("not 1")
    assert value("9**9**9**9") == np.inf and np.isnan(value("0 / 0")) and value("where(1 < 2, 3, 4)") == 3
    assert value("a > 0 and 1 < 2", a=jagged([1], [])) == [[True], []]
    assert value("where(True, a, 0)", a=jagged([1], [])) == [[1], []]
    assert value("where(a > 1, 1, 0)", a=jagged([1, 2], [])) == [[0, 1], []]


def momenta(rng, n=200, mass=True):
    counts = rng.integers(0, 5, n)
    total = counts.sum()
    fields = {
        "pt": rng.exponential(50, total) + 1,
        "eta": rng.normal(0, 1.5, total),
        "phi": rng.uniform(-np.pi, np.pi, total),
        "mass": rng.exponential(10, total),
    }
    if not mass:
        fields["e"] = np.sqrt((fields["pt"] * np.cosh(fields["eta"])) ** 2 + fields.pop("mass") ** 2)
    return ak.unflatten(ak.zip(fields), counts)


def of_vector(records):
    names = {"pt": "pt", "eta": "eta", "phi": "phi", "mass": "mass", "e": "E"}
    return vector.zip({names[name]: records[name] for name in records.fields})


@pytest.mark.parametrize("mass", [True, False])
@pytest.mark.parametrize("name", expressions.KINEMATIC)
def test_kinematics_are_those_of_vector(rng, name, mass):
    records = momenta(rng, mass=mass)
    vectors, there = of_vector(records), ak.to_numpy(ak.num(records)) > 2
    of = {"jet": evaluation.Objects(records)}
    theirs = {"e": "energy"}.get(name, name)
    close = {"rtol": 1e-9, "atol": 1e-6}  # of the mass, a small difference of large squares
    each = evaluation.evaluate(f"jet.{name}", of)
    np.testing.assert_allclose(ak.flatten(each), ak.flatten(getattr(vectors, theirs)), **close)
    one = evaluation.evaluate(f"jet[2].{name}", of)
    np.testing.assert_allclose(one[there], getattr(vectors[there][:, 2], theirs), **close)
    assert np.isnan(one[~there]).all()
    pair = evaluation.evaluate(f"(jet[0] + jet[1] + jet[2]).{name}", of)
    three = functools.reduce(lambda a, b: a.add(b), [vectors[there][:, i] for i in range(3)])
    np.testing.assert_allclose(pair[there], getattr(three, theirs), **close)
    assert np.isnan(pair[~there]).all()
    some = evaluation.evaluate(f"sum(jet).{name}", of)
    total = ak.sum(vectors, axis=1)
    np.testing.assert_allclose(some[there], ak.to_numpy(getattr(total, theirs))[there], **close)


@pytest.mark.parametrize("name", ["dr", "dphi", "deta"])
def test_separations_are_those_of_vector(rng, name):
    records = momenta(rng)
    vectors, there = of_vector(records), ak.to_numpy(ak.num(records)) > 1
    method = {"dr": "deltaR", "dphi": "deltaphi", "deta": "deltaeta"}[name]
    of = {"jet": evaluation.Objects(records)}
    found = evaluation.evaluate(f"{name}(jet[0], jet[1])", of)
    wanted = abs(getattr(vectors[there][:, 0], method)(vectors[there][:, 1]))
    np.testing.assert_allclose(found[there], wanted, rtol=1e-9, atol=1e-9)
    each = evaluation.evaluate(f"{name}(jet, jet[0] + jet[1])", of)
    pair = vectors[there][:, 0].add(vectors[there][:, 1])
    np.testing.assert_allclose(
        ak.flatten(each[there]), abs(ak.flatten(getattr(vectors[there], method)(pair))), rtol=1e-9, atol=1e-9
    )
    assert np.isnan(ak.to_numpy(ak.flatten(each[~there]))).all()


def test_masses_are_never_below_zero(rng):
    records = momenta(rng)
    records["mass"] = records.mass * 0
    of = {"jet": evaluation.Objects(records)}
    total, n = evaluation.evaluate("sum(jet).mass", of), ak.to_numpy(ak.num(records))
    assert (total >= 0).all() and (total[n == 0] == 0).all() and total[n == 1] == pytest.approx(0, abs=1e-4)
    assert np.isnan(evaluation.evaluate("sum(jet).eta", of)[n == 0]).all()
    assert np.isnan(evaluation.evaluate("sum(jet).phi", of)[n == 0]).all()
    two = {
        "photon": evaluation.Objects(ak.Array([[{"pt": 50.0, "eta": 0.0, "phi": p, "mass": 0.0} for p in (0, np.pi)]]))
    }
    assert value("(photon[0] + photon[1]).mass", **two) == pytest.approx([100])
    assert value("(photon[0] + photon[1]).pt", **two) == pytest.approx([0], abs=1e-12)


def test_objects_are_taken_by_rows(rng):
    jet = evaluation.Objects(momenta(rng))
    mask = np.arange(len(jet)) % 3 == 0
    for text in ("jet[0]", "jet[0] + jet[1]", "sum(jet)", "jet[:2]"):
        of = evaluation.evaluate(text, {"jet": jet})
        then = evaluation.evaluate(text, {"jet": jet[mask]})
        assert ak.array_equal(of[mask].field("pt"), then.field("pt"), equal_nan=True)


def test_an_object_stands_for_a_row():
    jet = evaluation.Objects(ak.Array([[{"pt": 3.0, "tag": True}], []]))
    assert value("lead.tag and lead.pt > 2", lead=evaluation.One(jet, 0)) == [True, False]


def test_whatever_is_not_kinematic_is_no_quantity():
    vectors = evaluation.FourVector(*np.ones((4, 1)))
    for of in (vectors, evaluation.Objects(ak.Array([[{"pt": 1.0, "eta": 0.0, "phi": 0.0, "mass": 0.0}]]))):
        with pytest.raises(KeyError):
            of.field("__class__")


def test_the_deepest_expressions_are_evaluated():
    for text in ("-" * 59 + "x", "abs(" * 59 + "x" + ")" * 59, "+".join("x" * 60)):
        expressions.check(text, KINDS)
        assert abs(value(text, x=np.ones(1))[0]) in (1, 60)


def test_lists_may_be_those_of_chosen_events():
    """Awkward leaves the fields of chosen records where they were, and looks them up."""
    jets = ak.zip({"pt": ak.Array([[3.0, 1.0], [], [2.0]]), "tagged": ak.Array([[True, False], [], [True]])})
    events = ak.zip({"jet": jets, "x": np.array([1.0, 2.0, 3.0])}, depth_limit=1)[np.array([2, 0])]
    jet = evaluation.Objects(events.jet)
    assert value("jet[0].pt", jet=jet) == [2, 3] and value("count(jet)", jet=jet) == [1, 2]
    assert value("jet[jet.tagged].pt + x", jet=jet, x=events.x) == [[5], [4]]
    assert value("a[0] + sum(a) + x", a=events.jet.pt, x=events.x) == [7, 8]


def test_what_is_not_seen_has_the_transverse_momentum_that_is_missing(rng):
    n = 50
    jets = ak.zip({name: ak.unflatten(rng.uniform(*ends, n), np.ones(n, int)) for name, ends in
                   {"pt": (20, 90), "eta": (-2, 2), "phi": (-3, 3), "mass": (0, 1)}.items()})  # fmt: skip
    names = {"jet": evaluation.Objects(jets), "met": rng.uniform(5, 40, n), "angle": rng.uniform(-3, 3, n)}
    found = evaluation.evaluate("invisible(jet[0], met, angle, 200)", names)
    np.testing.assert_allclose(found.field("pt"), names["met"])
    np.testing.assert_allclose(found.field("phi"), names["angle"])
    np.testing.assert_allclose(found.field("mass"), 0, atol=1e-4)
    both = evaluation.evaluate("(jet[0] + invisible(jet[0], met, angle, 200)).mass", names)
    np.testing.assert_allclose(both, 200, rtol=1e-6)
    missing = evaluation.evaluate("(jet[1] + invisible(jet[1], met, angle, 200)).mass", names)
    assert np.isnan(missing).all()
