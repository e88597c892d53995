"""Another run beside the one that is kept: each measured cell of the tables in its errors, and the chosen points."""

import math
from dataclasses import dataclass

from unsculpt import tables, wings, wording
from unsculpt.errors import InputError
from unsculpt.pages.sentences import TOLERANCE

ERRORS = 3.0  # combined errors by which a cell may differ
OF_POINTS = ("selection", "sculpting", "sideband_fits")  # tables of all points, whichever is chosen
OF_THE_CHOSEN = ("composition", "combined", "impacts")  # tables that can be compared where both chose the same
SHOWN = 40  # cells that the words list


@dataclass(frozen=True)
class Cell:
    """A cell that both runs have.

    place : background, table, row and column.
    kept, other : measurements {"value", "error"}.
    errors : difference in combined errors; None where only one has a number.
    """

    place: str
    kept: dict
    other: dict
    errors: float | None

    @property
    def agrees(self):
        """Whether both are numbers within `ERRORS` combined errors."""
        return self.errors is not None and self.errors <= ERRORS


@dataclass(frozen=True)
class Comparison:
    """How another run compares with the kept one.

    cells : all that were compared.
    missing : sentences on what only one of them has.
    points : by background a sentence on the chosen points, and whether they are equally good.
    significances : sentences on expected significances that differ by more than the tolerance.
    notes : sentences that are no reason to disagree.
    """

    cells: tuple
    missing: tuple
    points: tuple
    significances: tuple
    notes: tuple = ()

    @property
    def differing(self):
        """The cells that differ."""
        return tuple(cell for cell in self.cells if not cell.agrees)

    @property
    def agrees(self):
        """Whether nothing differs by more than errors and tolerance allow."""
        return not self.differing and not self.missing and not self.significances and all(ok for _, ok in self.points)


def compare(kept, summary, methods=None):
    """Compare the summary of another run with what is kept of one.

    Parameters
    ----------
    kept : dict
        As `numbers.load` returns it.
    summary : dict
        Content of another summary.json of the same study.
    methods : dict, optional
        The sub-tree `methods` of the other configuration; by default that of the kept run.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If it is the summary of another study.
    """
    mine, methods = kept["summary"], kept["methods"] | (methods or {})
    if summary.get("study") != mine["study"]:
        raise InputError(
            f"the summary is of the study {summary.get('study')}, and the kept numbers of {mine['study']}; give the "
            "summary of a run of that study"
        )
    if wing := wings.of(mine):
        raise InputError(f"the study {mine['study']} is one of {wing}; only runs of selections are compared")
    cells, missing, points, significances = [], [], [], []
    for name in _common(mine["backgrounds"], summary["backgrounds"], "background", missing):
        contents = mine["backgrounds"][name], summary["backgrounds"][name]
        same = tables.same_point(contents[0]["working_point"], contents[1]["working_point"])
        points.append(_points(name, *contents, methods))
        significances += _significances(name, *contents, methods, same)
        both = [_tables(content, name, methods) for content in (mine, summary)]
        for table in _common(*both, f"{name}: table", missing):
            if table in OF_POINTS or (table in OF_THE_CHOSEN and same):
                cells += _cells(f"{name}, {table}", both[0][table], both[1][table], missing)
    digests = mine["config_digest"], summary.get("config_digest")
    notes = [f"the configurations differ (digests {' and '.join(map(str, digests))})"] if len(set(digests)) == 2 else []
    return Comparison(tuple(cells), tuple(missing), tuple(points), tuple(significances), tuple(notes))


def in_words(found, kept):
    """A comparison in lines of text."""
    run = kept["run"]
    lines = [
        f"Kept: commit {run['commit']}, {run['finished']}, {run['processor']}.",
        *(f"Note: {note}." for note in found.notes),
        f"{len(found.cells)} measured cells compared, {len(found.differing)} differ by more than {ERRORS:g} combined "
        "errors.",
    ]
    for cell in sorted(found.differing, key=lambda cell: -(cell.errors or math.inf))[:SHOWN]:
        by = "one of them has no number" if cell.errors is None else f"{cell.errors:.1f} combined errors"
        lines.append(f"  {cell.place}: {wording.measurement(cell.kept)} and {wording.measurement(cell.other)}, {by}")
    more = len(found.differing) - SHOWN
    lines += [f"  and {more} more"] if more > 0 else []
    lines += [f"  {sentence}" for sentence in (*found.missing, *found.significances)]
    lines += [f"{name}." for name, _ in found.points]
    return "\n".join([*lines, "The runs agree." if found.agrees else "The runs DIFFER by more than their errors."])


