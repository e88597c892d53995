"""The working point: of all trained points, the best one whose sculpting is small enough.

The best is the most sensitive one; without categories, the one that rejects most. Of points that cannot be told from
the best the simplest is taken.
"""

from unsculpt.working_point.candidates import Candidate, candidate, errors_allowed
from unsculpt.working_point.choice import choose, compared, content, rank

__all__ = ["Candidate", "candidate", "choose", "compared", "content", "errors_allowed", "rank"]
