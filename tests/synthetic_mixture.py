"""A made-up study of a background of two samples: `synthetic_results` with what a mixture adds."""

import numpy as np
import synthetic_results
from synthetic_results import EDGES

SAMPLES = synthetic_results.SAMPLES | {"ntni": {"role": "background", "latex": "NTNI"}}
BACKGROUNDS = {"continuum": ["ttyy", "ntni"]}
SETTINGS = synthetic_results.SETTINGS | {"samples": SAMPLES, "backgrounds": BACKGROUNDS}
MERGED = EDGES[::5]
FLOORS = {"floor_equal_efficiencies": 1e-6, "floor_equal_shapes": 2e-6}  # of jsd_composition


def _number(value, error):
    return {"value": float(value), "error": float(error)}


def _split(background, share):
    """The samples of a background, the first with this share in each bin."""
    parts = {"ttyy": share, "ntni": 1 - np.asarray(share)}
    return {
        name: {key: (np.array(background[key]) * part).tolist() for key in ("sumw", "sumw2")}
        for name, part in parts.items()
    }


def _falling(bins):
    return np.linspace(0.7, 0.4, bins)


def features():
    content = synthetic_results.features()
    for histogram in [content["mass"], *(entry["histogram"] for entry in content["features"])]:
        histogram["samples"] = _split(histogram["background"], _falling(len(histogram["background"]["sumw"])))
    return content


def _with_samples(point):
    efficiency, jsd = point["background_efficiency"]["value"], point["jsd"]
    after = min(0.9, 0.35 + 0.5 * efficiency)
    profile = {
        name: {
            "before": {"value": before.tolist(), "error": [0.01] * len(before)},
            "after": {"value": later.tolist(), "error": [0.03] * len(later)},
        }
        for name, before, later in zip(
            BACKGROUNDS["continuum"],
            (_falling(len(MERGED) - 1), 1 - _falling(len(MERGED) - 1)),
            (0.7 * _falling(len(MERGED) - 1), 1 - 0.7 * _falling(len(MERGED) - 1)),
            strict=True,
        )
    }
    return point | {
        "samples": [
            {
                "name": name,
                "share_before": _number(before, 0.006),
                "share_after": _number(later, 0.011),
                "background_efficiency": _number(efficiency * later / before, 0.004),
                "jsd": jsd | {"value": 0.6 * jsd["value"], "floor": 2 * jsd["floor"]},
            }
            for name, before, later in (("ttyy", 0.55, after), ("ntni", 0.45, 1 - after))
        ],
        "jsd_composition": jsd | {"value": 0.2 * jsd["value"], "floor": 2e-6, **FLOORS},
        "curves": point["curves"] | {"composition": {"edges_gev": MERGED.tolist(), "samples": profile}},
    }


def points():
    return [
        _with_samples(p) for method in synthetic_results.METHODS for p in synthetic_results.metrics(method)["points"]
    ]


def categories():
    table = synthetic_results.categories()
    for row in table["categories"]:
        spectrum = row["spectrum"]
        spectrum["samples"] = _split(spectrum["background"], _falling(len(EDGES) - 1))
        row["samples"] = {
            name: _number(share * row["background"], 2.0) | {"share": _number(share, 0.02)}
            for name, share in (("ttyy", 0.6), ("ntni", 0.4))
        }
    return table


def summary():
    """Content of summary.json of the one hypothesis `continuum`."""
    content = synthetic_results.summary(("continuum",))
    content["samples"]["ntni"] = content["samples"]["ttyy"] | {"description": "Photons that are not tight."}
    background = content["backgrounds"]["continuum"]
    background["points"] = [
        {**bare, **{key: mixed[key] for key in ("samples", "jsd_composition")}}
        for bare, mixed in zip(background["points"], points(), strict=True)
    ]
    background["categories"] = [
        {key: value for key, value in row.items() if key not in ("spectrum", "model")}
        for row in categories()["categories"]
    ]
    return content
