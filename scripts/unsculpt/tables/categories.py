"""Tables of the final categories and of their combined result."""

import math

from unsculpt import wording
from unsculpt.tables.cells import FIT_COLUMNS, Table, fit_cells, or_else, spurious_cells


def categories(content):
    """The final categories, from simulation."""
    rows = [
        (
            row["name"],
            row["channel"],
            f"{wording.number(row['score_low'])} to {wording.number(row['score_high'])}",
            row["signal"],
            row.get("signal_fraction"),
            {"value": row["background"], "error": row["background_error"]},
            row["signal"] / row["background"] if row["background"] else None,
            row["significance"],
            row["jsd"],
            *fit_cells(row["fit"]),
            *spurious_cells(row["spurious_signal"]),
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
        "JSD",
        *FIT_COLUMNS,
        "Spurious signal",
        "Over its error",
        "Passes",
    )
    caption = "Final categories; events in the signal window at the luminosity."
    return Table("categories", caption, columns, tuple(rows), empty="No category has enough background for a fit.")


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
    rows = [
        ("Significance, categories in quadrature", combined["significance"]),
        ("Significance, one fit with systematic uncertainties", combined.get("significance_fit")),
        ("The same by pyhf", combined["significance_pyhf"]),
        ("The same by toys", {"value": toys.get("significance"), "error": toys.get("error")} if toys else None),
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
    caption = "All categories together, for a signal of strength one."
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
