"""The words of a study are checked when it is read, each mistake in one sentence that names key and text."""

from pathlib import Path

import odd_texts
import pytest
import yaml

from unsculpt import config, studyfile
from unsculpt.errors import InputError

ROOT = Path(__file__).parents[2]


def resolved(**changes):
    study = studyfile.merge(yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8")), changes)
    config.resolve_in_place(study, ROOT)
    return study


def labels(**names):
    return {"methods": {name: {"label": label} for name, label in names.items()}}


def latex(**names):
    return {"samples": {name: {"latex": text} for name, text in names.items()}}


def shorts(**names):
    return {"channels": {name: {"short": text} for name, text in names.items()}}


MISTAKES = {
    "an unknown symbol": (
        latex(tth=r"$t\bar{t}\hgamma$"),
        r"samples.tth.latex '$t\bar{t}\hgamma$' cannot be drawn: Unknown",
    ),
    "half a fraction": (
        labels(nn=r"NN $\frac{1}$"),
        r"methods.nn.label 'NN $\frac{1}$' cannot be drawn: Expected \frac{num}",
    ),
    "an index of nothing": (
        {"mass": {"latex": "m_"}},
        "mass.latex 'm_' cannot be drawn: something is missing or misplaced",
    ),
    "a sign of TeX in a formula": ({"figure_label": "$50%$"}, "figure_label '$50%$' cannot be drawn: something is"),
    "dollars where there are some": (
        {"mass": {"latex": "$m$"}},
        "mass.latex '$m$' is LaTeX math as a whole; write it with",
    ),
    "dollars in the symbol of a quantity": (
        {"quantities": {"own": {"expression": "1", "latex": "$x$"}}},
        "quantities.own.latex '$x$' is LaTeX math as a whole; write it without dollars",
    ),
    "a dollar in a unit": (
        {"quantities": {"own": {"expression": "1", "unit": "$"}}},
        "quantities.own.unit '$' has a $ too few or too many",
    ),
    "a symbol of the catalogue that cannot be drawn": (
        {"quantities": {"ht": {"latex": r"\hgamma"}}},
        r"quantities.ht.latex '\hgamma' cannot be drawn: Unknown symbol",
    ),
    "one dollar": (latex(tth="$t H", ttyy="$t y"), "samples.tth.latex '$t H' has a $ too few or too many"),
    "a dollar in a label": (labels(nn="5 $"), r"methods.nn.label '5 $' has a $ too few or too many: formulas stand"),
    "an empty label": (labels(nn=" "), "methods.nn.label is empty; remove it, or say something"),
    "an empty title": ({"title": ""}, "title is '': expected a text that is not empty"),
    "a label that legends leave out": (labels(nn="_nn"), "methods.nn.label '_nn' starts with an underscore"),
    "two lines": (labels(nn="NN\n"), r"methods.nn.label 'NN\n' has a line break"),
    "a long label": (labels(nn="n" * 81), "expected at most 80 characters"),
    "one label for two": (labels(nn="N  N", ann="N N"), "methods.nn and methods.ann are both labelled 'N N'; change"),
    "a label that is another's default": (labels(nn="ANN", ann="ANN"), "methods.nn and methods.ann are both labelled"),
    "one name for two samples": (
        latex(ttyy="B", ntni="B"),
        "samples.ttyy and samples.ntni are both called 'B' on figures",
    ),
    "a short name twice": (
        shorts(leptonic="Had"),
        "channels.leptonic and channels.hadronic both have the short name 'Had'",
    ),
    "a short name of two words": (
        shorts(leptonic="Lep high"),
        "channels.leptonic.short is 'Lep high': expected at most 40 letters, digits and underscores",
    ),
    "samples that differ in case": (
        {"samples": {"TTH": {"role": "signal", "simulate": {"process": "tth"}}}},
        "samples.tth and samples.TTH differ in case only",
    ),
    "a sample with a hyphen": (
        {"samples": {"tt-H": {"role": "signal", "simulate": {"process": "tth"}}}},
        "samples holds the name 'tt-H': expected 2 to 40 letters, digits and underscores",
    ),
    "a channel of all": ({"channels": {"all": {}}}, "channels holds the name 'all': expected"),
    "a method of another file": (
        {"methods": {"features": {"objective": "none", "strengths": [0]}}},
        "methods holds the name 'features': expected at most 40 small letters",
    ),
    "a name too long for a file": (
        {"methods": {"n" * 41: {"objective": "none", "strengths": [0]}}},
        "expected at most 40 small letters",
    ),
    "a study with a line break": ({"study": "tthyy\n"}, r"study is 'tthyy\n': expected 2 to 64 letters, digits,"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_that_names_the_key_and_the_text(mistake):
    change, sentence = MISTAKES[mistake]
    with pytest.raises(InputError) as error:
        resolved(**change)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_odd_texts_are_no_mistake():
    names, shown = odd_texts.LABELS, odd_texts.LATEX
    study = resolved(**labels(**names), **latex(**shown), title=odd_texts.TITLE, figure_label=odd_texts.FIGURE_LABEL)
    assert {name: study["methods"][name]["label"] for name in names} == names
    assert resolved(figure_label="")["figure_label"] == ""


def test_names_that_only_begin_alike_are_no_mistake():
    sample = {"role": "signal", "simulate": {"process": "tth"}}
    assert "tth_2" in resolved(samples={"tth_2": sample})["samples"]
