"""How well the methods select, and how much they sculpt."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, PercentFormatter

from unsculpt.plots import mixtures, style

COLUMNS = 5  # of small panels
MOST_POINTS = 14  # that are told apart in one figure; of more, each method shows one


def of_each_method(points, study, comparison):
    """The points to draw: all, or of a large grid the plain classifier and each method's best, or strongest, one."""
    if len(points) <= MOST_POINTS:
        return points
    plain = style.plain_point(points, study)
    rows = [entry["best"] or entry["strongest"] for entry in comparison["methods"]]
    wanted = {(row["method"], row["tag"]) for row in rows if row} | {(plain["method"], plain["tag"])}
    return [point for point in points if (point["method"], point["tag"]) in wanted]


def roc(points, study):
    """Background rejection against signal efficiency, and its ratio to the plain classifier."""
    figure, axes = style.panels(height=6, width=8)
    top, bottom = axes[:, 0]
    reference = 1 / style.positive(style.plain_point(points, study)["curves"]["roc"]["background_efficiency"])
    for point in points:
        curve, colour = point["curves"]["roc"], _colour(point, points, study)
        x = style.numbers(curve["signal_efficiency"])
        efficiency = style.positive(curve["background_efficiency"])
        rejection = 1 / efficiency
        error = style.numbers(curve["background_efficiency_error"]) / efficiency**2
        label = study.name(point["method"], point["tag"])
        for panel, scale in ((top, 1), (bottom, 1 / reference)):
            panel.plot(x, rejection * scale, color=colour, linestyle=study.line(point["method"]), label=label)
            low, high = (rejection - error) * scale, (rejection + error) * scale
            panel.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
    x = np.linspace(0.05, 1, 96)
    top.plot(x, 1 / x, label="random", **style.GUIDE)
    top.set(ylabel=r"Background rejection $1/\varepsilon_b$", yscale="log", xlim=(0.1, 1), ylim=(0.9, _top(top, 0.1)))
    plain = study.name(study.plain, "0")
    bottom.set(xlabel=r"Signal efficiency $\varepsilon_s$", ylabel=f"Ratio to {plain}", ylim=(0, 1.25))
    figure.legend(*top.get_legend_handles_labels(), loc="outside right upper")
    style.identify(top, study)
    return figure


def _colour(point, points, study):
    """The colour of a method, shaded by the strength where several of its points are drawn."""
    method = point["method"]
    several = sum(other["method"] == method for other in points) > 1
    return study.shade(method, point["strength"]) if several else study.colour(method)


def _top(axes, start):
    """Upper limit of a falling curve from `start` on: the corner at zero efficiency is statistics only."""
    heights = [np.nanmax(line.get_ydata()[line.get_xdata() >= start], initial=2) for line in axes.lines]
    return 1.6 * max(heights)


def jsd(points, study):
    """JSD of the passing background against its efficiency, with the floor of the selections of that size."""
    figure, axes = style.panels(ratio=False, width=8)
    top = axes[0, 0]
    floors = []
    for i, point in enumerate(points):
        curve, colour = point["curves"]["jsd"], _colour(point, points, study)
        x = style.numbers(curve["background_efficiency"])
        value, error = style.positive(curve["value"]), style.numbers(curve["error"])
        floors.append(style.positive(curve["floor"]))
        label = study.name(point["method"], point["tag"])
        bars = np.minimum(error, 0.95 * value), error  # a bar must end above zero
        nudge = 0.006 * (i / max(len(points) - 1, 1) - 0.5)  # so that the bars of the points stay apart
        top.errorbar(
            x + nudge, value, bars, fmt=study.marker(point["method"]), linestyle=study.line(point["method"]),
            color=colour, label=label, markersize=3.5, linewidth=1.1, elinewidth=0.9,
        )  # fmt: skip
    low, high = np.fmin.reduce(floors), np.fmax.reduce(floors)
    lowest = np.fmin.reduce(low)
    top.fill_between(x, low, high, color="0.5", alpha=0.35, linewidth=1, label="floor")
    top.fill_between(x, low * 1e-6, low, color="0.88", linewidth=0, zorder=0)
    style.logarithmic(top)
    top.set(xlabel=r"Background efficiency $\varepsilon_b$", xlim=(0, 1))
    top.set(ylabel=f"JSD ({_unit(points[0]['jsd']['base'])})")
    if lowest > 0:
        top.set_ylim(0.3 * lowest, None)
    figure.legend(*top.get_legend_handles_labels(), loc="outside right upper")
    style.identify(top, study)
    return figure


def _unit(base):
    return "bits" if base == 2 else f"logarithm to base {base:.3g}"


