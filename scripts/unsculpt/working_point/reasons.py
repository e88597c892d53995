"""Why a point is the working point, or is not, in words."""

from unsculpt import acceptance


def best_by(best, found):
    """What makes a point the best, and whether that is the significance or the rejection."""
    number = f"{best.merit:.2f}" + ("" if best.merit_error is None else f" ± {best.merit_error:.2f}")
    alone = len(found.equal) == 1
    if best.significance is not None:
        return f"is {'the' if alone else 'one of the'} most sensitive ({number})"
    words = "has the highest background rejection" if alone else "has one of the highest background rejections"
    return f"{words} ({number}; the study has no categories to compare)"


def tie(best, found):
    """Why a point is taken of several that are equal."""
    if len(found.equal) == 1:
        return ""
    why = "its background functions have fewest parameters" if found.simplest else "it comes first in the study"
    return f", {len(found.equal)} of which cannot be told apart within their errors, and {why}"


def counts(candidates):
    """How many candidates have each verdict, and meet the spurious-signal criterion, in words."""
    verdicts = [c.acceptance["verdict"] for c in candidates]
    words = (acceptance.ACCEPTED, acceptance.UNDECIDED, acceptance.EXCLUDED)
    parts = [f"{verdicts.count(word)} {word}" for word in words]
    if candidates[0].significance is not None:
        parts.append(f"{sum(not c.spurious_failed for c in candidates)} free of spurious signal")
    return ", ".join(parts)


def why_not(point, best, settings, *, equal, behind, behind_error):
    """Why a candidate is not the working point, in words.

    Parameters
    ----------
    point, best : Candidate
    settings : dict
        The sub-tree `working_point` of the configuration.
    equal, behind, behind_error
        As in `compared`.
    """
    reasons = []
    if not (point.merit or 0) > 0:
        unknown = "no category with a significance" if point.significance is not None else "no background rejection"
        reasons.append(unknown)
    if not point.accepted:
        reasons.append(acceptance.describe(point.acceptance))
    if point.spurious_failed:
        reasons.append(f"spurious signal too large in {', '.join(point.spurious_failed)}")
    if reasons:
        return "; ".join(reasons)
    number = f"{behind:.2f}" + (f" ± {behind_error:.2f}" if behind_error > 0 else "")
    if equal:
        more = (point.function_parameters or 0) > (best.function_parameters or 0)
        why = "its background functions have more parameters" if more else "it comes later in the study"
        return f"equal within the error ({number} behind the best), but {why}"
    return f"{'less sensitive' if point.significance is not None else 'rejects less'} by {number}"


def criterion(settings, best):
    """The criterion in a sentence; what the best point lacks, the study lacks."""
    asked = acceptance.criterion(settings, fitted=best.passes is not None)
    if best.significance is None:
        return f"Highest background rejection at the working signal efficiency among the accepted points: {asked}."
    spurious = {
        "required": "; all their categories meet the spurious-signal criterion",
        "relaxed": "; all their categories meet the relaxed spurious-signal criterion",
    }.get(settings["spurious_signal"], "")
    return f"Highest expected significance of the best categories among the accepted points: {asked}{spurious}."


def name(point):
    """A point in words, for example `ann at strength 30`."""
    return f"{point.method} at strength {point.tag}"


def times(ratio):
    return "undefined times" if ratio is None else f"{ratio:.1f} times"
