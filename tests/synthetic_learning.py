"""Learning curves of the made-up study, as in summary.json."""

import synthetic_results


def measured(value, error, **names):
    return {"value": value, "error": error, "error_events": error, "error_training": None} | names


def curve(method, tag, best):
    """A point that learns from 100, 1000 and, in the study, 5000 events."""
    rows = []
    for i, events in enumerate((100, 1000, 5000)):
        rejections = [measured((3 - e) * 10 * (i + 1), 2.0, signal_efficiency=e) for e in (0.3, 0.5)]
        rows.append(
            {
                "events": {"signal": events + 7, "background": events},
                "trainings": 3 if i == 2 else 1,
                "of_study": i == 2,
            }
            | {"auc": measured(best - 0.1 * (2 - i), 0.01), "accuracy": measured(best - 0.2, 0.01)}
            | {"rejections": rejections}
        )
    return {"method": method, "strength": float(tag), "tag": tag, "curve": rows}


def points():
    return [curve("nn", "0", 0.9), curve("ann", "0.3", 0.8)]


def summary():
    """Content of summary.json."""
    result = synthetic_results.summary()
    result["backgrounds"]["ttyy"]["learning"] = points()
    return result
