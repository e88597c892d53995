"""All methods side by side: which selects best without sculpting, how far from the floor, how far from the limit.

Of each method the point of highest rejection counts that meets a criterion: the published one on the spurious signal
of the sideband fit, its relaxed form, or the acceptance of this study. Where the signal outnumbers the background the
published one forgives much, since a tenth of the signal meets it; so who is best by it is not always accepted. The
limit is the method that none should beat without sculpting: signal against background at the mass of the signal, with
a threshold that follows the mass (`window` + `cdf`). Both are trained on finite samples, so another method can come out
above it.
"""

from unsculpt import acceptance
from unsculpt.errors import InputError
from unsculpt.naming import method_kind

NOT_FITTED = {"status": "not_fitted", "reason": "", "p_value": None}  # a point whose fit is not given
_NOTHING = {"value": None, "error": None}
# Who wins: the key of a row that says whether it takes part, and what it then does.
_WINNERS = {
    "best": ("passes", "meets the spurious-signal criterion"),
    "best_relaxed": ("passes_relaxed", "meets the relaxed spurious-signal criterion"),
    "best_unsculpted": ("unsculpted", "is accepted"),
}
_BY_JSD = ("unsculpted", "is accepted (by its JSD, as the study has no fits)")


def limit_method(methods):
    """Name of the method that draws the limit: the conditional CDF of a classifier trained in the window; or None.

    Examples
    --------
    >>> limit_method({"w": {"objective": "none", "train_in": "window"}, "w_cdf": {"transform": "cdf", "of": "w"}})
    'w_cdf'
    """
    for name, method in methods.items():
        base = methods.get(method.get("of"), {})
        in_mass = method.get("protected", ["mass"]) == ["mass"]
        if method.get("transform") == "cdf" and in_mass and base.get("train_in") == "window":
            return name
    return None


def compare(points, fits, *, methods, of_expected, of_error, settings):
    """The comparison of all methods against one background.

    Parameters
    ----------
    points : list of dict
        The points of all metrics JSON.
    fits : dict or None
        By (method, tag) the content of the fits JSON; its `spurious_signal` may be null or absent. None in a study
        without fits: then only the JSD tells who is accepted, and all who win are the same.
    methods : dict
        The sub-tree `methods` of the configuration.
    of_expected, of_error : float
        What the fits were judged by: a spurious signal below these fractions of the expected signal or of its error.
    settings : dict
        The sub-tree `working_point` of the configuration: what is accepted.

    Returns
    -------
    dict
        criterion (a sentence), of_error, signal_efficiency, limit (a row, or None), points (a row for each point),
        methods (for each its best and its strongest point, those that meet the criterion first, the highest rejection
        first), best (the winner with its reason), best_relaxed (the same when two errors of the template are forgiven)
        and best_unsculpted (of the accepted ones). docs/metrics.md has the keys of a row.
    """
    if not points:
        raise InputError("compare: there are no points; measure at least one method")
    limit = _limit(points, methods)
    winners = _WINNERS if fits is not None else dict.fromkeys(_WINNERS, _BY_JSD)
    rows = [_row(point, fits, limit, settings) for point in points]
    for row, p_value in zip(rows, acceptance.corrected([row["jsd"]["p_value"] for row in rows]), strict=True):
        row["jsd"]["p_value_corrected"] = p_value
        row["sculpts"] = None if p_value is None else p_value < acceptance.SIGNIFICANT
    table = [_method(name, [row for row in rows if row["method"] == name], methods, winners) for name in methods]
    table.sort(key=lambda entry: [-_rejection(entry[key]) for key in _WINNERS])
    efficiency = points[0]["signal_efficiency"]["value"]
    judged = {key: any(row[verdict] is not None for row in rows) for key, (verdict, _) in winners.items()}
    winners = {
        key: _winner(key, criterion, table, methods, efficiency, judged[key]) for key, (_, criterion) in winners.items()
    }
    for entry in table:
        entry |= {f"behind_{key}": _behind(entry[key], winners[key]) for key in _WINNERS}
    return {
        "criterion": _criterion(fits, of_expected, of_error),
        "of_error": of_error,
        "jsd_over_floor_max": None,  # of former versions
        "accepted": f"Accepted: {acceptance.criterion(settings, fitted=fits is not None)}.",
        "signal_efficiency": efficiency,
        "limit": next((row for row in rows if limit is not None and _same(row, limit)), None),
        "points": rows,
        "methods": table,
        **winners,
    }


def _criterion(fits, of_expected, of_error):
    """The criterion in a sentence."""
    if fits is None:
        return "The study has no fits, so no spurious signal: the JSD alone tells who is accepted."
    return (
        f"Spurious signal below {of_expected:.0%} of the expected signal or below {of_error:.0%} of its "
        "statistical error; the relaxed criterion first subtracts two errors of the template."
    )


def _limit(points, methods):
    """The point of the limit method, the one of highest rejection if it has several."""
    name = limit_method(methods)
    own = [point for point in points if point["method"] == name and point["rejection"]["value"] is not None]
    return max(own, key=lambda point: point["rejection"]["value"], default=None)


