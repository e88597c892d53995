"""The made-up study of `synthetic_results` with scales of photons and jets as nuisances."""

import synthetic_results

SETTINGS = {
    "photon_scale": {"collection": "photon", "scale": 0.005},
    "jet_scale": {"collection": "jet", "scale": 0.03},
}


def points():
    """Of variations/{bkg}/{method}.json, all methods; stronger points move less."""
    names = [(m, s) for m, about in synthetic_results.METHODS.items() for s in about["strengths"]]
    return [_point(method, strength, 1 / (1 + i)) for i, (method, strength) in enumerate(names)]


def _point(method, strength, size):
    rows = []
    for name in SETTINGS:
        up, down = ({c: _side(sign * size / 50) for c in ("signal", "background")} for sign in (1, -1))
        of = {key: {"value": size / 50, "error": 0.001} for key in ("passing", "window", "efficiency")}
        information = {"value": size**2 / 99, "error": 1e-5, "floor": 1e-6, "p_value": 0.01}
        known = {"auc": {"value": 0.5 + size / 50, "error": 0.001}, "ceiling": 1.0986, "information": information}
        classes = {"size": of, "known": known}
        rows.append(
            {"name": name, "up": up, "down": down, **{k: {"signal": v, "background": v} for k, v in classes.items()}}
        )
    mu = {"counts": 0.3, "scales": size / 40, "total": (0.09 + size**2 / 1600) ** 0.5}
    about = {"method": method, "strength": strength, "tag": f"{strength:g}", "threshold": 0.5}
    return about | {"variations": rows, "mu": mu}


def _side(value):
    number = {"value": value, "error": 0.001}
    jsd = {"value": value**2, "error": 1e-5, "floor": 2e-5, "p_value": 0.01}
    same = dict.fromkeys(("selected", "passing", "window", "efficiency", "mass"), number)
    return same | {"channels": {}, "jsd": jsd}


def summary():
    """Content of summary.json."""
    result = synthetic_results.summary()
    events = {c: {"number": 900, "effective": 800.0} for c in ("signal", "background")}
    result["backgrounds"]["ttyy"]["variations"] = {"events": events, "copies": {}, "points": points()}
    return result | {"variations": SETTINGS}
