"""The made-up study of `synthetic_results` with a nuisance: the significance of every point against its threshold."""

import numpy as np
import synthetic_results

SETTINGS = {
    **{"nuisance": "channel", "nominal": "clean", "signal_events": 100, "background_events": 1000},
    **{"thresholds": 21, "min_events": 50},
}
VALUES = ["clean", "crowded"]
X = np.linspace(0, 1, 21)


def content(seeds=5):
    """Of threshold/{bkg}.json; stronger points have higher and wider bands, and none at the highest thresholds."""
    names = [(m, s) for m, about in synthetic_results.METHODS.items() for s in about["strengths"]]
    points = [_point(method, strength, i, seeds) for i, (method, strength) in enumerate(names)]
    for i, point in enumerate(points):
        behind = {"value": points[-1]["quoted"]["value"] - point["quoted"]["value"], "error": 0.1}
        point |= {"best": i == len(points) - 1, "behind": behind}
    best = {key: points[-1][key] for key in ("method", "strength", "tag")} | {"found": 4.5, "quoted": 4.2}
    chosen = points[-1]["quoted"] | {"parts": [best, best], "reason": "DisCo has the highest AMS in both halves."}
    groups = {"signal": {"number": 900, "effective": 800.0}}
    groups["background"] = {value: {"number": 2000, "effective": 1500.0} for value in VALUES}
    about = {"background": "ttyy", "nuisance": "channel", "values": VALUES, "events": groups}
    names = [{"feature": "jet1_pt"}, *({key: point[key] for key in ("method", "tag")} for point in points)]
    about["shapes"] = [name | _shapes(i) for i, name in enumerate(names)]
    return about | {"points": points, "chosen": chosen, "provenance": {}}


def _shapes(place):
    """Of one feature or score, in four bins; later ones know less of the nuisance."""
    moved = 0.1 / (1 + place)
    of = {"clean": [0.1, 0.2, 0.3, 0.4], "crowded": [0.1 + moved, 0.2, 0.3, 0.4 - moved]}
    filled = {value: {"sumw": shares, "sumw2": [share**2 / 100 for share in shares]} for value, shares in of.items()}
    jsd = {"value": 0.01 / (1 + place), "floor": 0.001}
    return {
        "edges": [0, 1, 2, 3, 4],
        "signal": filled,
        "background": filled,
        "jsd": {"signal": None, "background": jsd},
    }


def _point(method, strength, place, seeds):
    peak = 3 + 0.1 * place
    ams = [float(value) if x < 0.9 else None for x, value in zip(X, peak * (1 - (X - 0.6) ** 2), strict=True)]
    spread = [None if value is None or seeds < 3 else 0.05 * (1 + place) for value in ams]
    events = [None if value is None else 0.08 for value in ams]
    curve = {"ams": ams, "spread": spread, "error_events": events, "of_seeds": [ams] * seeds}
    curve |= {"signal": (100 * (1 - X)).tolist(), "background": dict.fromkeys(VALUES, (1000 * (1 - X) ** 2).tolist())}
    number = {"value": peak, "error": 0.2, "error_events": 0.1, "error_training": 0.17}
    return {
        "method": method,
        "strength": strength,
        "tag": f"{strength:g}",
        "seeds": seeds,
        "max": number | {"of_seeds": [peak] * seeds},
        "threshold": 0.6,
        "signal_efficiency": 0.4,
        "quoted": number | {"value": peak - 0.1, "of_seeds": [peak - 0.1] * seeds},
        "plateau": 0.3,
        "auc": {"clean": {"value": 0.9, "error": 0.01}, "crowded": {"value": 0.85, "error": 0.02}},
        "curves": {
            "threshold": {"x": X.tolist()} | curve,
            "signal_efficiency": {"x": np.linspace(1, 1 / 21, 21).tolist()} | curve,
        },
    }


def summary():
    """Content of summary.json."""
    result, found = synthetic_results.summary(), content()
    points = [{key: value for key, value in point.items() if key != "curves"} for point in found["points"]]
    kept = {key: value for key, value in found.items() if key not in ("background", "provenance", "shapes")}
    result["backgrounds"]["ttyy"]["threshold"] = kept | {"points": points}
    return result | {"threshold": SETTINGS}
