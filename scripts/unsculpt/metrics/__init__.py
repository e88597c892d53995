"""What a selection does: efficiencies, the divergence of mass spectra with its floor, and their errors.

`weighted` holds sums and the checks of all input, `efficiencies` the ROC curve and cuts, `divergence` the
Jensen-Shannon divergence, `bootstrap` the replicas, `points` all numbers of one score, `importance` and `describe`
those of the features.
"""

from unsculpt.metrics.describe import describe_features
from unsculpt.metrics.divergence import Divergence, compare_spectra, floor, jensen_shannon, jsd, p_value, tilted
from unsculpt.metrics.efficiencies import accuracy, auc, cut_at_efficiency, efficiency, roc
from unsculpt.metrics.importance import permutation_importance
from unsculpt.metrics.points import Point, Settings, measure_point, to_json
from unsculpt.metrics.weighted import Histogram, Measured, correlation, effective_number, histogram, weighted_quantile

__all__ = [
    "Divergence",
    "Histogram",
    "Measured",
    "Point",
    "Settings",
    "accuracy",
    "auc",
    "compare_spectra",
    "correlation",
    "cut_at_efficiency",
    "describe_features",
    "effective_number",
    "efficiency",
    "floor",
    "histogram",
    "jensen_shannon",
    "jsd",
    "measure_point",
    "p_value",
    "permutation_importance",
    "roc",
    "tilted",
    "to_json",
    "weighted_quantile",
]
