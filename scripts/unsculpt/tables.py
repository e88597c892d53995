"""The tables of a study, each defined once: the report shows them, and they are written as CSV and LaTeX.

Every number comes from `summary.json`. A cell is a text, a number, a measurement {"value", "error"} with perhaps a
"floor", or None where there is nothing.
"""

import csv
import io
from dataclasses import dataclass

from unsculpt import wording
from unsculpt.naming import method_label, objective_of

STUDY = ("samples", "cutflow")  # names of the tables of the whole study, and of those of each background hypothesis
BACKGROUND = (
    *("comparison", "selection", "sculpting", "sideband_fits", "candidates"),
    *("categories", "data", "combined", "sensitivity", "impacts", "features", "networks"),
)


@dataclass(frozen=True)
class Table:
    """A table.

    name : stem of its files.
    caption : one sentence.
    columns : headings, with the unit.
    rows : tuples of cells, as many as columns; the first is the name of the row.
    chosen : indices of rows to point out.
    empty : what to say when there are no rows.
    """

    name: str
    caption: str
    columns: tuple
    rows: tuple
    chosen: tuple = ()
    empty: str = "Nothing to show."


def of_study(summary):
    """Tables of the whole study by name: samples and their cut flows."""
    samples = summary["samples"]
    rows = [
        (
            name,
            sample.get("role"),
            sample.get("cross_section_pb"),
            sample.get("branching_ratio"),
            sample["events_read"],
            sample["events_selected"],
            sample["sum_weights"],
            sample.get("scale"),
            sample.get("generator") or "files of the user",
        )
        for name, sample in samples.items()
    ]
    columns = (
        "Sample",
        "Role",
        "Cross-section [pb]",
        "Branching ratio",
        "Events read",
        "Selected",
        "Sum of weights read",
        "Scale",
        "Made by",
    )
    cuts = [(name, *step) for name, sample in samples.items() for step in sample["cutflow"]]
    return _by_name(
        Table("samples", "Samples; weights are normalised to the luminosity.", columns, tuple(rows)),
        Table("cutflow", "Cut flow of each sample.", ("Sample", "Cut", "Events", "Sum of raw weights"), tuple(cuts)),
    )


def of_background(summary, background, methods):
    """Tables of one background hypothesis by name.

    Parameters
    ----------
    summary : dict
        Content of summary.json.
    background : str
    methods : dict
        The sub-tree `methods` of the configuration, for labels.
    """
    content = summary["backgrounds"][background]
    points = content["points"]
    chosen = tuple(i for i, point in enumerate(points) if _same(point, content["working_point"]))
    names = [point_label(point, methods) for point in points]
    return _by_name(
        _comparison(content, methods),
        _selection(names, points, chosen),
        _sculpting(names, points, chosen),
        _sideband_fits(names, content, chosen),
        _candidates(content, methods),
        _categories(content),
        _data(content, summary.get("blind")),
        _combined(content, summary.get("blind")),
        _sensitivity(content, summary.get("blind")),
        _impacts(content),
        _features(content),
        _networks(content, methods),
    )


def point_label(point, methods):
    """What a point of the grid is called.

    Examples
    --------
    >>> point_label({"method": "ann", "tag": "10"}, {"ann": {"objective": "adversarial"}})
    'ANN, strength 10'
    """
    name = method_label(point["method"], methods.get(point["method"], {}))
    plain = objective_of(point["method"], methods) in ("none", "feature")
    return name if plain else f"{name}, strength {point['tag']}"


