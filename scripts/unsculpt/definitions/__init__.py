"""What a study defines by expressions: objects, candidate, mass, quantities, regions, cuts and channels; no arrays.

All expressions are checked, and what must be read for them is known, before any file is opened.
"""

from unsculpt.definitions.kinds import COLUMNS, Definitions, each
from unsculpt.definitions.studies import ANY, check, learning, search_region, used

__all__ = ["ANY", "COLUMNS", "Definitions", "check", "each", "learning", "search_region", "used"]