def _tables(summary, background, methods):
    """Tables by name, without those of features and networks, which are not kept."""
    content = summary["backgrounds"][background]
    bare = content | {"correlations": {}, "importance": [], "networks": {}}
    known = tables.of_background(summary | {"backgrounds": {background: bare}}, background, methods)
    return {name: table for name, table in known.items() if name in OF_POINTS + OF_THE_CHOSEN}


def _common(kept, other, kind, missing):
    """What both have, in the order of the kept; the rest is told."""
    missing += [f"{kind} {name}: only the kept run has it" for name in kept if name not in other]
    missing += [f"{kind} {name}: only the other run has it" for name in other if name not in kept]
    return [name for name in kept if name in other]


def _cells(place, kept, other, missing):
    """The measured cells of two tables, by the names of rows and columns."""
    rows = [{row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows} for table in (kept, other)]
    return [
        Cell(f"{place}: {row}, {column}", cell, rows[1][row][column], difference(cell, rows[1][row][column]))
        for row in _common(*rows, f"{place}: row", missing)
        for column, cell in rows[0][row].items()
        if _measured(cell) and _measured(rows[1][row].get(column))
        if wording.exists(cell["value"]) or wording.exists(rows[1][row][column]["value"])
    ]


def difference(one, other):
    """The difference of two measurements in combined errors; None where one has no value.

    Two equal numbers differ by nothing, whatever their errors; numbers without errors that differ are infinitely far.

    Examples
    --------
    >>> difference({"value": 1.0, "error": 0.3}, {"value": 2.0, "error": 0.4})
    2.0
    """
    if not (wording.exists(one["value"]) and wording.exists(other["value"])):
        return None
    apart = abs(one["value"] - other["value"])
    error = math.hypot(one.get("error") or 0.0, other.get("error") or 0.0)
    if apart <= 1e-6 * abs(one["value"]):  # the kept numbers are rounded
        return 0.0
    return apart / error if error else math.inf


def _measured(cell):
    return isinstance(cell, dict) and "value" in cell


def _points(name, kept, other, methods):
    """A sentence on the chosen points, and whether they are equally good in both runs."""
    chosen = [content["working_point"] for content in (kept, other)]
    labels = [tables.point_label(point, methods) for point in chosen]
    if tables.same_point(*chosen):
        return f"{name}: both choose {labels[0]}", True
    sentence, apart = f"{name}: the kept run chooses {labels[0]}, the other {labels[1]}", []
    for of, content in (("kept", kept), ("other", other)):
        merits = [_merit(content, point) for point in chosen]
        if None in merits:
            sentence += f"; the {of} run has no significance of both"
        else:
            sentence += f"; in the {of} run they have {merits[0]:.2f} and {merits[1]:.2f}"
            apart.append(abs(merits[0] - merits[1]))
    good = len(apart) == 2 and max(apart) <= TOLERANCE
    return f"{sentence}, {'within' if good else 'not within'} {TOLERANCE:g} standard deviations", good


def _significances(name, kept, other, methods, same):
    """Sentences on significances that differ: of points of accepted deviation in both, and of the same chosen one."""
    found, merits = [], [{(r["method"], r["tag"]): r for r in content["candidates"]} for content in (kept, other)]
    for key, row in merits[0].items():
        rows = row, merits[1].get(key)
        if rows[1] and all(r["compatible"] for r in rows):
            label = tables.point_label(row, methods)
            found.append((f"candidate {label}", *(r.get("significance") for r in rows)))
    both = [content.get("combined") or {} for content in (kept, other)]
    keys = ("significance", "significance_fit") if same else ()
    found += [(f"combined {key}", *(combined.get(key) for combined in both)) for key in keys]
    return [
        f"{name}, {what}: expected significance {wording.number(a)} and {wording.number(b)}, more than {TOLERANCE:g} "
        "apart"
        for what, a, b in found
        if (a is None) != (b is None) or (a is not None and abs(a - b) > TOLERANCE)
    ]


def _merit(content, point):
    row = next((row for row in content["candidates"] if tables.same_point(row, point)), {})
    return row.get("significance")