def _comparison(content, methods):
    """Each method by its best point that is not sculpted, or else by its strongest."""
    comparison = content["comparison"]
    rows = []
    for entry in comparison["methods"]:
        point = entry["best_unsculpted"] or entry["best_relaxed"] or entry["strongest"]
        rows.append(
            (
                entry["label"],
                point_label(point, methods),
                point["rejection"],
                point["jsd_over_floor"],
                point["n_sp_over_error"],
                _yes(point["passes"]),
                _yes(point["passes_relaxed"]),
                _yes(point["unsculpted"]),
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
        "Spurious signal over its error",
        "Passes",
        "Passes relaxed",
        "Unsculpted",
        "Rejection over the limit",
    )
    caption = (
        f"Methods side by side, each by its point of highest rejection that is not sculpted, or else by its strongest. "
        f"{comparison['criterion']} Unsculpted: passes the relaxed criterion with a JSD of at most "
        f"{wording.number(comparison['jsd_over_floor_max'])} floors."
    )
    return Table("comparison", caption, columns, tuple(rows), chosen)


def _selection(names, points, chosen):
    keys = ("auc", "accuracy", "signal_efficiency", "background_efficiency", "rejection")
    rows = [(name, *(point[key] for key in keys)) for name, point in zip(names, points, strict=True)]
    columns = ("Point", "AUC", "Accuracy", "Signal efficiency", "Background efficiency", "Rejection")
    return Table("selection", "Selection at the working signal efficiency.", columns, tuple(rows), chosen)


def _sculpting(names, points, chosen):
    rows = []
    for name, point in zip(names, points, strict=True):
        jsd = point["jsd"]
        ratio = jsd["value"] / jsd["floor"] if wording.exists(jsd["value"]) and jsd["floor"] else None
        rows.append(
            (
                name,
                jsd,
                ratio,
                jsd.get("p_value"),
                point["jsd_window"],
                point["jsd_beyond_slope"],
                point["jsd_beyond_slope"].get("p_value"),
                jsd["n_eff"],
            )
        )
    jsd = points[0]["jsd"]
    unit = "bits" if jsd["base"] == 2 else f"base {wording.number(jsd['base'])}"
    caption = (
        f"Sculpting: Jensen-Shannon divergence ({unit}) of the mass of the passing background against the "
        f"{jsd['reference']} spectrum in {jsd['bins']} bins, with the floor that a selection without sculpting shows."
    )
    columns = (
        "Point",
        "JSD",
        "JSD / floor",
        "p-value",
        "JSD in the window",
        "JSD beyond slope",
        "p-value beyond slope",
        "Effective events",
    )
    return Table("sculpting", caption, columns, tuple(rows), chosen)


_FIT_COLUMNS = ("Function", "χ²", "ndf", "p-value", "Predicted", "Simulated", "Pull")


def _fit_cells(fit):
    """Function, chi2, ndf, p-value, predicted and actual events in the window, pull."""
    if fit is None or fit["status"] != "fitted":
        return (f"not fitted: {fit['reason'] if fit else 'no fit'}", *[None] * 6)
    return tuple(fit[key] for key in ("function", "chi2", "ndf", "p_value", "window_yield", "window_simulated", "pull"))


def _spurious_cells(spurious):
    """Spurious signal with the error from the template, over the error of data, and whether it passes."""
    if not spurious:
        return None, None, None
    n_sp = {"value": spurious["n_sp"], "error": spurious.get("template_error")}
    return n_sp, spurious["n_sp_over_error"], _yes(spurious["passes"])


def _sideband_fits(names, content, chosen):
    initial = content["initial"]
    rows = [("no cut on a score", *_fit_cells(initial["fit"]), *_spurious_cells(initial.get("spurious_signal")))]
    rows += [
        (name, *_fit_cells(point["fit"]), *_spurious_cells(point["spurious_signal"]))
        for name, point in zip(names, content["points"], strict=True)
    ]
    columns = ("Selection", *_FIT_COLUMNS, "Spurious signal", "Over its error", "Passes")
    caption = (
        "Fits of the background template in the sidebands; events in the window at the luminosity. The spurious signal "
        "is what a fit of signal and background finds in the template; its error is that of the template."
    )
    return Table("sideband_fits", caption, columns, tuple(rows), tuple(i + 1 for i in chosen))


def _candidates(content, methods):
    candidates = sorted(content["candidates"], key=lambda row: -row["significance"])
    rows = [
        (
            point_label(row, methods),
            row["significance"],
            row.get("significance_optimised"),
            row["jsd_over_floor"],
            _yes(row["compatible"]),
            _yes(row["passes"]),
            row.get("why_not"),
        )
        for row in candidates
    ]
    chosen = tuple(i for i, row in enumerate(candidates) if _same(row, content["working_point"]))
    columns = ("Point", "Significance", "Optimised", "JSD / floor", "At the floor", "Fit passes", "Why not")
    caption = (
        "Candidates for the working point, the most sensitive first. Significances are expected ones, on events that "
        "did not choose the boundaries; the column Optimised holds those on the events that did."
    )
    return Table("candidates", caption, columns, tuple(rows), chosen)


def _categories(content):
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
            *_fit_cells(row["fit"]),
            *_spurious_cells(row["spurious_signal"]),
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
        *_FIT_COLUMNS,
        "Spurious signal",
        "Over its error",
        "Passes",
    )
    caption = "Final categories; events in the signal window at the luminosity."
    return Table("categories", caption, columns, tuple(rows), empty="No category has enough background for a fit.")


