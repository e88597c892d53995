"""A made-up study of the toy of known densities: what each score knows of z, and models beside exact classifiers."""

import numpy as np

from unsculpt import exact, metrics, naming

METHODS = {
    "nn": {"objective": "none", "strengths": [0], "label": "NN"},
    "ann": {"objective": "adversarial", "strengths": [3, 30], "label": "ANN"},
    "nn_cdf": {"transform": "cdf", "of": "nn", "strengths": [0], "label": "NN + CDF"},
}
SETTINGS = {
    "label": "Simulation",
    "luminosity_fb": 1.0,
    "blind": False,
    "mass": {
        "latex": "z", "unit": "", "min_gev": -5, "max_gev": 5, "window_gev": None, "bin_width_gev": 1,
    },
    "methods": METHODS,
    "samples": {"shifted": {"role": "signal"}, "fixed": {"role": "background"}},
    "backgrounds": {"fixed": ["fixed"]},
}  # fmt: skip


def contents(events=4000):
    """By method the content of exact/{bkg}/{method}.json: functions of x between all and nothing, twice each."""
    rng = np.random.default_rng(4)
    check = exact.draw({"events": events, "check_events": events, "values": [-1, 0, 1]}, rng)
    known = metrics.to_json(exact.classifiers(check, rng))
    found = {}
    for method, about in METHODS.items():
        points = []
        for strength in about["strengths"]:
            functions = [of_x(0.5 / (1 + strength) + 0.01 * number) for number in (0, 1)]
            probability = "objective" in about
            rows = [exact.judge(function, check, rng, probability=probability) for function in functions]
            tag = naming.strength_tag(strength)
            point = {"strength": strength, "tag": tag, "trainings": rows, "shown": exact.shown(functions[0], check)}
            points.append(point | {"median": exact.medians(rows)})
        found[method] = {"background": "fixed", "method": method, "points": metrics.to_json(points), "exact": known}
    return found


def of_x(slope):
    """A classifier that looks at the second coordinate with this weight."""
    return lambda x, z: 1 / (1 + np.exp(-(x[:, 0] + slope * x[:, 1] - 0.5).astype(float)))


def histories(epochs=6):
    """Contents of training/{bkg}/{method}/{part}.json of both networks."""
    losses = np.linspace(0.7, 0.58, epochs)
    found = []
    for method, entropy in (("nn", None), ("ann", float(np.log(32)))):
        models = [
            {
                **{"strength": strength, "tag": naming.strength_tag(strength), "fold": fold, "channel": "all"},
                "epochs": list(range(1, epochs + 1)),
                "best_epoch": epochs,
                "classifier_validation": (losses + 0.01 * fold).tolist(),
                "adversary_validation": [entropy - 0.03 / (epoch + 1) for epoch in range(epochs)] if entropy else [],
            }
            for strength in METHODS[method]["strengths"]
            for fold in range(2)
        ]
        found.append({"method": method, "part": 0, "reference": {"entropy": entropy}, "models": models})
    return found


def points():
    """The points of independence/{bkg}/{method}.json of all methods."""
    found = []
    for method, about in METHODS.items():
        for strength in about["strengths"]:
            value = 0.2 / (1 + strength)
            distance = {"value": value, "error": 0.004, "floor": 0.01, "over_floor": value / 0.01}
            row = {"name": "z", "column": "mass", "events": "all", "pairs": [], "seeds": []}
            row |= {"ks": distance, "jsd": distance, "cross_entropy": {"value": 0.6 - value, "error": 0.002}}
            row |= {"information": {"value": value**2, "error": 1e-3}, "adversary": None}
            tag = naming.strength_tag(strength)
            found.append({"method": method, "strength": strength, "tag": tag, "independence": [row]})
    return found
