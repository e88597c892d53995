"""A point of the grid as a candidate for the working point, judged."""

from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from unsculpt import acceptance, shapes
from unsculpt.fits import FORGIVEN_ERRORS, PUBLISHED


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
    return -ndtri(ndtr(-FORGIVEN_ERRORS) / max(number, 1))
