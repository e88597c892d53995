"""The free texts of a study, which are drawn, printed and used as names: what would break them, in sentences."""

import re

from unsculpt.errors import InputError
from unsculpt.naming import method_label

_DOLLAR = re.compile(r"(?<!\\)\$")
_BREAK = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def check(texts, where):
    """Check texts one by one, without drawing them.

    Parameters
    ----------
    texts : list of (key, text, kind)
        As `schema.cosmetic` gives them.
    where : str
        The study, for the sentences.

    Raises
    ------
    InputError
        About the first that is empty, has a line break, is left out of legends, or opens a formula and never ends it.
    """
    for key, text, kind in texts:
        if kind == "page":
            continue
        key = f"{where}: {key}"
        if _BREAK.search(text):
            raise InputError(f"{key} {text!r} has a line break or a control character; write it on one line")
        if kind != "drawn" and not text.strip():
            raise InputError(f"{key} is empty; remove it, or say something")
        if kind == "name" and text.lstrip().startswith("_"):
            raise InputError(f"{key} '{text}' starts with an underscore, which legends leave out; start otherwise")
        dollars = len(_DOLLAR.findall(text))
        if kind == "formula" and dollars:
            raise InputError(f"{key} '{text}' is LaTeX math as a whole; write it without dollars")
        if dollars % 2:
            raise InputError(
                f"{key} '{text}' has a $ too few or too many: formulas stand between two of them; close the formula, "
                r"or write \$ for the sign itself"
            )


def check_unique(config, where):
    """Refuse things that figures, tables or files could not tell apart."""
    samples, channels = config["samples"], config["channels"]
    methods = {name: method_label(name, method) for name, method in config["methods"].items()}
    _unlike({name: name.lower() for name in samples}, where, "samples.{} and samples.{} differ in case only; rename it")
    backgrounds = {name: name.lower() for name in config["backgrounds"]}
    _unlike(backgrounds, where, "backgrounds.{} and backgrounds.{} differ in case only; rename it")
    _unlike(
        {name: sample.get("latex", name) for name, sample in samples.items()},
        where,
        "samples.{} and samples.{} are both called {!r} on figures; change the latex of one",
    )
    _unlike(
        {name: channel["short"] for name, channel in channels.items()},
        where,
        "channels.{} and channels.{} both have the short name {!r}; change one",
    )
    _unlike(methods, where, "methods.{} and methods.{} are both labelled {!r}; change the label of one")


def _unlike(names, where, sentence):
    """Raise the sentence about the first two keys whose names are the same but for blanks."""
    seen = {}
    for key, name in names.items():
        other = seen.setdefault(" ".join(name.split()), key)
        if other != key:
            raise InputError(f"{where}: {sentence.format(other, key, name)}")


def check_formulas(texts, where):
    """Let matplotlib read every text with a formula, as it will when the figures are drawn (see `check`)."""
    formulas = [
        (key, text, f"${text}$" if kind == "formula" else text)
        for key, text, kind in texts
        if kind == "formula" or (kind != "page" and _DOLLAR.search(text))
    ]
    try:
        from matplotlib.mathtext import MathTextParser  # half a second, which only the start of a run should take
    except ImportError:  # where the jobs bring their own environment, the one that plans them may lack it
        return
    for key, text, drawn in formulas:
        try:
            MathTextParser("path").parse(drawn)
        except ValueError as error:
            raise InputError(
                f"{where}: {key} '{text}' cannot be drawn: {_reason(str(error))}; write LaTeX that matplotlib knows"
            ) from error


def _reason(message):
    r"""What the parser of matplotlib found, in few words.

    Examples
    --------
    >>> _reason("\n\\lamda\n^\nParseFatalException: Unknown symbol: \\lamda, found '\\'  (at char 0), (line:1)")
    'Unknown symbol: \\lamda'
    >>> _reason("\nx_\n  ^\nParseSyntaxException: Expected {phantom | llap}, found end of text  (at char 2), (line:1)")
    "something is missing or misplaced after 'x_'"
    """
    lines = message.strip("\n").split("\n")
    found = re.fullmatch(r"\w+: (.*), found .*\(at char (\d+)\), \(line.*", lines[-1])
    if not found:
        return "something is missing or misplaced"
    what, place = found[1], int(found[2])
    if not re.search(r"\||end of text", what):
        return what
    return "something is missing or misplaced" + (f" after '{lines[0][:place]}'" if place else "")


def pieces(text):
    r"""A text in pieces: at even places words, at odd ones formulas with their dollars.

    Examples
    --------
    >>> pieces(r"NN, $\lambda = 3$, 5 \$")
    ['NN, ', '$\\lambda = 3$', ', 5 $']
    """
    found = re.split(r"(?<!\\)(\$(?:\\.|[^$\\])*\$)", text)
    return [piece if i % 2 else piece.replace(r"\$", "$") for i, piece in enumerate(found)]
