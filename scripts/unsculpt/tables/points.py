"""Tables of the points of the grid: how they compare, select and sculpt, their fits, and the choice among them."""

from unsculpt import wording
from unsculpt.naming import method_label
from unsculpt.tables.cells import (
    CRITERION_MET,
    FIT_COLUMNS,
    Table,
    fit_cells,
    point_label,
    same_point,
    sculpts,
    spurious_cells,
    verdict,
    with_error,
    yes,
)
from unsculpt.tables.mixtures import composition_column


def comparison(content, methods, stages):
    """Each method by its best accepted point, or else by its strongest; without fits, by the JSD alone."""
    comparison, fitted = content["comparison"], "fits" in stages
    rows = []
    for entry in comparison["methods"]:
        point = entry["best_unsculpted"] or entry["best_relaxed"] or entry["strongest"]
        rows.append(
            (
                method_label(entry["method"], methods.get(entry["method"], {})),
                point_label(point, methods),
                point["rejection"],
                point["jsd_over_floor"],
                *((point["n_sp_over_error"], yes(point["passes"]), yes(point["passes_relaxed"])) if fitted else ()),
                verdict(point),
                point["rejection_over_limit"],
            )
        )
    best = comparison["best_unsculpted"]["method"]
    chosen = tuple(i for i, entry in enumerate(comparison["methods"]) if entry["method"] == best)
    columns = (
        "Method",
        "Its best point",
        "Rejection",
        "JSD / floor",
        *(("Spurious signal over its error", CRITERION_MET, "Relaxed one met") if fitted else ()),
        "Verdict",
        "Rejection over the limit",
    )
    caption = (
        "Methods side by side, each by its point of highest rejection that is accepted, or else by its strongest. "
        f"{comparison['criterion']} {comparison.get('accepted', '')}"
    ).strip()
    return Table("comparison", caption, columns, tuple(rows), chosen)


def selection(names, points, chosen):
    """How each point selects, at the working signal efficiency."""
    keys = ("auc", "accuracy", "signal_efficiency", "background_efficiency", "rejection")
    rows = [(name, *(point[key] for key in keys)) for name, point in zip(names, points, strict=True)]
    columns = ("Point", "AUC", "Accuracy", "Signal efficiency", "Background efficiency", "Rejection")
    return Table("selection", "Selection at the working signal efficiency.", columns, tuple(rows), chosen)


def sculpting(names, points, chosen):
    """How much each point sculpts, with floors."""
    rows, window = [], any(point["jsd_window"] is not None for point in points)
    head, mixed = composition_column(points)
    for name, point, composition in zip(names, points, mixed, strict=True):
        jsd = point["jsd"]
        rows.append(
            (
                name,
                jsd,
                jsd["over_floor"],
                jsd.get("p_value"),
                sculpts(point),
                *((point["jsd_window"],) if window else ()),
                point["jsd_beyond_slope"],
                point["jsd_beyond_slope"].get("p_value"),
                jsd["n_eff"],
                *composition,
            )
        )
    jsd = points[0]["jsd"]
    unit = "bits" if jsd["base"] == 2 else f"base {wording.number(jsd['base'])}"
    caption = (
        f"Sculpting: Jensen-Shannon divergence ({unit}) of the mass of the passing background against the "
        f"{jsd['reference']} spectrum in {jsd['bins']} bins, with the floor that a selection without sculpting shows. "
        "p-values are of each point alone; a point sculpts where its p-value is below 0.05 after correction for the "
        "number of points (Holm)."
    )
    columns = (
        "Point",
        "JSD",
        "JSD / floor",
        "p-value",
        "Sculpts",
        *(("JSD in the window",) if window else ()),
        "JSD beyond slope",
        "p-value beyond slope",
        "Effective events",
        *head,
    )
    return Table("sculpting", caption, columns, tuple(rows), chosen)


def sideband_fits(names, content, chosen):
    """The sideband fit before any cut and after that of each point, and its spurious signal."""
    initial = content["initial"]
    rows = [("no cut on a score", *fit_cells(initial["fit"]), *spurious_cells(initial.get("spurious_signal")))]
    rows += [
        (name, *fit_cells(point["fit"]), *spurious_cells(point["spurious_signal"]))
        for name, point in zip(names, content["points"], strict=True)
    ]
    columns = ("Selection", *FIT_COLUMNS, "Spurious signal", "Over its error", CRITERION_MET)
    caption = (
        "Fits of the background template in the sidebands; events in the window at the luminosity. The spurious signal "
        "is what a fit of signal and background finds in the template; its error is that of the template."
    )
    return Table("sideband_fits", caption, columns, tuple(rows), tuple(i + 1 for i in chosen))


def candidates(content, methods, stages):
    """The candidates for the working point, the best first, and why they are not it."""
    sensitive, fitted = "categories" in stages, "fits" in stages
    merit = "significance" if sensitive else "rejection"
    candidates = sorted(content["candidates"], key=lambda row: -(row[merit] or 0))
    rows = [
        (
            point_label(row, methods),
            with_error(row, merit),
            *((row.get("significance_optimised"),) if sensitive else ()),
            {"value": row.get("behind"), "error": row.get("behind_error")},
            yes(row.get("equal")),
            row["jsd_over_floor"],
            verdict(row),
            *(_bias(row) if fitted else ()),
            row.get("why_not"),
        )
        for row in candidates
    ]
    chosen = tuple(i for i, row in enumerate(candidates) if same_point(row, content["working_point"]))
    merits = ("Significance", "Optimised") if sensitive else ("Rejection",)
    bias = ("Bias / error of data", "At most (95 % CL)", "p-value of no bias") if fitted else ()
    columns = ("Point", *merits, "Behind", "Equal", "JSD / floor", "Verdict", *bias, "Why not")
    caption = "Candidates for the working point, "
    if sensitive:
        caption += (
            "the most sensitive first. Significances are expected ones, on events that "
            "did not choose the boundaries; the column Optimised holds those on the events that did."
        )
    else:
        caption += "those that reject most background first."
    caption += (
        " Behind: behind the best of those that qualify, with the error of the difference; points that are behind by "
        "at most that error are equal."
    )
    return Table("candidates", caption, columns, tuple(rows), chosen)


def _bias(row):
    """The bias in the window over the error of data, with its limit and the p-value of none."""
    judged = row.get("acceptance") or {}
    bias = {"value": judged.get("bias"), "error": judged.get("bias_error")}
    return bias, judged.get("limit"), judged.get("p_value")
