"""The bump hunt with injected signal: what the fits of all points find, and which strengths they exclude."""

from matplotlib.figure import Figure

from unsculpt.plots import style

_BETWEEN = 0.16  # rows between the marks of two strengths of one point


def hunt(fits, chosen, study):
    """The strengths that fits find after the cut of each point, and the limits, a row for each point.

    Parameters
    ----------
    fits : list of dict
        Contents of the files of the points in fits/.
    chosen : tuple of method and tag
        The working point.
    study : style.Study

    Returns
    -------
    Figure
        Points without a fit have an empty row that says so.
    """
    figure = Figure(figsize=(10.4, 1.6 + 0.36 * len(fits)), layout="constrained")
    found, limits = figure.subplots(ncols=2, sharey=True, width_ratios=[3, 2])
    for row, content in enumerate(fits):
        if content["injection"] is None:
            found.annotate("not fitted", (0.02, row), xycoords=found.get_yaxis_transform(), va="center", fontsize=9)
            continue
        _found(found, row, content, study)
        _limits(limits, row, content["injection"], study.colour(content["method"]))
    strengths = next((c["injection"]["injected"] for c in fits if c["injection"]), [])
    for strength in (row["strength"] for row in strengths):
        found.axvline(strength, zorder=0, **style.GUIDE)
    names = [study.name(content["method"], content["tag"]) for content in fits]
    found.set_yticks(range(len(fits)), names, fontsize=9)
    for label, content in zip(found.get_yticklabels(), fits, strict=True):
        label.set_fontweight("bold" if (content["method"], content["tag"]) == chosen else "normal")
    found.set(ylim=(len(fits) - 0.5, -0.5), xlabel="Signal found / expected")
    limits.set(xlabel="CLs limit on the strength, 95 % CL", xlim=(0, None))
    style.identify(found, study, limits)
    return figure


def _found(axes, row, content, study):
    """What is found of each strength: thick bars of data, thin ones of the template."""
    colour, injected = study.colour(content["method"]), content["injection"]["injected"]
    for i, one in enumerate(injected):
        y = row + (i - (len(injected) - 1) / 2) * _BETWEEN
        value, error = style.value_error(one["fitted"])
        look = {"color": colour, "linestyle": "none"}
        (template,) = style.numbers([one["error_template"]])
        axes.errorbar(value, y, xerr=template, elinewidth=0.8, capsize=2, **look)
        face = "white" if one["strength"] == 0 else colour
        axes.errorbar(
            value, y, xerr=error, elinewidth=2.2, marker=study.marker(content["method"]), markersize=5,
            markerfacecolor=face, **look,
        )  # fmt: skip


def _limits(axes, row, hunt, colour):
    """The expected limit with its inner band, and the one of the template without signal."""
    low, high = hunt["limit_band"][1], hunt["limit_band"][3]
    axes.barh(row, high - low, left=low, height=0.5, color=colour, alpha=0.3, linewidth=0)
    axes.plot([hunt["limit_expected"]] * 2, [row - 0.25, row + 0.25], color=colour, linewidth=2)
    nothing = next((one["limit"] for one in hunt["injected"] if one["strength"] == 0), None)
    if nothing is not None:
        axes.plot(nothing, row, "o", color=colour, markerfacecolor="white", markersize=5)