def _data(content, blind):
    rows = [
        (
            row["name"],
            row["data"]["sideband_events"],
            "blind" if row["data"]["window_events"] is None and blind else row["data"]["window_events"],
            *_fit_cells(row["data"]["fit"]),
        )
        for row in content["categories"]
        if row.get("data")
    ]
    columns = ("Category", "Events in the sidebands", "Events in the window", *_FIT_COLUMNS[:-2], "Counted", "Pull")
    return Table("data", "Data of the categories.", columns, tuple(rows), empty="The study has no data in categories.")


def _combined(content, blind):
    combined = content["combined"]
    limit, mu = combined["cls_upper_limit_mu"] or {}, combined.get("mu") or {}
    toys, hidden = combined.get("significance_toys") or {}, "blind" if blind else None
    rows = [
        ("Significance, categories in quadrature", combined["significance"]),
        ("Significance, one fit with systematic uncertainties", combined.get("significance_fit")),
        ("The same by pyhf", combined["significance_pyhf"]),
        ("The same by toys", {"value": toys.get("significance"), "error": toys.get("error")} if toys else None),
        ("Observed significance", _or(combined.get("observed_significance"), hidden)),
        ("Expected μ", _interval(mu.get("expected"))),
        ("Observed μ", _or(_interval(mu.get("observed")), hidden)),
        ("95 % CLs upper limit on μ, expected", limit.get("expected")),
        *(
            (f"95 % CLs upper limit on μ, expected {sigma} standard deviations", value)
            for sigma, value in zip(("−2", "−1", "+0", "+1", "+2"), limit.get("band") or [], strict=False)
        ),
        ("95 % CLs upper limit on μ, observed", _or(limit.get("observed"), hidden)),
    ]
    return Table(
        "combined", "All categories together, for a signal of strength one.", ("Quantity", "Value"), tuple(rows)
    )


def _sensitivity(content, blind):
    """Each category alone."""
    rows = [
        (
            row["name"],
            row["significance"],
            (row["significance_toys"] or {}).get("significance"),
            _interval((row["mu"] or {}).get("expected")),
            (row["cls_upper_limit_mu"] or {}).get("expected"),
            _or(_interval((row["mu"] or {}).get("observed")), "blind" if blind else None),
        )
        for row in content["combined"].get("per_category") or []
    ]
    columns = ("Category", "Significance", "By toys", "Expected μ", "Expected limit on μ", "Observed μ")
    caption = "Each category alone, with systematic uncertainties; toys where it expects few background events."
    return Table("sensitivity", caption, columns, tuple(rows), empty="No category could be fitted.")


def _impacts(content):
    """What each group of systematic uncertainties costs."""
    rows = [
        (row["name"], row["significance"], _interval(row["mu"]), row["impact_low"], row["impact_high"])
        for row in content["combined"].get("impacts") or []
    ]
    columns = ("Uncertainties", "Significance", "μ", "Impact on μ, down", "Impact on μ, up")
    caption = "Expected result with all and without each of the systematic uncertainties."
    return Table("impacts", caption, columns, tuple(rows), empty="There is no combined fit.")


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