def efficiency_profile(points, chosen, study):
    """Background efficiency against the mass at fixed inclusive efficiencies: flat is what does not sculpt."""
    shown = _plain_and_chosen(points, chosen, study)
    figure, axes = style.panels(ratio=False, columns=len(shown), width=1.6 + 4.6 * len(shown), height=5.2)
    for top, point in zip(axes[0], shown, strict=True):
        _efficiencies(top, point, study)
        style.shade_window(top, study, "window")
        top.text(
            0.04, 0.965, study.name(point["method"], point["tag"]), transform=top.transAxes, va="top",
            color=study.colour(point["method"]), weight="bold",
        )  # fmt: skip
        top.set_xlabel(study.mass_label)
    axes[0, 0].set_ylabel(r"Background efficiency $\varepsilon_b$")
    style.identify(axes[0, 0], study, axes[0, -1])
    return figure


def efficiency_all(points, chosen, study):
    """Background efficiency against the mass of all points, a panel for each; the name of the chosen one is framed."""
    columns = min(COLUMNS, len(points))
    rows = -(-len(points) // columns)
    figure = Figure(figsize=(2.6 * columns + 0.6, 2.3 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for point, axes in zip(points, panels.flat, strict=False):
        _efficiencies(axes, point, study, markersize=1.6, linewidth=0.9)
        style.shade_window(axes, study)
        frame = {"bbox": {"facecolor": "none", "edgecolor": "0.3"}} if point is style.point(points, *chosen) else {}
        name = study.name(point["method"], point["tag"])
        axes.set_title(name, fontsize=9, color=study.colour(point["method"]), **frame)
        axes.tick_params(labelsize=8)
    for axes in panels.flat[len(points) :]:
        axes.axis("off")
    for axes in panels[:, 0]:
        axes.set_ylabel(r"$\varepsilon_b$", fontsize=10)
    for axes in panels.flat[max(len(points) - columns, 0) : len(points)]:
        axes.set_xlabel(study.mass_label, fontsize=10)
    words = style.words(study)
    figure.legend([], [], loc="outside upper right", title=words, title_fontsize=11)
    return figure


def _efficiencies(axes, point, study, markersize=3, linewidth=1.2):
    """Efficiency in bins of the mass for each inclusive one, which is a guide."""
    curve, method = point["curves"]["efficiency_profile"], point["method"]
    edges = style.edges_of(curve)
    for inclusive, row, error in zip(curve["inclusive"], curve["value"], curve["error"], strict=True):
        values, errors = style.positive(row), style.numbers(error)
        errors = np.minimum(errors, 0.95 * values), errors  # a bar must end above zero
        look = {"fmt": study.marker(method), "color": study.colour(method)}
        look |= {"markersize": markersize, "linewidth": linewidth}
        axes.errorbar(style.centres(edges), values, errors, np.diff(edges) / 2, **look)
        axes.axhline(inclusive, **style.GUIDE)
    axes.set(xlim=edges[[0, -1]], yscale="log", ylim=(0.012, 2.4))
    axes.set_yticks(curve["inclusive"])
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.set_minor_formatter(NullFormatter())


def score_profile(points, chosen, study):
    """Mean score against the mass for signal and background: a flat line is a score that does not know the mass."""
    shown = _plain_and_chosen(points, chosen, study)
    figure, axes = style.panels(ratio=False, columns=len(shown), width=1.6 + 4.6 * len(shown), height=5.2)
    for top, point in zip(axes[0], shown, strict=True):
        curve = point["curves"]["score_profile"]
        edges = style.edges_of(curve)
        for role, look, marker in (("signal", style.SIGNAL, "s"), ("background", style.BACKGROUND, "o")):
            values, errors = style.numbers(curve[role]["value"]), style.numbers(curve[role]["error"])
            top.errorbar(
                style.centres(edges), values, errors, np.diff(edges) / 2, fmt=marker, markersize=3.5, linewidth=1.2,
                label=study.sample(role), **look,
            )  # fmt: skip
        style.shade_window(top, study, "window")
        known = point["score_mass"]["background"]
        floor = style.text(known["distance"]["floor"], ".3f")
        lines = [
            study.name(point["method"], point["tag"]),
            rf"background: $r = {_plus_minus(known['linear'], 3)}$",
            rf"distance correlation ${_plus_minus(known['distance'], 3)}$ (floor {floor})",
        ]
        top.text(0.04, 0.965, "\n".join(lines), transform=top.transAxes, va="top", fontsize=9)
        top.set(xlabel=study.mass_label, xlim=edges[[0, -1]], ylim=(0, 1.25))
        top.legend(loc="upper right")
    axes[0, 0].set_ylabel("Mean score")
    style.identify(axes[0, 0], study, axes[0, -1])
    return figure


def _plus_minus(measured, digits):
    return rf"{style.text(measured['value'], f'.{digits}f')} \pm {style.text(measured['error'], f'.{digits}f')}"


def sculpting(points, chosen, study):
    """Background mass before and after the cut of the working signal efficiency, as shapes, with their ratio.

    Of a background of two or more samples also their shares in bins of the mass.
    """
    shown = _plain_and_chosen(points, chosen, study)
    spectra = shown[0]["curves"]["spectra"]
    edges = style.edges_of(spectra)
    before, before_error = _shape(spectra["inclusive"], edges)
    mixed = bool(shown[0]["curves"].get("composition"))
    figure, axes = style.panels(height=6 + 1.2 * mixed, width=6.8, more=mixed)
    top, bottom, *lowest = axes[:, 0]
    top.stairs(before, edges, fill=True, color="0.86", label="before the cut")
    top.stairs(before, edges, color="0.55", linewidth=1, baseline=None)
    relative = style.divide(before_error, before)
    bottom.stairs(1 + relative, edges, baseline=1 - relative, fill=True, color="0.86", linewidth=0)
    bottom.axhline(1, **style.GUIDE)
    for point in shown:
        shape, error = _shape(point["curves"]["spectra"]["pass"], edges)
        shape = np.where(error > 0, shape, np.nan)  # an empty bin has no point: its error is not known
        look = {
            "color": study.colour(point["method"]), "marker": study.marker(point["method"]),
            "linestyle": "none", "markersize": 4, "linewidth": 1.3,
        }  # fmt: skip
        name, value = study.name(point["method"], point["tag"]), point["jsd"]["value"]
        label = f"{name}  (JSD {_scientific(value)})"
        top.errorbar(style.centres(edges), shape, error, label=label, **look)
        bottom.errorbar(style.centres(edges), style.divide(shape, before), style.divide(error, before), **look)
    for panel in (top, bottom):
        style.shade_window(panel, study, "signal window" if panel is top else None)
    efficiency = shown[0]["signal_efficiency"]["value"]
    per = f" [1/{study.unit}]" if study.unit else ""
    top.set(ylabel=f"Background, normalised{per}", xlim=edges[[0, -1]], ylim=(0, 1.35 * top.get_ylim()[1]))
    bottom.set(ylabel="After / before", ylim=_ratio_limits(bottom))
    if mixed:
        mixtures.shares(lowest[0], shown, study)
        style.shade_window(lowest[0], study)
    axes[-1, 0].set_xlabel(study.mass_label)
    top.legend(title=rf"after the cut at $\varepsilon_s = {efficiency:.2g}$:", alignment="left")
    style.identify(top, study)
    return figure


def _ratio_limits(axes):
    """Limits of a ratio panel that hold its points, and one."""
    values = np.concatenate([container.lines[0].get_ydata() for container in axes.containers])
    return min(0.45, 0.9 * np.nanmin(values, initial=1)), min(max(1.6, 1.1 * np.nanmax(values, initial=1)), 4)


def scores(points, chosen, study):
    """Scores of signal, background and data, as shapes, and the ratio of data to background."""
    shown = _plain_and_chosen(points, chosen, study)
    figure, axes = style.panels(columns=len(shown), width=1.2 + 4.8 * len(shown))
    for (top, bottom), point in zip(axes.T, shown, strict=True):
        content = point["curves"]["scores"]
        edges = style.edges_of(content)
        for role, look in (("signal", style.SIGNAL), ("background", style.BACKGROUND)):
            reference = _shape(content[role], edges)
            style.steps(top, edges, *reference, label=study.sample(role), **look)
        if content.get("data"):
            counts = style.numbers(content["data"]["sumw"])
            area = counts.sum() * np.diff(edges)
            shape, errors = style.divide(counts, area), style.divide(style.counting_errors(counts), area)
            x = style.centres(edges)
            top.errorbar(x, shape, errors, label=study.sample("data"), **style.DATA)
            shape = np.where(counts > 0, shape, np.nan)  # a ratio of nothing says nothing
            ratio = (style.divide(v, reference[0]) for v in (shape, errors))
            bottom.errorbar(x, *ratio, **style.DATA)
        bottom.axhline(1, **style.GUIDE)
        if point.get("threshold") is not None:
            top.axvline(point["threshold"], color="0.3", linestyle=":", linewidth=1.2, label="cut")
        top.set(xlim=edges[[0, -1]], ylim=(0, None))
        top.legend(title=study.name(point["method"], point["tag"]), loc="upper center", ncols=2)
        bottom.set(xlabel="Score", ylim=(0, 2.4))
    axes[0, 0].set(ylabel="Events, normalised", ylim=(0, 1.4 * axes[0, 0].get_ylim()[1]))
    axes[1, 0].set_ylabel("Data / bkg.")
    style.identify(axes[0, 0], study, axes[0, -1])
    return figure


def _plain_and_chosen(points, chosen, study):
    """The plain classifier and the chosen point, or the plain classifier alone when that is chosen."""
    plain, choice = style.plain_point(points, study), style.point(points, *chosen)
    return [plain] if choice is plain else [plain, choice]


def _shape(content, edges):
    """A histogram scaled to unit area, with its error."""
    values, errors = style.histogram(content)
    area = values.sum() * np.diff(edges)
    return style.divide(values, area), style.divide(errors, area)


def _scientific(value):
    """A small number in LaTeX with two digits."""
    if value is None:
        return "not computed"
    if value >= 0.01 or value == 0:
        return f"{value:.2g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return rf"${mantissa}\times10^{{{int(exponent)}}}$"
