"""What is in a file of events: trees, objects, branches and their ranges; the nearest format, a study to begin with."""

from unsculpt.inspection.contents import Branch, Found, look
from unsculpt.inspection.draft import draft, name_of, written
from unsculpt.inspection.nearest import house, nearest, unit
from unsculpt.inspection.peak import placed
from unsculpt.inspection.words import report

__all__ = ["Branch", "Found", "draft", "house", "look", "name_of", "nearest", "placed", "report", "unit", "written"]
