"""The made-up study of `synthetic_results` with ranges of another column: every point once more in each of them."""

import synthetic_results

ABOUT = {"column": "jet1_pt", "edges": [0, 50, 100, 400], "mass_cut_gev": [110, 140], "latex": "p_T", "unit": "GeV"}
CUTS = (None, [110, 140])


def points():
    """The points of all methods, with ranges; each has fewer events than the one below."""
    found = [point for method in synthetic_results.METHODS for point in synthetic_results.metrics(method)["points"]]
    return [point | {"ranges": _ranges(point)} for point in found]


def _ranges(point):
    entries = []
    for i, (low, high) in enumerate(zip(ABOUT["edges"], ABOUT["edges"][1:], strict=False)):
        for cut in CUTS:
            jsd, scale = point["jsd"], 1 + 0.3 * i + (cut is not None)
            floor = jsd["floor"] * (1 + i)
            value = jsd["value"] + floor
            entries.append(
                {
                    **{"name": "pt", "column": ABOUT["column"], "low": low, "high": high, "mass_cut_gev": cut},
                    "rejection": {key: value * scale for key, value in point["rejection"].items()},
                    "jsd": jsd | {"value": value, "floor": floor},
                    "inverse_jsd": {"value": 1 / value, "error": 0.1 / value, "limit": 1 / floor},
                }
            )
    return entries


def summary():
    """Content of summary.json."""
    content = synthetic_results.summary()
    for point, ranged in zip(content["backgrounds"]["ttyy"]["points"], points(), strict=True):
        point["ranges"] = ranged["ranges"]
    return content | {"ranges": {"pt": ABOUT}}


def without(entry):
    """An entry of a range that has no numbers."""
    nothing = {"value": None, "error": None}
    return entry | {
        "rejection": nothing,
        "jsd": entry["jsd"] | nothing | {"floor": None},
        "inverse_jsd": nothing | {"limit": None},
    }
