"""What other scales of objects do to a cut on a score: yields, efficiencies and the score itself, with paired errors.

A copy of an event is no further event. Everything is counted in clusters, by a hash of run and event number, so that an
event and its copies share one: errors leave out one cluster after the other (delete-a-group jackknife, Kott,
J. Official Statistics 17 (2001) 521), and what copies have in common with their events cancels in their difference.

`sums` counts, `changes` compares, `knowledge` asks what a score knows of the scale, `points` has all numbers of a
point.
"""

from unsculpt.metrics.variations.changes import compare, divergence, jackknife, sizes
from unsculpt.metrics.variations.knowledge import auc_of_bins, information, known
from unsculpt.metrics.variations.points import measure, of_seeds, uncertainty_of_mu
from unsculpt.metrics.variations.sums import BINS, CLASSES, CLUSTERS, Cut, Sums, cut, cuts, events, summed

__all__ = [
    "BINS",
    "CLASSES",
    "CLUSTERS",
    "Cut",
    "Sums",
    "auc_of_bins",
    "compare",
    "cut",
    "cuts",
    "divergence",
    "events",
    "information",
    "jackknife",
    "known",
    "measure",
    "of_seeds",
    "sizes",
    "summed",
    "uncertainty_of_mu",
]
