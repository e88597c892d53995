"""Which candidate is the working point, and how the others compare with it."""

import logging
from dataclasses import asdict

import numpy as np

from unsculpt import ranking
from unsculpt.working_point import reasons

_RUNNERS_UP = 10  # points listed beside the chosen one


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
            f"{reasons.name(best)} {reasons.best_by(best, found)} of the {qualified} of {len(candidates)} points that "
            f"qualify{reasons.tie(best, found)}; its JSD is {best.jsd_over_floor:.1f} times its floor."
        )
    else:
        reason = (
            f"None of the {len(candidates)} points qualifies ({reasons.counts(candidates)}); {reasons.name(best)} is "
            f"taken because its JSD is closest to its floor ({reasons.times(best.jsd_over_floor)})."
        )
    point = {name: getattr(best, name) for name in ("method", "strength", "tag")}
    rows = compared(candidates, settings=settings, replicas=replicas)
    others = sorted(set(range(len(rows))) - {found.taken}, key=lambda i: -(candidates[i].merit or 0))
    about = {"criterion": reasons.criterion(settings, best), "reason": reason, "qualified": bool(qualified)}
    equal = [reasons.name(candidates[i]) for i in found.equal]
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
        words = "" if i == found.taken else reasons.why_not(point, candidates[found.taken], settings, **about)
        rows.append(asdict(point) | about | {"why_not": words})
    return rows
