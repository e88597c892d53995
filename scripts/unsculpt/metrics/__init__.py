"""What a selection does: efficiencies, the divergence of mass spectra with its floor, and their errors.

`efficiencies` holds the ROC curve and cuts, `divergence` the Jensen-Shannon divergence, `floors` what statistics alone
make of it, `sculpting` all divergences of a selection, `composition` the samples of a background, `dependence`
correlations and profiles, `bootstrap` the replicas, `passing` what passes one cut, `points` all numbers of one score,
`ranges` those in ranges of other columns, `folds` those of each fold, `seeds` those of several trainings, `comparison`
the methods side by side, `importance` and `describe` those of the features. Sums of weights are in `weighted`, before
all of them.
"""

from unsculpt.metrics.comparison import compare
from unsculpt.metrics.composition import composition_divergence, samples_of
from unsculpt.metrics.dependence import Dependence, distance_correlation, profile
from unsculpt.metrics.describe import describe_features
from unsculpt.metrics.divergence import Divergence, compare_spectra, jsd, over_floor
from unsculpt.metrics.efficiencies import accuracy, cut_at_efficiency, efficiency, roc
from unsculpt.metrics.floors import Unsculpted, floor, p_value, unsculpted
from unsculpt.metrics.importance import permutation_importance
from unsculpt.metrics.points import Point, Settings, measure_point, to_json
from unsculpt.metrics.ranges import InRange, measure_ranges
from unsculpt.metrics.sculpting import divergences, scaled_divergences
from unsculpt.metrics.seeds import over_seeds, with_seeds
from unsculpt.metrics.shannon import jensen_shannon, tilted
from unsculpt.weighted import (
    Histogram,
    Measured,
    attempt,
    auc,
    correlation,
    effective_number,
    histogram,
    weighted_quantile,
)

__all__ = [
    "Dependence",
    "Divergence",
    "Histogram",
    "InRange",
    "Measured",
    "Point",
    "Settings",
    "Unsculpted",
    "accuracy",
    "attempt",
    "auc",
    "compare",
    "compare_spectra",
    "composition_divergence",
    "correlation",
    "cut_at_efficiency",
    "describe_features",
    "distance_correlation",
    "divergences",
    "effective_number",
    "efficiency",
    "floor",
    "histogram",
    "jensen_shannon",
    "jsd",
    "measure_point",
    "measure_ranges",
    "over_floor",
    "over_seeds",
    "p_value",
    "permutation_importance",
    "profile",
    "roc",
    "samples_of",
    "scaled_divergences",
    "tilted",
    "to_json",
    "unsculpted",
    "weighted_quantile",
    "with_seeds",
]
