"""The working point: of all trained points, the best one whose sculpting is small enough.

The best is the most sensitive one; without categories, the one that rejects most.
"""

import logging
from dataclasses import asdict, dataclass

from scipy.stats import norm

from unsculpt import acceptance
from unsculpt.fits import FORGIVEN_ERRORS, PUBLISHED

_RUNNERS_UP = 10  # points listed beside the chosen one


@dataclass(frozen=True)
class Candidate:
    """A point of the grid as a candidate for the working point.

    method, strength, tag : which point.
    rejection : background rejection at the working signal efficiency; None where nothing passes.
    significance : combined expected significance of its best categories, on events that chose nothing; None in a study
        without categories, as is the next one.
    significance_optimised : the same on the events that chose the boundaries (optimistic).
    jsd_over_floor : Jensen-Shannon divergence of the passing background over its floor; None where it has none.
    compatible : the deviation of the spectrum is accepted.
    passes : the bias in the window and the sideband fit are accepted; None in a study without fits.
    acceptance : the verdict on the point, as `acceptance.judge` gives it.
    spurious_failed : names of the categories whose spurious signal is too large for the study's criterion.
    """

    method: str
    strength: float
    tag: str
    rejection: float | None
    significance: float | None
    significance_optimised: float | None
    jsd_over_floor: float | None
    compatible: bool
    passes: bool | None
    acceptance: dict
    spurious_failed: tuple = ()

    @property
    def accepted(self):
        """Whether what the point sculpts is shown to be within the tolerances."""
        return self.acceptance["verdict"] == acceptance.ACCEPTED

    @property
    def qualified(self):
        """Whether the point may be chosen."""
        return self.accepted and not self.spurious_failed and self.merit is not None and self.merit > 0

    @property
    def merit(self):
        """What is best when it is highest: the significance, or without categories the rejection."""
        return self.rejection if self.significance is None else self.significance


def candidate(
    point,
    fit,
    *,
    settings,
    significance=None,
    significance_optimised=None,
    categories=(),
    criteria=PUBLISHED,
):
    """Judge one point.

    Parameters
    ----------
    point : dict
        The point in the metrics JSON: method, strength, tag, rejection, jsd.
    fit : dict or None
        Its fits JSON; None in a study without fits.
    settings : dict
        The sub-tree `working_point` of the configuration.
    significance, significance_optimised : float or None
        Of its best categories.
    categories : list of dict
        Its category table: name, spurious_signal.
    criteria : fits.SpuriousCriteria, optional
        What a small spurious signal is.

    Returns
    -------
    Candidate
    """
    judged = acceptance.judge(point, fit, settings=settings)
    parts = [judged["bias_verdict"], judged["fit_verdict"]]
    return Candidate(
        method=point["method"],
        strength=point["strength"],
        tag=point["tag"],
        rejection=point["rejection"]["value"],
        significance=significance,
        significance_optimised=significance_optimised,
        jsd_over_floor=point["jsd"]["over_floor"]["value"],
        compatible=judged["deviation"]["verdict"] == acceptance.ACCEPTED,
        passes=None if fit is None else parts == [acceptance.ACCEPTED] * 2,
        acceptance=judged,
        spurious_failed=_spurious_failed(categories, settings["spurious_signal"], criteria),
    )


def _spurious_failed(categories, criterion, criteria):
    """Names of the categories that fail, or whose spurious signal is not known."""
    if criterion == "ignored":
        return ()
    errors = errors_allowed(len(categories)) if criterion == "relaxed" else 0.0
    return tuple(row["name"] for row in categories if not _passes(row["spurious_signal"], errors, criteria))


def _passes(found, errors, criteria):
    """Whether a spurious signal, less some errors of the template, is small against the signal or its error."""
    if found is None:
        return False
    rest = max(abs(found["n_sp"]) - errors * found["template_error"], 0.0)
    return criteria.passes(rest, expected_signal=found["expected_signal"], error=found["error"])


def errors_allowed(number):
    """Errors of the template that the relaxed criterion subtracts in each of a number of categories.

    Two for one category, as published; for more so many that the chance that any of them exceeds it stays 4.6 %.

    Examples
    --------
    >>> [round(float(errors_allowed(number)), 2) for number in (1, 3, 7)]
    [2.0, 2.43, 2.72]
    """
    return norm.isf(norm.sf(FORGIVEN_ERRORS) / max(number, 1))


