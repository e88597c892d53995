"""Tables of the final categories and of their combined result."""

import math

from unsculpt import wording
from unsculpt.tables.cells import CRITERION_MET, FIT_COLUMNS, Table, fit_cells, or_else, spurious_cells, with_error


def categories(content):
    """The final categories, from simulation."""
    rows = [
        (
            row["name"],
            row["channel"],
            f"{wording.number(row['score_low'])} to {wording.number(row['score_high'])}{_side(row.get('side'))}",
            row["signal"],
            row.get("signal_fraction"),
            {"value": row["background"], "error": row["background_error"]},
            row["signal"] / row["background"] if row["background"] else None,
            with_error(row, "significance"),
            row.get("significance_optimised"),
            row["jsd"],
            *fit_cells(row["fit"]),
            *spurious_cells(row["spurious_signal"]),
            _choice(row.get("function_choice")),
        )
        for row in content["categories"]
    ]
    columns = (
        "Category",
        "Channel",
        "Score",
        "S",
        "Share of S",
        "B",
        "S/B",
        "Significance",
        "Optimised",
        "JSD",
        *FIT_COLUMNS,
        "Spurious signal",
        "Over its error",
        CRITERION_MET,
        "Choice of the function",
    )
    caption = (
        "Final categories; boundaries and events in the signal window at the luminosity are those of all simulated "
        "events. Significances are those of the same category found without a part of the events and measured on it, "
        "mean over the parts; the column Optimised holds those of the yields, on the events that found the boundaries."
    )
    return Table("categories", caption, columns, tuple(rows), empty="No category has enough background for a fit.")


def _side(side):
    """The side of a divided channel, in words that follow those of the score.

    Examples
    --------
    >>> _side({"column": "top1_score", "low": 0.25, "high": None}), _side(None)
    (', top1_score ≥ 0.25', '')
    """
    if not side:
        return ""
    sign, threshold = ("<", side["high"]) if side["low"] is None else ("≥", side["low"])
    return f", {side['column']} {sign} {wording.number(threshold)}"


def _choice(choice):
    """What decided the function of a category, in words; None where the file does not say.

    Examples
    --------
    >>> _choice({"decided": "undecided", "more_events": 11.8})
    'undecided, needs 12 times the events'
    """
    if not choice:
        return None
    words = choice["decided"].replace("_", " ")
    return words + (f", needs {_times(choice['more_events'])} the events" if choice["more_events"] else "")


def _times(factor):
    """A factor of events in words, rounded up: fewer would not do.

    Examples
    --------
    >>> _times(1.23), _times(11.8), _times(115.0)
    ('1.3 times', '12 times', '120 times')
    """
    digits = 10 ** (math.floor(math.log10(factor)) - 1)
    return f"{wording.number(math.ceil(round(factor / digits, 6)) * digits, 2)} times"


def choices(content):
    """What must be known of the functions of the categories: sentences for the page.

    Parameters
    ----------
    content : dict
        The part of summary.json of a background hypothesis.
    """
    rows = [(row["name"], row["function_choice"]) for row in content["categories"] if row.get("function_choice")]
    undecided = {name: choice["more_events"] for name, choice in rows if choice["decided"] == "undecided"}
    failed = [name for name, choice in rows if choice["decided"] == "none_passes"]
    if undecided:
        yield (
            f"{_names(undecided)}: the background template has too few simulated events to tell whether the function "
            "of the fit is good enough for the data; it meets the relaxed criterion, and the spurious signal that "
            f"cannot be excluded is in the significance. {_times(max(undecided.values())).capitalize()} as many events "
            "would decide."
        )
    if failed:
        yield (
            f"{_names(failed)}: no function that was tried keeps its spurious signal small enough for the data; the "
            "one with the smallest was taken, and it is in the significance."
        )


def _names(names):
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def data(content, blind):
    """The data of the categories."""
    rows = [
        (
            row["name"],
            row["data"]["sideband_events"],
            "blind" if row["data"]["window_events"] is None and blind else row["data"]["window_events"],
            *_of_data(row["data"]["fit"]),
        )
        for row in content["categories"]
        if row.get("data")
    ]
    counted = ("68 % interval", "Counted", "Pull")
    columns = ("Category", "Events in the sidebands", "Events in the window", *FIT_COLUMNS[:-2], *counted)
    return Table("data", "Data of the categories.", columns, tuple(rows), empty="The study has no data in categories.")


def _of_data(fit):
    """The cells of a fit to data: beside its prediction the interval that is quoted."""
    *cells, counted, pull = fit_cells(fit)
    return *cells, _between((fit or {}).get("interval")), counted, pull


