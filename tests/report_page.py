"""The report page of the made-up study."""

import synthetic_results

from unsculpt import explorer, report

OF_SOMETHING = (
    "training",
    "weighting",
    "posterior",
    *("pictures", "images"),
    "probes",
    *("hunt_spectra", "hunt_significance"),
    "map",
    "tuning",
    "workflow",
    "robustness",
    "planes",
    *("threshold", "nuisance"),
    *("independence", "exact_panels", "exact_losses", "exact_plane"),
    *("variations", "learning"),
    "combinations",
)  # not one of each background
FIGURES = [name for name in report.captions() if name not in OF_SOMETHING]


def page_of(summary, figures, methods=None):
    """The page of a summary with these figures, by background and name; with other methods it has no explorer."""
    metrics, fits = synthetic_results.curves()
    ranges, own = summary.get("ranges"), synthetic_results.METHODS
    curves = {
        name: explorer.content(background, metrics, fits, methods=own, mass=synthetic_results.MASS, ranges=ranges)
        for name, background in ({} if methods else summary["backgrounds"]).items()
    }
    provenance = {
        "seed": 1,
        "config": "study: toy",
        "workflow": figures["ttyy"]["mass"],
        "timings": [("train_models", 6, 190.2, 40.1, 512.0)],
    }
    return report.build(summary, figures, methods=methods or own, curves=curves, provenance=provenance)
