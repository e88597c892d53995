"""Texts with formulas on a page: as MathML where a browser draws them, and in plain letters where it cannot."""

from xml.etree import ElementTree

import markupsafe
from latex2mathml.converter import convert

from unsculpt.texts import pieces


def markup(text):
    r"""A text as HTML: words escaped, formulas between dollars as MathML.

    Examples
    --------
    >>> markup("Mass < $m$")
    Markup('Mass &lt; <math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><mi>m</mi></mrow></math>')
    """
    found = pieces(str(text))
    return markupsafe.Markup("").join(_math(piece) if i % 2 else piece for i, piece in enumerate(found))


def plain(text):
    r"""A text for where a page takes no markup, in the letters of its formulas.

    Examples
    --------
    >>> plain(r"NN of $p_T$, $\lambda = 3$")
    'NN of pT, λ=3'
    """
    found = pieces(str(text))
    return "".join(_letters(piece) if i % 2 else piece for i, piece in enumerate(found))


def _math(formula):
    """A formula with its dollars as MathML; as it is if it cannot be read."""
    try:
        return markupsafe.Markup(convert(formula[1:-1]))
    except Exception:  # errors of the library of many kinds; what matplotlib draws is more than it can read
        return formula


def _letters(formula):
    math = _math(formula)
    return "".join(ElementTree.fromstring(math).itertext()) if isinstance(math, markupsafe.Markup) else formula