def content(candidates, *, settings):
    """What the file of the working point holds: `working_point` (see `choose`), `candidates` with their `why_not`."""
    chosen = choose(candidates, settings=settings)
    logging.log(logging.INFO if chosen["qualified"] else logging.WARNING, "%s", chosen["reason"])
    best = next(c for c in candidates if (c.method, c.tag) == (chosen["method"], chosen["tag"]))
    table = [asdict(c) | {"why_not": why_not(c, best, settings)} for c in candidates]
    return {"working_point": chosen, "candidates": table}


def choose(candidates, *, settings):
    """The working point and why.

    Parameters
    ----------
    candidates : list of Candidate
    settings : dict
        The sub-tree `working_point` of the configuration.

    Returns
    -------
    dict
        method, strength, tag, criterion and reason (sentences), qualified (False when no point qualifies),
        runners_up (the best other points as dictionaries, each with its `why_not`).
    """
    qualified = [c for c in candidates if c.qualified]
    if qualified:
        best = max(qualified, key=lambda c: c.merit)
        reason = (
            f"{_name(best)} {_best_by(best)} of the {len(qualified)} of {len(candidates)} points that "
            f"qualify; its JSD is {best.jsd_over_floor:.1f} times its floor."
        )
    else:
        best = min(candidates, key=lambda c: float("inf") if c.jsd_over_floor is None else c.jsd_over_floor)
        reason = (
            f"None of the {len(candidates)} points qualifies ({_counts(candidates)}); {_name(best)} is taken "
            f"because its JSD is closest to its floor ({_times(best.jsd_over_floor)})."
        )
    point = {name: getattr(best, name) for name in ("method", "strength", "tag")}
    others = sorted((c for c in candidates if c is not best), key=lambda c: -(c.merit or 0))[:_RUNNERS_UP]
    runners_up = [asdict(c) | {"why_not": why_not(c, best, settings)} for c in others]
    about = {"criterion": _criterion(settings, best), "reason": reason, "qualified": bool(qualified)}
    return point | about | {"runners_up": runners_up}


def _best_by(best):
    """What makes a point the best, and whether that is the significance or the rejection."""
    if best.significance is not None:
        return f"is the most sensitive ({best.significance:.2f})"
    return f"has the highest background rejection ({best.rejection:.2f}; the study has no categories to compare)"


def _counts(candidates):
    """How many candidates have each verdict, and meet the spurious-signal criterion, in words."""
    verdicts = [c.acceptance["verdict"] for c in candidates]
    words = (acceptance.ACCEPTED, acceptance.UNDECIDED, acceptance.EXCLUDED)
    parts = [f"{verdicts.count(word)} {word}" for word in words]
    if candidates[0].significance is not None:
        parts.append(f"{sum(not c.spurious_failed for c in candidates)} free of spurious signal")
    return ", ".join(parts)


def why_not(point, best, settings):
    """Why a candidate is not the working point, in words; empty for the working point.

    Parameters
    ----------
    point, best : Candidate
    settings : dict
        The sub-tree `working_point` of the configuration.
    """
    if point == best:
        return ""
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
    behind = "less sensitive by" if point.significance is not None else "rejects less by"
    return f"{behind} {best.merit - point.merit:.2f}"


def _criterion(settings, best):
    """The criterion in a sentence; what the best point lacks, the study lacks."""
    asked = acceptance.criterion(settings, fitted=best.passes is not None)
    if best.significance is None:
        return f"Highest background rejection at the working signal efficiency among the accepted points: {asked}."
    spurious = {
        "required": "; all their categories meet the spurious-signal criterion",
        "relaxed": "; all their categories meet the relaxed spurious-signal criterion",
    }.get(settings["spurious_signal"], "")
    return f"Highest expected significance of the best categories among the accepted points: {asked}{spurious}."


def _name(point):
    """A point in words, for example `ann at strength 30`."""
    return f"{point.method} at strength {point.tag}"


def _times(ratio):
    return "undefined times" if ratio is None else f"{ratio:.1f} times"
