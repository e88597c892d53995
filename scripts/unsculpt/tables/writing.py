"""Tables as CSV, LaTeX and Markdown."""

import csv
import io

from unsculpt.tables.cells import text
from unsculpt.texts import pieces


def to_csv(table):
    """The table as comma-separated values with full precision: a measurement takes a column for each of its parts."""
    parts = [_parts(column) for column in zip(*table.rows, strict=True)] or [("",)] * len(table.columns)
    heads = [f"{name} {part}".strip() for name, names in zip(table.columns, parts, strict=True) for part in names]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heads)
    for row in table.rows:
        writer.writerow([_part(cell, part) for cell, names in zip(row, parts, strict=True) for part in names])
    return file.getvalue()


def to_latex(table):
    """The table as a LaTeX tabular (package booktabs) with its caption."""
    head = " & ".join(_escape(name) for name in table.columns) + r" \\"
    body = [" & ".join(_escape(text(cell)) for cell in row) + r" \\" for row in table.rows]
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{_escape(table.caption)}}}"]
    lines += [rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}", r"\toprule", head, r"\midrule", *body]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def to_markdown(table):
    """The table as Markdown, without its caption; numbers to the right, the names of rows to point out bold."""
    if not table.rows:
        return table.empty
    body = [[text(cell).replace("|", r"\|") for cell in row] for row in table.rows]
    for i in table.chosen:
        body[i][0] = f"**{body[i][0]}**"
    words = [all(isinstance(cell, str | None) for cell in column) for column in zip(*table.rows, strict=True)]
    lines = [table.columns, ["---" if of_words else "---:" for of_words in words], *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


_LATEX = {
    "\\": r"\textbackslash{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "−": "$-$",
    "–": "--",
    "×": r"$\times$",
    "χ²": r"$\chi^2$",
    "μ": r"$\mu$",
    "λ": r"$\lambda$",
    "\u2009": r"\,",
    "“": "``",
    "”": "''",
    **{c: f"${c}$" for c in "<>|"},  # other signs in the old encoding of fonts
}


_SUPERSCRIPTS = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"


def _escape(words):
    """Text as LaTeX: formulas as they are, and in the words powers of ten and the signs of physics in math mode."""
    return "".join(piece if i % 2 else _escape_words(piece) for i, piece in enumerate(pieces(words)))


def _escape_words(words):
    result = words.replace("χ²", "\0")
    result = "".join("\0" if c == "\0" else _LATEX.get(c, c) for c in result).replace("\0", _LATEX["χ²"])
    for i, c in enumerate(_SUPERSCRIPTS):
        result = result.replace(c, f"$^{{{'-' if i == 0 else i - 1}}}$")
    return result.replace("}$$^{", "")


def _parts(column):
    """Which parts the cells of a column have."""
    found = {key for cell in column if isinstance(cell, dict) for key in ("error", "floor") if key in cell}
    return ("", *(key for key in ("error", "floor") if key in found))


def _part(cell, part):
    """One number of a cell for a CSV file."""
    if isinstance(cell, dict):
        cell = cell.get(part or "value")
    elif part:
        cell = None
    return "" if cell is None else cell
