"""Significance against the cut on a score, where the background is known no better than a nuisance moves it.

The nuisance is a category (with and without pile-up, say). The background that passes is taken from its nominal value,
and the difference to its other values is the systematic uncertainty (arXiv:1611.01046, section 5.2). `formula` is the
AMS, `groups` the events that count, `shapes` their distributions by the nuisance, `trials` the curves of one training,
`points` a point over its trainings and the choice among points.
"""

from unsculpt.metrics.threshold.formula import approximate_median_significance
from unsculpt.metrics.threshold.groups import CLUSTERS, MOST_VALUES, Groups, Settings, grouped
from unsculpt.metrics.threshold.points import compare, summed_up, told
from unsculpt.metrics.threshold.shapes import shapes
from unsculpt.metrics.threshold.trials import PARTS, PLATEAU, Curve, Trial, draw, measure, scan

__all__ = [
    "CLUSTERS",
    "MOST_VALUES",
    "PARTS",
    "PLATEAU",
    "Curve",
    "Groups",
    "Settings",
    "Trial",
    "approximate_median_significance",
    "compare",
    "draw",
    "grouped",
    "measure",
    "scan",
    "shapes",
    "summed_up",
    "told",
]
