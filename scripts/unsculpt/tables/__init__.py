"""The tables of a study, each defined once: the report shows them, and they are written as CSV and LaTeX.

Every number comes from `summary.json`. A cell is a text, a number, a measurement {"value", "error"} with perhaps a
"floor", or None where there is nothing.
"""

from unsculpt.tables.anomalies import hunts
from unsculpt.tables.categories import choices
from unsculpt.tables.cells import CRITERION_MET, Table, part, point_label, same_point, text
from unsculpt.tables.mixtures import composition
from unsculpt.tables.ranges import CUT, of_ranges
from unsculpt.tables.study import ASKED, BACKGROUND, STUDY, of_background, of_study
from unsculpt.tables.writing import to_csv, to_latex, to_markdown

__all__ = [
    "ASKED",
    "BACKGROUND",
    "CRITERION_MET",
    "CUT",
    "STUDY",
    "Table",
    "choices",
    "composition",
    "hunts",
    "of_background",
    "of_ranges",
    "of_study",
    "part",
    "point_label",
    "same_point",
    "text",
    "to_csv",
    "to_latex",
    "to_markdown",
]
