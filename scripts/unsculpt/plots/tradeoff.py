"""The trade-off plane: what each method selects, against how much it sculpts and what that costs in the fit."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from unsculpt.acceptance import ACCEPTED, EXCLUDED, UNDECIDED
from unsculpt.naming import method_label
from unsculpt.plots import style

HEIGHT = "1 / JSD (less sculpting is higher)"
_LEAST = 0.005  # of the spurious signal: points below are drawn there
_MOST_LABELS = 14  # points whose strengths are written beside them; of more, only the first and last of a method


def tradeoff(points, chosen, study, comparison):
    """Background rejection against 1/JSD and against the spurious signal, a point for each strength of each method.

    Parameters
    ----------
    points : list of dict
        Of the metrics JSON. Thick bars are the errors of the events, thin ones hold those of training too.
    chosen : tuple of method and tag
        The working point.
    study : style.Study
    comparison : dict
        Content of comparison.json: the spurious signals and the limit. Without spurious signals there is one panel.

    Returns
    -------
    Figure
        Upwards sculpts less in both panels. The statistical limit is 1/floor; the vertical line is the limit of
        selections that do not sculpt; filled points of the right panel are accepted, pale ones undecided.
    """
    judged = [row for row in comparison["points"] if row["n_sp_over_error"]["value"] is not None]
    figure = Figure(figsize=(12.6 if judged else 8.4, 5.8), layout="constrained")
    panels = figure.subplots(ncols=1 + bool(judged), squeeze=False)[0]
    plane(panels[0], points, study)
    panels[0].set(ylabel=HEIGHT)
    if judged:
        for method in study.methods:
            _spurious_signals(panels[1], [row for row in judged if row["method"] == method], study)
        _criterion(panels[1], comparison["of_error"])
    for panel in panels:
        along_rejection(panel)
        _limit(panel, comparison["limit"], study)
    _circle(panels, style.point(points, *chosen), comparison, study)
    legend(figure, panels, study, comparison["signal_efficiency"])
    style.identify(panels[0], study, panels[-1])
    return figure


def plane(axes, points, study, limit=None):
    """Draw points, with `rejection` and `jsd`, in a plane of rejection and 1/JSD, with the statistical limit.

    `limit` draws that from axes and points where it is not a line, because the rejections are not of the cut on the
    score alone.
    """
    below = [method for method in study.methods if study.symbol(method)][1::2]  # names of neighbours stay apart
    for method in study.methods:
        row = sorted((p for p in points if p["method"] == method), key=lambda p: p["strength"])
        _divergences(axes, row, study, len(points), above=method not in below)
    axes.margins(x=0.09)  # for the names of the strengths
    (limit or _statistical_limit)(axes, points)
    style.logarithmic(axes)


def along_rejection(axes):
    """Make the horizontal axis that of the rejection."""
    style.logarithmic(axes, "x")
    axes.set(xlabel=r"Background rejection $1/\varepsilon_b$")
    for ticks in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        ticks(FuncFormatter(_plain_number))


def legend(figure, panels, study, signal_efficiency):
    """A legend of what is in any of the panels beside them, the methods first; its title is the signal efficiency."""
    handles = {}
    for panel in panels:
        for handle, name in zip(*panel.get_legend_handles_labels(), strict=True):
            handles.setdefault(name, handle)
    methods = [method_label(name, settings) for name, settings in study.methods.items()]
    handles = dict(sorted(handles.items(), key=lambda entry: entry[0] not in methods))
    title = rf"$\varepsilon_s = {signal_efficiency:.2g}$"
    look = {"loc": "outside right upper", "title": title, "labelspacing": 0.55, "fontsize": 9}
    figure.legend(list(handles.values()), list(handles), **look)


def _plain_number(value, _position):
    """Tick labels of the rejection: 1 to 6 and 8 times a power of ten, since the axis rarely spans two decades."""
    if not value > 0:
        return ""
    first = value / 10 ** np.floor(np.log10(value) + 1e-9)
    return f"{value:g}" if min(abs(first - n) for n in (1, 2, 3, 4, 5, 6, 8)) < 1e-6 else ""


def _divergences(axes, row, study, number, above):
    """The points of one method: rejection against 1/JSD with a band along them, strengths above or below them."""
    if not row:
        return
    method = row[0]["method"]
    colour, name = study.colour(method), method_label(method, study.methods[method])
    x, x_error, x_events = _with_parts(row, "rejection")
    value, error, events = _with_parts(row, "jsd")
    value = style.positive(value)
    axes.errorbar(
        x, 1 / value, _inverse(value, events), x_events, fmt=study.marker(method), color=colour, label=name,
        markersize=6, elinewidth=1.3, zorder=3,
    )  # fmt: skip
    if np.any(error > events) or np.any(x_error > x_events):
        bars = _inverse(value, error), x_error
        axes.errorbar(x, 1 / value, *bars, linestyle="none", color=colour, elinewidth=0.7, capsize=2, zorder=2)
    if len(row) > 1:
        axes.plot(x, 1 / value, color=colour, linewidth=1, alpha=0.5)
        axes.fill_between(
            x, 1 / (value + error), 1 / np.maximum(value - error, value / 4), color=colour, alpha=0.1, lw=0
        )
    if study.symbol(method) is None or (number > _MOST_LABELS and study.line(method) != "-"):
        return
    for i, place in enumerate(zip(x, 1 / value, strict=True)):
        if np.isfinite(place).all() and (number <= _MOST_LABELS or i in (0, len(row) - 1)):
            text = f"${study.symbol(method)}={row[i]['strength']:g}$"
            offset, side = ((6, 5), "left") if above else ((-6, -11), "right")
            axes.annotate(text, place, offset, textcoords="offset points", fontsize=7, color=colour, ha=side)


def _with_parts(row, name):
    """Value, error, and the part of the error that is of the events, of a number of some points."""
    numbers = [point[name] for point in row]
    return style.numbers([[*style.value_error(n), n.get("error_events", n["error"])] for n in numbers]).T


def _inverse(value, error):
    """Distances of the ends of a bar of 1/value, below and above; a bar must end above zero."""
    return np.minimum(error / value**2, 0.9 / value), error / value**2


def _spurious_signals(axes, row, study):
    """The points of one method: rejection against the spurious signal over its uncertainty."""
    if not row:
        return
    method = row[0]["method"]
    x, x_error = style.numbers([style.value_error(r["rejection"]) for r in row]).T
    value, error = style.numbers([style.value_error(r["n_sp_over_error"]) for r in row]).T
    shown, error = np.maximum(value, _LEAST), np.nan_to_num(error)
    look = {"color": study.colour(method), "fmt": study.marker(method), "markersize": 6, "elinewidth": 1.3, "zorder": 3}
    pale = tuple(1 - 0.4 * (1 - np.array(to_rgb(study.colour(method)))))
    by_verdict = {ACCEPTED: look["color"], UNDECIDED: pale, EXCLUDED: "white"}
    faces = [by_verdict[r["acceptance"]["verdict"]] for r in row]
    for face in dict.fromkeys(faces):
        chosen = np.array([other == face for other in faces])
        bars = np.minimum(error, shown - 0.6 * _LEAST)[chosen], error[chosen]
        axes.errorbar(x[chosen], shown[chosen], bars, x_error[chosen], **look, markerfacecolor=face)
    axes.plot(x, shown, color=study.colour(method), linewidth=1, alpha=0.35)


def _criterion(axes, criterion):
    """The criterion and the axis of the right panel, small values at the top."""
    x = axes.get_xlim()
    name = f"published criterion: {criterion:g}"
    axes.plot(x, [criterion, criterion], color="0.25", linestyle="-.", linewidth=1, label=name)
    highest = max(1.5, *(np.nanmax(line.get_ydata(), initial=0) for line in axes.lines))
    axes.set(xlim=x, yscale="log", ylim=(1.6 * highest, 0.6 * _LEAST))
    axes.set_ylabel(r"Spurious signal $|N_\mathrm{sp}|\,/\,\sigma$ (less is higher)")
    text = "filled: accepted; pale: undecided; hollow: excluded"
    axes.text(0.03, 0.03, text, transform=axes.transAxes, fontsize=8.5, color="0.3")


def _statistical_limit(axes, points):
    """Shade above 1/floor, from the least to the most rejection of the points."""
    pairs = np.array([[*style.value_error(p["rejection"])[:1], p["jsd"]["floor"]] for p in points], float)
    pairs = pairs[np.isfinite(pairs).all(axis=1) & (pairs[:, 1] > 0)]
    if not len(pairs):
        return
    axes.set_yscale("log")
    x, limit = pairs[np.argsort(pairs[:, 0])].T
    low, high = axes.get_ylim()
    axes.plot(x, 1 / limit, color="0.45", linestyle="--", linewidth=1, label="statistical limit 1/floor")
    axes.fill_between(x, 1 / limit, 30 / limit, color="0.88", linewidth=0, zorder=0)
    axes.set_ylim(min(low, 0.5 / limit.max()), max(high, 2 / limit.min()))


def _limit(axes, limit, study):
    """The rejection that no selection beats without sculpting, with its error."""
    if limit is None or limit["rejection"]["value"] is None:
        return
    value, error = style.value_error(limit["rejection"])
    low, high = sorted(axes.get_ylim())
    colour = study.colour(limit["method"])
    name = method_label(limit["method"], study.methods[limit["method"]])
    axes.plot([value, value], [low, high], color=colour, linestyle=":", linewidth=1.5, label=f"limit: {name}", zorder=1)
    axes.fill_betweenx([low, high], value - error, value + error, color=colour, alpha=0.12, linewidth=0, zorder=0)


def _circle(panels, point, comparison, study):
    """Mark the chosen point in both panels."""
    rows = [r for r in comparison["points"] if (r["method"], r["tag"]) == (point["method"], point["tag"])]
    heights = [1 / point["jsd"]["value"] if point["jsd"]["value"] else None]
    heights += [
        None if r["n_sp_over_error"]["value"] is None else max(r["n_sp_over_error"]["value"], _LEAST) for r in rows
    ]
    for panel, height in zip(panels, heights, strict=False):
        if height is not None and point["rejection"]["value"] is not None:
            panel.scatter(
                point["rejection"]["value"], height, s=190, facecolors="none", edgecolors="black", linewidths=1.4,
                label=f"chosen: {study.name(point['method'], point['tag'])}", zorder=4,
            )  # fmt: skip