def _features(content):
    drops = {entry["feature"]: {"value": entry["drop_auc"], "error": entry["error"]} for entry in content["importance"]}
    errors = content.get("correlations_error", {})
    rows = [
        (name, {"value": value, "error": errors.get(name)}, drops.get(name))
        for name, value in content["correlations"].items()
    ]
    caption = "Linear correlation of the background with the mass, and loss of AUC when the feature is shuffled."
    return Table("features", caption, ("Feature", "Correlation", "Loss of AUC"), tuple(rows))


def _networks(content, methods):
    """The layers of the networks, one set for each method."""
    rows = [
        (
            method_label(method, methods.get(method, {})),
            layer["network"],
            layer["layer"],
            " × ".join(map(str, layer["shape"])),
            layer["activation"],
            _yes(layer["batch_normalisation"]),
            layer["dropout"],
            layer["parameters"],
        )
        for method in (name for name in methods if name in content.get("networks", {}))
        for layer in content["networks"][method]
    ]
    columns = (
        *("Method", "Network", "Layer", "Inputs × outputs", "Activation"),
        *("Batch normalisation", "Dropout", "Parameters"),
    )
    return Table("networks", "Layers of the networks of one model.", columns, tuple(rows), empty="There is no network.")


def text(cell):
    """A cell in words; a dash where there is nothing.

    Examples
    --------
    >>> text({"value": 0.5, "error": 0.012}), text({"value": 0.02, "error": 0.001, "floor": 0.004}), text(None)
    ('0.500 ± 0.012', '0.0200 ± 0.0010 (floor 0.004)', '–')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dict):
        known = wording.divergence(cell) if "floor" in cell else wording.measurement(cell)
    else:
        known = wording.number(cell)
    return "–" if known == wording.NOTHING else known


def to_csv(table):
    """The table as comma-separated values with full precision: a measurement takes a column for each of its parts."""
    parts = [_parts(column) for column in zip(*table.rows, strict=True)] or [("",)] * len(table.columns)
    heads = [f"{name} {part}".strip() for name, names in zip(table.columns, parts, strict=True) for part in names]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heads)
    for row in table.rows:
        writer.writerow([_part(cell, part) for cell, names in zip(row, parts, strict=True) for part in names])
    return file.getvalue()


def to_latex(table):
    """The table as a LaTeX tabular (package booktabs) with its caption."""
    head = " & ".join(_escape(name) for name in table.columns) + r" \\"
    body = [" & ".join(_escape(text(cell)) for cell in row) + r" \\" for row in table.rows]
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{_escape(table.caption)}}}"]
    lines += [rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}", r"\toprule", head, r"\midrule", *body]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


_LATEX = {
    "\\": r"\textbackslash{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "−": "$-$",
    "–": "--",
    "×": r"$\times$",
    "χ²": r"$\chi^2$",
    "μ": r"$\mu$",
    "λ": r"$\lambda$",
    "\u2009": r"\,",
    "“": "``",
    "”": "''",
}
_SUPERSCRIPTS = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"


def _escape(words):
    """Text as LaTeX; powers of ten and the signs of physics in math mode."""
    result = words.replace("χ²", "\0")
    result = "".join("\0" if c == "\0" else _LATEX.get(c, c) for c in result).replace("\0", _LATEX["χ²"])
    for i, c in enumerate(_SUPERSCRIPTS):
        result = result.replace(c, f"$^{{{'-' if i == 0 else i - 1}}}$")
    return result.replace("}$$^{", "")


def _parts(column):
    """Which parts the cells of a column have."""
    found = {key for cell in column if isinstance(cell, dict) for key in ("error", "floor") if key in cell}
    return ("", *(key for key in ("error", "floor") if key in found))


def _part(cell, part):
    """One number of a cell for a CSV file."""
    if isinstance(cell, dict):
        cell = cell.get(part or "value")
    elif part:
        cell = None
    return "" if cell is None else cell


def _by_name(*tables):
    return {table.name: table for table in tables}


def _same(point, working_point):
    return all(point[key] == working_point[key] for key in ("method", "tag"))


def _yes(value):
    return None if value is None else "yes" if value else "no"


def _or(value, instead):
    return instead if value is None else value