def _between(interval):
    """The ends of an interval in words, or None.

    Examples
    --------
    >>> _between({"low": 36.41, "high": 49.26}), _between({"low": 3.402, "high": 4.9})
    ('36 to 49', '3.4 to 4.9')
    """
    if not interval:
        return None
    digits = max(0, min(3, 1 - math.floor(math.log10(max(interval["high"] - interval["low"], 1e-3)))))
    return f"{interval['low']:.{digits}f} to {interval['high']:.{digits}f}"


def combined(content, blind):
    """The combined result."""
    combined = content["combined"]
    limit, mu = combined["cls_upper_limit_mu"] or {}, combined.get("mu") or {}
    toys, hidden = combined.get("significance_toys") or {}, "blind" if blind else None
    counts, error = combined["significance"], combined.get("significance_error")
    rows = [
        ("Significance, one fit with all systematic uncertainties", combined.get("significance_fit")),
        ("The same likelihood in pyhf", combined["significance_pyhf"]),
        ("The same by toys", {"value": toys.get("significance"), "error": toys.get("error")} if toys else None),
        (
            "Counts in the window alone, categories in quadrature",
            counts if error is None else {"value": counts, "error": error},
        ),
        ("The same on the events that chose", combined.get("significance_optimised")),
        ("Observed significance", or_else(combined.get("observed_significance"), hidden)),
        (f"Expected μ{_source(mu)}", _interval(mu.get("expected"))),
        (f"Observed μ{_source(mu)}", or_else(_interval(mu.get("observed")), hidden)),
        ("95 % CLs upper limit on μ, expected", limit.get("expected")),
        *(
            (f"95 % CLs upper limit on μ, expected {sigma} standard deviations", value)
            for sigma, value in zip(("−2", "−1", "+0", "+1", "+2"), limit.get("band") or [], strict=False)
        ),
        ("95 % CLs upper limit on μ, observed", or_else(limit.get("observed"), hidden)),
        *_both_assumptions(combined.get("spurious_signal_correlation")),
    ]
    caption = (
        "All categories together, for a signal of strength one. The first significance is that of the whole choice on "
        "events that took no part in it; fits are of the published categories, which all events chose."
    )
    return Table("combined", caption, ("Quantity", "Value"), tuple(rows))


def _both_assumptions(both):
    """What the two assumptions on the spurious signals of the categories expect, the quoted one first."""
    if not both:
        return
    words = {"independent": "independent spurious signals", "common": "common spurious signal"}
    for name in sorted(words, key=lambda name: name != both["quoted"]):
        numbers = both[name] or {}
        label, mu = f"{words[name]}, {'quoted above' if name == both['quoted'] else 'not quoted'}", numbers.get("mu")
        yield f"Significance, {label}", numbers.get("significance_fit")
        yield f"Expected μ, {label}{_source(mu)}", _interval((mu or {}).get("expected"))
        limit = (numbers.get("cls_upper_limit_mu") or {}).get("expected")
        yield f"95 % CLs upper limit on μ, expected, {label}", limit


def sensitivity(content, blind):
    """Each category alone."""
    rows = [
        (
            row["name"],
            row["significance"],
            (row["significance_toys"] or {}).get("significance"),
            _interval((row["mu"] or {}).get("expected")),
            (row["cls_upper_limit_mu"] or {}).get("expected"),
            or_else(_interval((row["mu"] or {}).get("observed")), "blind" if blind else None),
            (row["mu"] or {}).get("method"),
        )
        for row in content["combined"].get("per_category") or []
    ]
    columns = ("Category", "Significance", "By toys", "Expected μ", "Expected limit on μ", "Observed μ", "Errors of μ")
    caption = "Each category alone, with systematic uncertainties; toys where it expects few background events."
    return Table("sensitivity", caption, columns, tuple(rows), empty="No category could be fitted.")


def impacts(content):
    """What each group of systematic uncertainties costs."""
    rows = [
        (row["name"], row["significance"], _interval(row["mu"]), row["impact_low"], row["impact_high"])
        for row in content["combined"].get("impacts") or []
    ]
    columns = ("Uncertainties", "Significance", "μ", "Impact on μ, down", "Impact on μ, up")
    caption = "Expected result with all and without each of the systematic uncertainties."
    return Table("impacts", caption, columns, tuple(rows), empty="There is no combined fit.")


def _source(mu):
    """What a label says of errors that come from toys."""
    return ", by toys" if mu and mu.get("method") == "toys" else ""


def _interval(mu):
    """A best fit with its two errors in words, or None.

    Examples
    --------
    >>> _interval({"value": 1.0, "error_low": 0.143, "error_high": 0.156})
    '1.00 −0.14 +0.16'
    """
    if not mu or not wording.exists(mu["value"]):
        return None
    low, high = (f"{mu[key]:.2f}" if wording.exists(mu[key]) else "?" for key in ("error_low", "error_high"))
    return f"{mu['value']:.2f} −{low} +{high}"
