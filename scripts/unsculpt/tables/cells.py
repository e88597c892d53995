"""What a table is, and the cells that several tables have in common."""

from dataclasses import dataclass, replace

from unsculpt import wording
from unsculpt.naming import method_label, objective_of


@dataclass(frozen=True)
class Table:
    """A table.

    name : stem of its files.
    caption : one sentence.
    columns : headings, with the unit.
    rows : tuples of cells, as many as columns; the first is the name of the row.
    chosen : indices of rows to point out.
    empty : what to say when there are no rows.
    """

    name: str
    caption: str
    columns: tuple
    rows: tuple
    chosen: tuple = ()
    empty: str = "Nothing to show."


def point_label(point, methods):
    """What a point of the grid is called.

    Examples
    --------
    >>> point_label({"method": "ann", "tag": "10"}, {"ann": {"objective": "adversarial"}})
    'ANN, strength 10'
    """
    name = method_label(point["method"], methods.get(point["method"], {}))
    plain = objective_of(point["method"], methods) in ("none", "feature")
    return name if plain else f"{name}, strength {point['tag']}"


def text(cell):
    """A cell in words; a dash where there is nothing.

    Examples
    --------
    >>> text({"value": 0.5, "error": 0.012}), text({"value": 0.02, "error": 0.001, "floor": 0.004}), text(None)
    ('0.500 ± 0.012', '0.0200 ± 0.0010 (floor 0.004)', '–')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dict):
        known = wording.divergence(cell) if "floor" in cell else wording.measurement(cell)
    else:
        known = wording.number(cell)
    return "–" if known == wording.NOTHING else known


def part(table, columns):
    """The table with some of its columns: by heading the heading that it gets, in their order.

    Examples
    --------
    >>> part(Table("t", "T.", ("Name", "A", "B"), (("x", 1, 2),)), {"Name": "Name", "B": "b"}).rows
    (('x', 2),)
    """
    places = [table.columns.index(name) for name in columns]
    rows = tuple(tuple(row[i] for i in places) for row in table.rows)
    return replace(table, columns=tuple(columns.values()), rows=rows)


CRITERION_MET = "Spurious-signal criterion met"
FIT_COLUMNS = ("Function", "χ²", "ndf", "p-value", "Predicted", "In the template", "Pull")


def fit_cells(fit):
    """Function, chi2, ndf, p-value, predicted and actual events in the window, pull."""
    if fit is None or fit["status"] != "fitted":
        return (f"not fitted: {fit['reason'] if fit else 'no fit'}", *[None] * 6)
    return tuple(fit[key] for key in ("function", "chi2", "ndf", "p_value", "window_yield", "window_simulated", "pull"))


def spurious_cells(spurious):
    """Spurious signal with the error from the template, over the error of data, and whether it meets the criterion."""
    if not spurious:
        return None, None, None
    n_sp = {"value": spurious["n_sp"], "error": spurious.get("template_error")}
    return n_sp, spurious["n_sp_over_error"], yes(spurious["passes"])


def with_error(row, key):
    """A number of a record, with its error `{key}_error` where there is one.

    Examples
    --------
    >>> with_error({"significance": 4.2, "significance_error": 0.1}, "significance")
    {'value': 4.2, 'error': 0.1}
    >>> with_error({"significance": 4.2}, "significance")
    4.2
    """
    error = row.get(f"{key}_error")
    return row[key] if error is None else {"value": row[key], "error": error}


def same_point(point, working_point):
    """Whether two records are of one point of the grid."""
    return all(point[key] == working_point[key] for key in ("method", "tag"))


def yes(value):
    """A decision in words; None stays None."""
    return None if value is None else "yes" if value else "no"


def verdict(row):
    """The verdict on a point."""
    return (row.get("acceptance") or {}).get("verdict")


def sculpts(row):
    """Whether a point is shown to sculpt."""
    known = row.get("sculpts")
    return None if known is None else "yes" if known else "not shown"


def or_else(value, instead):
    """A value, or something else for None."""
    return instead if value is None else value
