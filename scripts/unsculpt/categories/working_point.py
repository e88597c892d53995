"""The working point: of all trained points, the most sensitive one that does not sculpt the background."""

from dataclasses import dataclass

from unsculpt import naming

FIT_P_VALUE_MIN = 0.01  # the sideband fit after the cut must describe the template at least this well
FIT_PULL_MAX = 3.0  # and extrapolate into the window within this many standard errors


@dataclass(frozen=True)
class Candidate:
    """A point of the grid as a candidate for the working point.

    method, strength, tag : which point.
    significance : combined expected significance of its best categories, on events that chose nothing.
    significance_optimised : the same on the events that chose the boundaries (optimistic).
    jsd_over_floor : Jensen-Shannon divergence of the passing background over its floor; None where the floor is 0.
    compatible : the ratio is at most what the study allows.
    passes : the sideband fit after the cut is good and finds the window's yield.
    """

    method: str
    strength: float
    tag: str
    significance: float
    significance_optimised: float
    jsd_over_floor: float | None
    compatible: bool
    passes: bool


def candidate(point, fit, *, significance, significance_optimised, jsd_over_floor_max):
    """Judge one point.

    Parameters
    ----------
    point : dict
        The point in the metrics JSON: method, strength, tag, jsd.
    fit : dict
        Its fits JSON: status, p_value, pull.
    significance, significance_optimised : float
    jsd_over_floor_max : float

    Returns
    -------
    Candidate
    """
    jsd = point["jsd"]
    ratio = jsd["value"] / jsd["floor"] if jsd["value"] is not None and jsd["floor"] else None
    numbers = fit["status"] == "fitted" and fit["p_value"] is not None and fit["pull"] is not None
    return Candidate(
        method=point["method"],
        strength=point["strength"],
        tag=point["tag"],
        significance=significance,
        significance_optimised=significance_optimised,
        jsd_over_floor=ratio,
        compatible=ratio is not None and ratio <= jsd_over_floor_max,
        passes=bool(numbers and fit["p_value"] > FIT_P_VALUE_MIN and abs(fit["pull"]) < FIT_PULL_MAX),
    )


def choose(candidates, *, methods, jsd_over_floor_max):
    """The working point and why.

    Parameters
    ----------
    candidates : list of Candidate
    methods : dict
        The sub-tree `methods` of the configuration, for their labels.
    jsd_over_floor_max : float

    Returns
    -------
    dict
        method, strength, tag, criterion and reason (sentences), qualified (False when no point met the criterion).
    """
    criterion = (
        f"Highest expected significance of the best categories among the points whose JSD is at most "
        f"{jsd_over_floor_max:g} times its floor and whose sideband fit has p > {FIT_P_VALUE_MIN:g} and a pull in the "
        f"window below {FIT_PULL_MAX:g}."
    )
    qualified = [c for c in candidates if c.compatible and c.passes and c.significance > 0]
    if qualified:
        best = max(qualified, key=lambda c: c.significance)
        reason = (
            f"{_name(best, methods)} is the most sensitive ({best.significance:.2f}) of the {len(qualified)} of "
            f"{len(candidates)} points that meet the criterion; its JSD is {best.jsd_over_floor:.1f} times its floor."
        )
    else:
        best = min(candidates, key=lambda c: float("inf") if c.jsd_over_floor is None else c.jsd_over_floor)
        reason = (
            f"None of the {len(candidates)} points meets the criterion ({sum(c.compatible for c in candidates)} by the "
            f"JSD, {sum(c.passes for c in candidates)} by the fit); {_name(best, methods)} is taken because its JSD is "
            f"closest to its floor ({_times(best.jsd_over_floor)})."
        )
    point = {name: getattr(best, name) for name in ("method", "strength", "tag")}
    return {**point, "criterion": criterion, "reason": reason, "qualified": bool(qualified)}


def _name(point, methods):
    """A point in words, for example `ANN at strength 30`."""
    return f"{naming.method_label(point.method, methods.get(point.method, {}))} at strength {point.tag}"


def _times(ratio):
    return "undefined" if ratio is None else f"{ratio:.1f} times"
