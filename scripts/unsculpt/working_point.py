"""The working point: of all trained points, the best one whose sculpting is small enough.

The best is the most sensitive one; without categories, the one that rejects most. Of points that cannot be told from
the best the simplest is taken.
"""

import logging
from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import norm

from unsculpt import acceptance, ranking, shapes
from unsculpt.fits import FORGIVEN_ERRORS, PUBLISHED

_RUNNERS_UP = 10  # points listed beside the chosen one


@dataclass(frozen=True)
class Candidate:
    """A point of the grid as a candidate for the working point.

    method, strength, tag : which point.
    rejection : background rejection at the working signal efficiency; None where nothing passes.
    significance : combined expected significance of its best categories, on events that did not find them; None in a
        study without categories, as are the next ones.
    significance_error : its error, from the statistics of the simulation.
    significance_optimised : the same on the events that found the boundaries (optimistic).
    jsd_over_floor : Jensen-Shannon divergence of the passing background over its floor; None where it has none.
    compatible : the deviation of the spectrum is accepted.
    passes : the bias in the window and the sideband fit are accepted; None in a study without fits.
    acceptance : the verdict on the point, as `acceptance.judge` gives it.
    spurious_failed : names of the categories whose spurious signal is too large for the study's criterion.
    rejection_error : standard error of the rejection.
    function_parameters : of the background function with most parameters that its categories need, or without
        categories that of its fit; None where there is none.
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
    significance_error: float | None = None
    rejection_error: float | None = None
    function_parameters: int | None = None

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

    @property
    def merit_error(self):
        """Standard error of the merit; None where it is not known."""
        return self.rejection_error if self.significance is None else self.significance_error


def candidate(
    point,
    fit,
    *,
    settings,
    significance=None,
    significance_error=None,
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
    significance, significance_error, significance_optimised : float or None
        Of its best categories.
    categories : list of dict
        Its category table: name, function, spurious_signal.
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
        significance_error=significance_error,
        rejection_error=point["rejection"]["error"],
        function_parameters=_function_parameters(categories or ([] if fit is None else [fit])),
    )


def _function_parameters(fitted):
    """Parameters of the function with most of them; None where nothing has one."""
    names = [row["function"] for row in fitted if row.get("function")]
    return max((shapes.function(name).parameters for name in names), default=None)


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


def content(candidates, *, settings, replicas=None):
    """What the file of the working point holds: `working_point` (see `choose`), and `candidates`, each `compared`."""
    chosen = choose(candidates, settings=settings, replicas=replicas)
    logging.log(logging.INFO if chosen["qualified"] else logging.WARNING, "%s", chosen["reason"])
    return {"working_point": chosen, "candidates": compared(candidates, settings=settings, replicas=replicas)}


def rank(candidates, replicas=None):
    """Which candidate is the working point, and which are equal to the best.

    Parameters
    ----------
    candidates : list of Candidate
        In the order of the study.
    replicas : float array, shape (r, n), optional
        Their merits in the replicas of a paired bootstrap.

    Returns
    -------
    ranking.Ranking
        Without a point that qualifies, the one whose JSD is closest to its floor, equal to none.
    """
    qualified = np.array([c.qualified for c in candidates])
    if not qualified.any():
        ratios = [np.inf if c.jsd_over_floor is None else c.jsd_over_floor for c in candidates]
        nearest = int(np.argmin(ratios))
        return ranking.Ranking(nearest, nearest, (), False)
    parameters = [c.function_parameters or 0 for c in candidates]
    return ranking.take(_merits(candidates), qualified, parameters, errors=_errors(candidates), replicas=replicas)


def _merits(candidates):
    return np.array([c.merit or 0.0 for c in candidates])


def _errors(candidates):
    return np.array([c.merit_error or 0.0 for c in candidates])


def choose(candidates, *, settings, replicas=None):
    """The working point and why.

    Parameters
    ----------
    candidates, replicas
        As in `rank`.
    settings : dict
        The sub-tree `working_point` of the configuration.

    Returns
    -------
    dict
        method, strength, tag, criterion and reason (sentences), qualified (False when no point qualifies),
        equal (names of the points that are as good, itself included), runners_up (the best other points, `compared`).
    """
    found, qualified = rank(candidates, replicas), sum(c.qualified for c in candidates)
    best = candidates[found.taken]
    if qualified:
        reason = (
            f"{_name(best)} {_best_by(best, found)} of the {qualified} of {len(candidates)} points that "
            f"qualify{_tie(best, found)}; its JSD is {best.jsd_over_floor:.1f} times its floor."
        )
    else:
        reason = (
            f"None of the {len(candidates)} points qualifies ({_counts(candidates)}); {_name(best)} is taken "
            f"because its JSD is closest to its floor ({_times(best.jsd_over_floor)})."
        )
    point = {name: getattr(best, name) for name in ("method", "strength", "tag")}
    rows = compared(candidates, settings=settings, replicas=replicas)
    others = sorted(set(range(len(rows))) - {found.taken}, key=lambda i: -(candidates[i].merit or 0))
    about = {"criterion": _criterion(settings, best), "reason": reason, "qualified": bool(qualified)}
    equal = [_name(candidates[i]) for i in found.equal]
    return point | about | {"equal": equal, "runners_up": [rows[i] for i in others[:_RUNNERS_UP]]}


def compared(candidates, *, settings, replicas=None):
    """The candidates as dictionaries, compared with the best of those that qualify (without any, the one taken).

    Parameters
    ----------
    candidates, replicas
        As in `rank`.
    settings : dict
        The sub-tree `working_point` of the configuration.

    Returns
    -------
    list of dict
        The fields of `Candidate` and `why_not`; behind and behind_error (how far its merit is behind the best, and
        the error of the difference), equal (whether it qualifies and is behind by at most one error).
    """
    found = rank(candidates, replicas)
    options = {"errors": _errors(candidates), "replicas": replicas}
    numbers = zip(*ranking.behind(_merits(candidates), found.best, **options), strict=True)
    rows = []
    for i, (point, (behind, error)) in enumerate(zip(candidates, numbers, strict=True)):
        about = {"equal": i in found.equal, "behind": float(behind), "behind_error": float(error)}
        words = "" if i == found.taken else why_not(point, candidates[found.taken], settings, **about)
        rows.append(asdict(point) | about | {"why_not": words})
    return rows


def _best_by(best, found):
    """What makes a point the best, and whether that is the significance or the rejection."""
    number = f"{best.merit:.2f}" + ("" if best.merit_error is None else f" ± {best.merit_error:.2f}")
    alone = len(found.equal) == 1
    if best.significance is not None:
        return f"is {'the' if alone else 'one of the'} most sensitive ({number})"
    words = "has the highest background rejection" if alone else "has one of the highest background rejections"
    return f"{words} ({number}; the study has no categories to compare)"


def _tie(best, found):
    """Why a point is taken of several that are equal."""
    if len(found.equal) == 1:
        return ""
    why = "its background functions have fewest parameters" if found.simplest else "it comes first in the study"
    return f", {len(found.equal)} of which cannot be told apart within their errors, and {why}"


def _counts(candidates):
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
