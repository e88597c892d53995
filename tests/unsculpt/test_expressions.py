"""What an expression may say, what it reads, and what is refused in which words."""

import subprocess
import sys
import time
import warnings

import pytest

from unsculpt import expressions, grammar
from unsculpt.errors import InputError

KINDS = {
    "x": expressions.row(),
    "trigger": expressions.row(),
    "photon": expressions.objects("photon", ["pt", "eta", "phi", "e", "tight"]),
    "jet": expressions.objects("jet", ["pt", "eta", "phi", "mass", "e", "tagged"]),
    "lepton": expressions.objects("lepton", ["pt", "eta", "phi"]),
    "candidate": expressions.Kind(expressions.OBJECT, fields=frozenset(expressions.KINEMATIC)),
    "jet_pt": expressions.list_of(expressions.objects("jet", [])),
}
ROW, LIST, OBJECT, OBJECTS = expressions.ROW, expressions.LIST, expressions.OBJECT, expressions.OBJECTS


@pytest.mark.parametrize(
    ("text", "shape", "names", "fields"),
    [
        ("1.5", ROW, "", ""),
        ("  x > 3\n", ROW, "x", ""),
        ("trigger and not 105 <= x < 160", ROW, "trigger x", ""),
        ("jet.pt", LIST, "jet", "jet.pt"),
        ("jet", OBJECTS, "jet", ""),
        ("jet[0]", OBJECT, "jet", ""),
        ("jet[:2]", OBJECTS, "jet", ""),
        ("jet[jet.tagged]", OBJECTS, "jet", "jet.tagged"),
        ("jet[not jet.tagged and jet_pt > 30][0].pt", ROW, "jet jet_pt", "jet.pt jet.tagged"),
        ("jet.pt[0]", ROW, "jet", "jet.pt"),
        ("jet.pt[1:][jet.pt[1:] > x]", LIST, "jet x", "jet.pt"),
        ("count(jet)", ROW, "jet", "jet."),
        ("count(jet[:2].tagged)", ROW, "jet", "jet.tagged"),
        ("photon[0] + photon[1] + photon[2]", OBJECT, "photon", "photon.pt photon.eta photon.phi photon.e"),
        (
            "photon[0] + jet[0]",
            OBJECT,
            "photon jet",
            "photon.pt photon.eta photon.phi photon.e jet.pt jet.eta jet.phi jet.mass",
        ),
        ("sum(jet).mass", ROW, "jet", "jet.pt jet.eta jet.phi jet.mass"),
        ("candidate.rapidity", ROW, "candidate", ""),
        ("(candidate + jet[0]).pt", ROW, "candidate jet", "jet.pt jet.eta jet.phi jet.mass"),
        ("lepton.px", LIST, "lepton", "lepton.pt lepton.phi"),
        ("lepton.pz", LIST, "lepton", "lepton.pt lepton.eta"),
        ("photon.mass", LIST, "photon", "photon.pt photon.eta photon.e"),
        ("jet.e", LIST, "jet", "jet.e"),
        ("jet.rapidity", LIST, "jet", "jet.pt jet.eta jet.mass"),
        ("dr(lepton[0], jet)", LIST, "lepton jet", "lepton.eta lepton.phi jet.eta jet.phi"),
        ("dr(jet[jet.tagged], candidate)", LIST, "candidate jet", "jet.eta jet.phi jet.tagged"),
        ("deta(jet[0], jet[1])", ROW, "jet", "jet.eta"),
        ("min(dr(photon[0], jet[:2])) > 0.4", ROW, "photon jet", "photon.eta photon.phi jet.eta jet.phi"),
        ("all(photon[:2].tight and photon[:2].pt > 0.065 * x)", ROW, "photon x", "photon.tight photon.pt"),
        ("min(jet.pt, x, 3)", LIST, "jet x", "jet.pt"),
        ("where(trigger, jet.pt, 0)", LIST, "jet trigger", "jet.pt"),
        ("jet[jet.pt>30].pt / jet[ jet.pt > 30 ].mass", LIST, "jet", "jet.pt jet.mass"),
        ("jet[0:2].pt / jet[:2].mass", LIST, "jet", "jet.pt jet.mass"),
    ],
)
def test_the_kind_and_what_is_read_are_known_beforehand(text, shape, names, fields):
    checked = expressions.check(text, KINDS)
    assert checked.kind.shape == shape
    assert checked.names == {*names.split()}
    wanted = {tuple(field.split(".")) for field in fields.split()}
    assert checked.fields == {(name, field or None) for name, field in wanted}
    assert expressions.names(text) == checked.names


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("jet.pt > 30 & jet.tagged", r"character 13: '&' is not part of the language; write 'and'"),
        ("x && x", r"'&&' is not part of the language; write 'and'"),
        ("x | x", "write 'or'"),
        ("x || x", "write 'or'"),
        ("!x", "character 1: '!' is not part of the language; write 'not'"),
        ("~x", "write 'not'"),
        ("x ^ 2", r"write \*\* for a power"),
        ("x > 1 ? 2 : 3", r"write where\(condition, a, b\)"),
        ("2 if x > 1 else 3", r"write where\(condition, a, b\)"),
        ("x in (1, 2)", "compare with each value by =="),
        ("x is 1", "write == or !="),
        ("x = 3", "write == to compare"),
        ("x // 2", r"write floor\(a / b\)"),
        ("[j.pt for j in jet]", "functions take whole lists"),
        ("jet[-1].pt", "character 5: places are whole numbers from 0.*none is counted from the end"),
        ("jet[:-1]", "character 6: places are whole numbers from 0"),
        ("x > 3\nand x < 5", "write it on one line"),
        ("x > 'a'", "there is no text in an expression"),
        ("ｊet.pt", "character 1: 'ｊ' is not part of the language"),
        ("jt.pt", r"character 1: jt is unknown; did you mean jet"),
        ("zzz", "zzz is unknown; there are candidate, jet, jet_pt, lepton, photon, trigger, x"),
        ("x + jet.taged", r"character 9: jet has no taged; did you mean tagged"),
        ("candidate.tagged", "character 11: a sum has no tagged"),
        ("cont(jet)", r"cont is no function; did you mean count"),
        ("x +", r"'x \+' is no expression \(invalid syntax"),
        ("(x", "was never closed"),
        ("1or 2", "invalid decimal literal"),
        ("1e999", "a number is finite and real"),
        ("2j", "a number is finite and real"),
        ("9" * 400, "a number is finite and real"),
        ("jet[0] - jet[1]", r"'-' is applied to one object \(jet\[0\]\), which can only be added"),
        ("jet > 30", r"'>' is applied to several objects \(jet\).*name a field"),
        ("photon[0] + jet", "'\\+' is applied to"),
        ("-jet", "'-' is applied to several objects"),
        ("not jet", "'not' is applied to several objects"),
        ("where(x, jet, jet)", "'where' is applied to several objects"),
        ("jet.pt + photon.pt", r"combines lists of different objects, jet and photon"),
        ("jet[:2].pt > jet.pt", r"lists of different objects, jet\[:2\] and jet"),
        ("jet[jet.pt > 30].pt + jet[jet.pt > 20].pt", r"jet\[jet.pt > 30\] and jet\[jet.pt > 20\]"),
        (
            "jet[jet.pt > 30][jet.tagged]",
            "character 18: .*each of jet.jet.pt > 30., and this is a list of numbers of jet",
        ),
        ("jet[trigger]", "a condition for each of jet, and this is one number a row"),
        ("jet[jet]", "and this is several objects"),
        ("jet[0][0]", r"brackets follow one object \(jet\[0\]\)"),
        ("x[0]", "brackets follow one number a row"),
        ("x.pt", r"pt is asked of one number a row \(x\), and only objects have fields"),
        ("jet.pt.pt", "pt is asked of a list of numbers"),
        ("sum(x)", "sum takes a list, and this is one number a row"),
        ("any(jet)", "any takes a list, and this is several objects"),
        ("count(jet, jet)", "count takes 1 argument and not 2"),
        ("where(x, x)", "where takes 3 arguments and not 2"),
        ("dr(jet, photon)", "dr takes two objects, or one and several"),
        ("dr(jet[0], x)", "dr takes two objects, or one and several"),
        ("invisible(jet, x, x, 80)", "invisible takes one object, and numbers of the row: transverse"),
        ("invisible(jet[0], x, x)", "invisible takes one object, and numbers of the row: transverse"),
        (
            "lepton[0] + lepton[1]",
            r"lepton\[0\] has no mass or e, of which a four-vector is made; add it to the format",
        ),
        ("lepton.mass", "lepton has no mass or e, of which mass is made"),
    ],
)
def test_mistakes_are_told_with_their_place_and_the_way_out(text, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        expressions.check(text, KINDS, "study.yaml: cuts.a")
    assert str(caught.value).startswith("study.yaml: cuts.a: ")
    assert "\n" not in str(caught.value)


HOSTILE = [
    "__import__('os').system('true')",
    "__import__",
    "().__class__.__bases__[0].__subclasses__()",
    "jet.__class__",
    "jet.__class__.__mro__",
    "candidate.__dict__",
    "jet[0].__init__.__globals__",
    "jet.pt.tolist()",
    "eval(x)",
    "exec(x)",
    "open(0)",
    "getattr(jet, x)",
    "lambda: x",
    "(lambda: x)()",
    "{j for j in jet}",
    "{1: 2}",
    "(j for j in jet)",
    "[x, x]",
    "(x, x)",
    "b'x'",
    "f'{x}'",
    '"x" * 10**9',
    "(x := 3)",
    "sum(*jet)",
    "sum(jet.pt, axis=1)",
    "sum(**x)",
    "...",
    "None",
    "1j",
    "await x",
    "(yield)",
    "(yield from x)",
    "x @ x",
    "x << 2",
    "x >> 2",
    "+x",
    "x; x",
    "x # x",
    "x \\",
    "`x`",
    "$x",
    "import os",
    "del x",
    "x\nimport os",
    "(x\n)",
    "x\x00",
    "x\ty",
    "x\u2028x",
    "\ufeffx",
    "𝐣𝐞𝐭.pt",
    "ｊet.pt",
    "jet.ｐt",
    "ſum(jet.pt)",
    "x ＋ x",
    "٣",
    "jet[::2]",
    "jet[0, 1]",
    "jet[True]",
    "jet[None]",
    "jet[...]",
    "jet[10**9]",
    "jet[1000000000]",
    "jet[1.5]",
    "jet[x:]",
    "(x)(x)",
    "jet.pt(x)",
    "9" * 1999,
    "-" + "9" * 1999,
    "-" * 1999 + "1",
    "not " * 499 + "x",
    "1+" * 999 + "1",
    "2**" * 600 + "2",
    "x" + ".pt" * 600,
    "jet" + "[:1]" * 450,
    "abs(" * 499 + "x" + ")" * 499,
    "jet[" * 400 + "x" + "]" * 400,
    "(" * 900 + "x" + ")" * 900,
    "(" * 10**5 + "x" + ")" * 10**5,
    "-" * 60 + "x",
    "",
    "   ",
    "\n",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_selection_is_refused_at_once(text):
    start = time.process_time()
    with pytest.raises(InputError) as caught:
        expressions.check(text, KINDS)
    assert time.process_time() - start < 0.05
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("value", [None, ["x"], {"x": 1}, b"x", object(), "'"])
def test_yaml_that_is_no_text_is_refused(value):
    with pytest.raises(InputError):
        expressions.check(value, KINDS)


@pytest.mark.parametrize("value", [True, 5, 2.5])
def test_numbers_of_yaml_are_constants(value):
    assert expressions.check(value, KINDS).kind == expressions.row()
    assert expressions.parse(value).parts == (value,) and type(expressions.parse(value).parts[0]) is type(value)


def test_whole_numbers_stay_whole():
    for value in (2**53 + 1, -(2**53) - 1, 2**64 - 1, -(2**63)):
        assert expressions.parse(value).parts == (value,)
    assert isinstance(expressions.parse(2**64).parts[0], float)
    assert isinstance(expressions.parse(-(2**63) - 1).parts[0], float)


def test_constants_are_small_work():
    start = time.process_time()
    expressions.check("9**9**9**9**9", KINDS)
    expressions.check("1<" * 999 + "1", KINDS)
    assert time.process_time() - start < 0.1


def test_long_expressions_show_where_the_mistake_is():
    text = " or ".join(["x > 3"] * 100)
    with pytest.raises(InputError) as caught:
        expressions.check(f"{text} or y or {text}", KINDS)
    assert "or y or" in str(caught.value) and len(str(caught.value)) < 300


def test_python_warns_of_nothing():
    with warnings.catch_warnings(action="error"):
        for text in ("1or 2", "1is 1", "0x1for x"):
            with pytest.raises(InputError):
                expressions.check(text, KINDS)


def test_near_names_are_told_once():
    assert grammar.near("ptt", ["pt", "pt", "p"]) == "did you mean pt or p?"


def test_the_language_needs_no_package():
    program = "import sys; from unsculpt import expressions; print('numpy' in sys.modules or 'awkward' in sys.modules)"
    where = expressions.__file__.rpartition("unsculpt")[0]
    command = [sys.executable, "-S", "-c", program]
    ran = subprocess.run(command, env={"PYTHONPATH": where}, capture_output=True, text=True, encoding="utf-8")
    assert ran.stdout.strip() == "False", ran.stderr
