"""What the explorer of the report shows of every point, in few bytes: spectrum, sideband fit, ROC curve and numbers."""

import json

from unsculpt import axes, formulas, tables, wording
from unsculpt.naming import method_label, plain_method

DIGITS = 4  # significant digits of a curve


def content(background, metrics, fits, *, methods, mass, ranges=None):
    """Curves and words of all points of one background hypothesis.

    Parameters
    ----------
    background : dict
        This background in summary.json: its points give the words.
    metrics : list of dict
        The metrics JSON of every method, in any order.
    fits : list of dict
        The fits JSON of every point, in any order; none in a study without fits.
    methods, mass : dict
        These parts of the configuration.
    ranges : dict, optional
        Those of summary.json, if the points have such.

    Returns
    -------
    dict
        Ready for JSON; `points` in the order of the summary, `chosen` and `plain` are indices into it.
    """
    measured = {(table["method"], point["tag"]): point for table in metrics for point in table["points"]}
    fitted = {(fit["method"], fit["tag"]): fit for fit in fits}
    points, wanted = background["points"], background["working_point"]
    keys = [(point["method"], point["tag"]) for point in points]
    spectra = measured[keys[0]]["curves"]["spectra"]
    width, unit = mass["bin_width_gev"], mass.get("unit", "GeV")
    plain = [i for i, (method, _) in enumerate(keys) if method == plain_method(methods)]
    return {
        "edges": spectra["edges_gev"],
        "window": axes.mass(mass).window,
        "fits": bool(fitted),
        "inclusive": _short(spectra["inclusive"]["sumw"]),
        "mass": f"Mass [{unit}]" if unit else "Protected variable",
        "density": f"Events / {'' if width == 1 and unit else f'{width:g} '}{unit}".rstrip(),
        "methods": [[name, formulas.plain(method_label(name, methods.get(name, {})))] for name in dict(keys)],
        "plain": plain[0] if plain else 0,
        "chosen": keys.index((wanted["method"], wanted["tag"])),
        "points": [
            _point(point, measured[key]["curves"], fitted.get(key), methods)
            for point, key in zip(points, keys, strict=True)
        ],
        **({"ranges": _ranges(points[0], ranges)} if ranges else {}),
    }


def _ranges(point, ranges):
    """Column, range and cut on the mass in words of each entry of the ranges of a point."""
    rows = []
    for entry in point["ranges"]:
        about = ranges[entry["name"]]
        unit = f" {about['unit']}" if about["unit"] else ""
        cut = entry["mass_cut_gev"]
        span = "–".join(map(wording.number, (entry["low"], entry["high"])))
        rows.append([about["column"], f"{span}{unit}", "–".join(map(wording.number, cut)) if cut else "none"])
    return rows


def _point(point, curves, fit, methods):
    """Curves and words of one point."""
    spectrum, model, roc = curves["spectra"]["pass"], (fit or {}).get("model"), curves["roc"]
    expected = {"expected": _short(model["expected"]), "band": _short(model["error"])} if model else {"expected": None}
    return {
        "method": point["method"],
        "tag": point["tag"],
        "label": formulas.plain(tables.point_label(point, methods)),
        "pass": _short(spectrum["sumw"]),
        "error": _short([max(square, 0) ** 0.5 for square in spectrum["sumw2"]]),
        **expected,
        "roc": [_short(roc["signal_efficiency"]), _short(roc["background_efficiency"])],
        "cut": [point["signal_efficiency"]["value"], point["rejection"]["value"]],
        "words": _words(point),
        **({"ranges": [_in_range(entry) for entry in point["ranges"]]} if point.get("ranges") else {}),
    }


def _in_range(entry):
    """Rejection, 1/JSD and 1/floor of an entry in words."""
    inverse = entry["inverse_jsd"]
    return [wording.measurement(entry["rejection"]), wording.measurement(inverse), wording.number(inverse["limit"])]


def _words(point):
    """The most important numbers of a point, from the summary."""
    fit, spurious = point["fit"], point["spurious_signal"]
    words = [
        ["AUC", wording.measurement(point["auc"])],
        ["Rejection", wording.measurement(point["rejection"])],
        ["JSD", wording.divergence(point["jsd"])],
    ]
    if fit:
        words.append(["Window, predicted for template", _window(fit)])
    if spurious:
        words.append(["Spurious signal over its error", wording.number(spurious["n_sp_over_error"], 2)])
    return words


def _window(fit):
    """What a sideband fit predicts in the window, for what is there."""
    if fit["status"] != "fitted":
        return "not fitted"
    simulated = wording.measurement(fit["window_simulated"])
    return f"{wording.measurement(fit['window_yield'])} for {simulated} (pull {wording.number(fit['pull'], 2)})"


def _short(values):
    """Numbers with few digits; null becomes zero, which the ROC curve leaves out."""
    return [float(f"{value or 0:.{DIGITS}g}") for value in values]


def script(content):
    """JSON that may stand inside a script element: no `<` can end it."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