def _row(point, fits, limit, settings):
    """The numbers of a point that are compared."""
    fit = (fits or {}).get((point["method"], point["tag"]))
    judged = acceptance.judge(point, None if fits is None else fit or NOT_FITTED, settings=settings)
    jsd, beyond = point["jsd"], point["jsd_beyond_slope"]
    rejection = _with_seeds(point, "rejection")
    spurious = (fit or {}).get("spurious_signal") or {}
    over_floor, passes = jsd["over_floor"], spurious.get("passes")
    relaxed = spurious.get("passes_relaxed", passes)
    return {
        **{key: point[key] for key in ("method", "strength", "tag")},
        "auc": _with_seeds(point, "auc"),
        "rejection": rejection,
        "seeds": (point.get("seeds") or {}).get("number", 1),
        "jsd": _with_seeds(point, "jsd") | {key: jsd[key] for key in ("floor", "p_value")},
        "jsd_over_floor": over_floor,
        "jsd_beyond_slope_over_floor": beyond["over_floor"],
        "rejection_over_limit": _ratio(rejection, _with_seeds(limit, "rejection")) if limit else _NOTHING,
        "n_sp_over_error": _spurious(spurious),
        "passes": passes,
        "passes_relaxed": relaxed,
        "unsculpted": judged["verdict"] == acceptance.ACCEPTED,
        "acceptance": judged,
    }


def _with_seeds(point, name):
    """A number of a point; its error holds that of training."""
    return {key: point[name][key] for key in ("value", "error")}


def _ratio(first, second):
    """Ratio of two measurements, their errors taken as independent."""
    if None in (first["value"], first["error"], second["value"], second["error"]) or not second["value"]:
        return dict(_NOTHING)
    ratio = first["value"] / second["value"]
    relative = ((first["error"] / first["value"]) ** 2 + (second["error"] / second["value"]) ** 2) ** 0.5
    return {"value": ratio, "error": ratio * relative}


def _spurious(spurious):
    """Magnitude of the spurious signal over the error of a signal, and its error by the statistics of the template."""
    ratio, number, error = (spurious.get(key) for key in ("n_sp_over_error", "n_sp", "template_error"))
    if ratio is None:
        return dict(_NOTHING)
    known = number and error is not None
    return {"value": abs(ratio), "error": abs(error * ratio / number) if known else None}


def _method(name, rows, methods, winners):
    """A method: how many of its points meet each criterion, the best of those, and the one of the highest strength."""
    good = [row for row in rows if row["rejection"]["value"] is not None]
    passing = {key: [row for row in good if row[verdict]] for key, (verdict, _) in winners.items()}
    return {
        "method": name,
        "kind": method_kind(methods[name]),
        "points": len(rows),
        "judged": sum(row[winners["best"][0]] is not None for row in rows),
        "passing": len(passing["best"]),
        "passing_relaxed": len(passing["best_relaxed"]),
        **{key: max(found, key=_rejection, default=None) for key, found in passing.items()},
        "strongest": max(rows, key=lambda row: row["strength"], default=None),
    }


def _winner(key, criterion, table, methods, efficiency, judged):
    """The point of highest rejection of those that count, and the sentence that says so."""
    counting = [entry for entry in table if entry[key] is not None]
    if not counting:
        why = f"no point {criterion}" if judged else "no spurious signal was measured"
        return {"method": None, "tag": None, "rejection": dict(_NOTHING), "reason": f"No method is the best: {why}."}
    first = max(counting, key=lambda entry: _rejection(entry[key]))
    row = first[key]
    error = row["rejection"]["error"]
    number = f"{row['rejection']['value']:.2f}" + ("" if error is None else f" ± {error:.2f}")
    strength = "" if len(methods[first["method"]].get("strengths", [0])) == 1 else f" at strength {row['tag']}"
    reason = (
        f"{first['method']}{strength} has the highest background rejection, {number} at a signal efficiency of "
        f"{efficiency:.2g}, of the {len(counting)} of {len(table)} methods with a point that {criterion}."
    )
    if not row["unsculpted"]:
        reason += f" It is not accepted; {acceptance.describe(row['acceptance'])}."
    return {"method": first["method"], "tag": row["tag"], "rejection": row["rejection"], "reason": reason}


def _behind(row, best):
    """How far a point lies behind the best, in rejection and in its error (of independent samples: an upper limit)."""
    if row is None or best["method"] is None:
        return {"value": None, "error": None}
    errors = [number["error"] or 0.0 for number in (row["rejection"], best["rejection"])]
    same = _same(row, best)
    return {
        "value": best["rejection"]["value"] - row["rejection"]["value"],
        "error": 0.0 if same else (errors[0] ** 2 + errors[1] ** 2) ** 0.5,
    }


def _rejection(row):
    value = None if row is None else row["rejection"]["value"]
    return -1.0 if value is None else value


def _same(first, second):
    return first["method"] == second["method"] and first["tag"] == second["tag"]
