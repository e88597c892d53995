"""A made-up study of autoencoders: trained with and without signal, mapped, hunted in, and asked for other signals."""

import synthetic_results

AE = {"objective": "none", "strengths": [0], "task": "reconstruction", "architecture": "autoencoder"}
METHODS = {
    "mass": {"feature": "jet_mass", "sign": 1, "strengths": [0], "label": "Mass"},
    "ae": AE | {"label": "AE"},
    "ann": AE | {"objective": "adversarial", "strengths": [1, 3], "label": "ANN"},
    "ae_cdf": {"transform": "cdf", "of": "ae", "strengths": [0], "label": "AE + CDF"},
    "ae_1": AE | {"contamination": 0.01, "label": "AE, 1 %"},
    "ann_1": AE | {"objective": "adversarial", "strengths": [3], "contamination": 0.01, "label": "ANN, 1 %"},
    "ae_1_cdf": {"transform": "cdf", "of": "ae_1", "strengths": [0], "contamination": 0.01, "label": "AE, 1 %, + CDF"},
}
PROBES = {
    "scale": {"label": "Scale", "samples": {"dark_3": 3, "dark_1": 1}, "methods": ["ae", "ae_cdf"]},
    "w": {"label": "Mass", "samples": {"w": 80.4}},
}
POINTS = [(name, f"{strength:g}") for name, method in METHODS.items() for strength in method["strengths"]]


def hunt(method, tag, place, fitted=True):
    """A point of hunts/{bkg}/{method}.json."""
    share = METHODS[method].get("contamination", 0.0)
    found = {"function": "exp1", "expected": [2.0, 1.0], "p_value": 0.4, "window": [150.0, 180.0], "observed": 90.0}
    found |= {"background": 60.0 + place, "error": 3.0, "local": 2.0 + place, "global_p": 0.1, "toys": 200}
    found |= {"significance": 1.0 + place, "at_limit": bool(share), "signal": 1000 * share}
    spectrum = {"edges_gev": [100.0, 110.0, 120.0], "counts": [3.0, 1.0], "signal_counts": [0.0, 1.0]}
    about = {"method": method, "tag": tag, "contamination": share, "events": 1000, "signal": int(1000 * share)}
    about |= {"threshold": 0.98, "passing": 372.0, "passing_signal": 2000 * share}
    return about | spectrum | {"hunt": found if fitted else None}


def hunts():
    """Of hunts/{bkg}/{method}.json, all methods but the number alone; the spectrum of one is not fitted."""
    return [hunt(*name, i, fitted=name != ("ae_cdf", "0")) for i, name in enumerate(POINTS) if name[0] != "mass"]


def probes():
    """Of probes/{bkg}/{method}.json, the methods of some probe."""
    return [
        {
            "method": method,
            "tag": tag,
            "samples": {
                name: {"auc": {"value": 0.5 + 0.1 * i + 0.01 * j, "error": 0.02}, "events": 900}
                for j, name in enumerate(("dark_3", "dark_1", "w"))
            },
        }
        for i, (method, tag) in enumerate(POINTS[:3])
    ]


def summary():
    """Content of summary.json, without stages."""
    result = synthetic_results.leave_out(synthetic_results.summary(), "categories", "fits")
    content = result["backgrounds"]["ttyy"]
    for i, (method, tag) in enumerate(POINTS):
        loss = {"value": 0.03 + i / 100, "error": 0.001} if "objective" in METHODS[method] else None
        content["points"][i] |= {"method": method, "strength": float(tag), "tag": tag, "loss": loss}
    content["points"] = content["points"][: len(POINTS)]
    content |= {"hunts": hunts(), "probes": probes(), "candidates": []}
    content["working_point"] |= {"method": "ae_cdf", "strength": 0.0, "tag": "0"}
    result["backgrounds"] = {"ttyy": content}
    return result | {"probes": PROBES, "hunt": {"toys": 200}}
