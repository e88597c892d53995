"""The tables of a study, each defined once: the report shows them, and they are written as CSV and LaTeX.

Every number comes from `summary.json`. A cell is a text, a number, a measurement {"value", "error"} with perhaps a
"floor", or None where there is nothing.
"""

from unsculpt.tables.cells import Table, point_label, text
from unsculpt.tables.study import BACKGROUND, STUDY, of_background, of_study
from unsculpt.tables.writing import to_csv, to_latex

__all__ = ["BACKGROUND", "STUDY", "Table", "of_background", "of_study", "point_label", "text", "to_csv", "to_latex"]
