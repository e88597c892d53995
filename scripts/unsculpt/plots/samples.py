"""What goes in: masses and features of the samples, correlations with the mass, and what the classifier uses."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from unsculpt.plots import mixtures, style

_CLASSES = (("signal", style.SIGNAL), ("background", style.BACKGROUND))


def mass(content, study):
    """Expected mass spectrum of signal on background, sample on sample, and the data with their ratio to it.

    Data in the window are not drawn while the study is blind: there are none in `content` either.
    """
    edges = style.edges_of(content)
    signal, background = (style.histogram(content[role]) for role, _ in _CLASSES)
    total, error = signal[0] + background[0], np.hypot(signal[1], background[1])
    figure, axes = style.panels()
    top, bottom = axes[:, 0]
    top.stairs(total, edges, fill=True, label=study.sample("signal"), **style.SIGNAL, alpha=0.75, linewidth=0)
    mixtures.fill_background(top, edges, content, study)
    band = {"fill": True, "color": "0.2", "alpha": 0.22, "linewidth": 0}
    top.stairs(total + error, edges, baseline=total - error, label="statistical error", **band)
    relative = style.divide(error, total)
    bottom.stairs(1 + relative, edges, baseline=1 - relative, **band)
    bottom.axhline(1, **style.GUIDE)
    if content.get("data"):
        _data_and_ratio(top, bottom, content["data"], edges, total, study)
    for panel in (top, bottom):
        style.shade_window(panel, study)
    top.set(ylabel=study.density_label, xlim=edges[[0, -1]], ylim=(0, None))
    bottom.set(xlabel=study.mass_label, ylabel="Data / exp.", ylim=(0, 2.3))
    top.legend()
    style.identify(top, study)
    return figure


def _data_and_ratio(top, bottom, data, edges, expected, study):
    counts = style.numbers(data["sumw"])
    below, above = style.counting_errors(counts)
    if study.blind and study.axis.window:
        counts = np.where(study.axis.in_window, np.nan, counts)
        low, high = study.axis.window
        top.text((low + high) / 2, 0.03, "blind", transform=top.get_xaxis_transform(), ha="center", color="0.15")
    x = style.centres(edges)
    top.errorbar(x, counts, [below, above], label=study.sample("data"), **style.DATA)
    bottom.errorbar(x, *(style.divide(v, expected) for v in (counts, [below, above])), **style.DATA)


def features(contents, study, labels, columns=6):
    """Shapes of all features for signal and background and, where there are data, these with their ratio.

    `contents` are the entries of metrics/{bkg}/features.json, `labels` the axis labels by feature. Shapes are
    normalised to unit area, and the samples of a background stacked in it; the ratio is that of data to background,
    since nearly all data are background.
    """
    columns = min(columns, len(contents))
    rows = -(-len(contents) // columns)
    with_data = any(content["histogram"].get("data") for content in contents)
    figure = Figure(figsize=(2.7 * columns + 0.4, (2.9 if with_data else 2.3) * rows + 0.5), layout="constrained")
    grids = figure.subfigures(rows, columns, squeeze=False)
    for content, grid in zip(contents, grids.flat, strict=False):
        _feature(grid, content["histogram"], labels[content["name"]], study, with_data)
    first = grids.flat[0].axes[0]
    handles = first.get_legend_handles_labels()
    words = f"{study.label}   " if study.label else ""
    title = words + ", ".join(filter(None, [study.luminosity, "shapes normalised to unit area"]))
    figure.legend(*handles, loc="outside upper left", ncols=3, fontsize=12)
    figure.legend([], [], loc="outside upper right", title=title, title_fontsize=12)
    return figure


def _feature(grid, content, label, study, with_data):
    edges = style.edges_of(content)
    grid.subplots(1 + with_data, 1, sharex=True, height_ratios=[3, 1] if with_data else None)
    top, bottom = grid.axes[0], grid.axes[-1]
    shapes = {}
    if content.get("samples"):
        area = style.numbers(content["background"]["sumw"]).sum() * np.diff(edges)
        mixtures.fill_background(top, edges, content, study, scale=style.divide(1, area))
    for role, look in _CLASSES:
        values, errors = style.histogram(content[role])
        width = values.sum() * np.diff(edges)
        shapes[role] = style.divide(values, width), style.divide(errors, width)
        style.steps(top, edges, *shapes[role], label=study.sample(role), **look)
    if content.get("data"):
        counts = style.numbers(content["data"]["sumw"])
        width = counts.sum() * np.diff(edges)
        shape, errors = style.divide(counts, width), style.divide(style.counting_errors(counts), width)
        points = {**style.DATA, "markersize": 2.5}
        x = style.centres(edges)
        top.errorbar(x, shape, errors, label=study.sample("data"), **points)
        reference = np.where(counts > 0, shapes["background"][0], 0)  # a ratio of nothing says nothing
        bottom.errorbar(x, style.divide(shape, reference), style.divide(errors, reference), **points)
        bottom.axhline(1, **style.GUIDE)
        bottom.set(ylim=(0, 2.4))
    bottom.set_xlabel(label, fontsize=10)
    top.set(xlim=edges[[0, -1]], ylim=(0, None))
    for axes in grid.axes:
        axes.minorticks_off()  # half of the time, and no room for them
        axes.tick_params(labelsize=7)
        axes.yaxis.set_major_locator(MaxNLocator(4, prune="upper"))
        axes.xaxis.set_major_locator(MaxNLocator(5))


def correlations(contents, study, labels):
    """Correlation of each feature with the mass: linear, by distance, and outside the window where there are data.

    A distance correlation is never negative; the tick beside it is its floor, what independent variables show.
    """
    with_data = any(content["sidebands"]["data"] for content in contents)
    figure, panels = _list([labels[content["name"]] for content in contents], 2 + with_data)
    y = np.arange(len(contents))
    for (role, look), marker, shift in zip(_CLASSES, "so", (0.16, -0.16), strict=True):
        for panel, kind in zip(panels, ("correlation", "distance"), strict=False):
            values = style.numbers([style.value_error(content[kind][role]) for content in contents])
            options = {"fmt": marker, "markersize": 4, "label": study.sample(role), "linewidth": 1.2, **look}
            panel.errorbar(values[:, 0], y + shift, xerr=values[:, 1], **options)
        floor = style.numbers([content["distance"][role]["floor"] for content in contents])
        panels[1].plot(floor, y + shift, "|", color=look["color"], alpha=0.7, markersize=7)
    if with_data:
        _sidebands(panels[2], contents, study)
    symbol = study.mass["latex"]
    titles = (
        f"Correlation with ${symbol}$",
        f"Distance correlation with ${symbol}$",
        f"Correlation in the {study.control}",
    )
    for panel, title in zip(panels, titles, strict=False):
        panel.set_xlabel(title, fontsize=10)
    for panel in (panels[0], *panels[2:]):
        panel.axvline(0, **style.GUIDE)
        limit = 1.15 * max(abs(edge) for edge in panel.get_xlim())
        panel.set_xlim(-limit, limit)
    panels[1].set_xlim(0, None)
    for panel in (panels[0], *panels[2:]):
        panel.legend(loc="lower right", fontsize=8)
    style.identify(panels[0], study, panels[-1])
    return figure


def _sidebands(axes, contents, study):
    """Correlations outside the signal window, of background and data."""
    y = np.arange(len(contents))
    for role, look, shift in (
        ("background", {**style.BACKGROUND, "marker": "o", "linestyle": "none", "markersize": 4}, 0.16),
        ("data", style.DATA, -0.16),
    ):
        parts = [content["sidebands"][role] or {"value": None, "error": None} for content in contents]
        values = style.numbers([style.value_error(part) for part in parts])
        axes.errorbar(values[:, 0], y + shift, xerr=values[:, 1], label=study.sample(role), **look)


def importance(ranking, study, labels, control=None):
    """Loss of area under the ROC curve when a feature is shuffled, most important first.

    `control` holds rankings outside the window with data, and with simulation, as background: the panel beside it.
    """
    control = {name: entries for name, entries in (control or {}).items() if entries}
    figure, panels = _list([labels[entry["feature"]] for entry in ranking], columns=2 if control else 1)
    values = style.numbers([[entry["drop_auc"], entry["error"]] for entry in ranking])
    y, colour = np.arange(len(ranking)), study.colour(study.plain)
    panels[0].barh(y, values[:, 0], height=0.62, color=colour, alpha=0.35)
    look = {"linestyle": "none", "linewidth": 1.2, "color": colour, "marker": study.marker(study.plain)}
    label = study.sample("background") if control else None
    panels[0].errorbar(values[:, 0], y, xerr=values[:, 1], label=label, **look)
    for name, shift, look in (
        ("simulation", -0.2, {**style.DATA, "color": style.BACKGROUND["color"]}),
        ("data", 0.2, style.DATA),
    ):
        found = {entry["feature"]: entry for entry in control.get(name, ())}
        if found:
            values = style.numbers([[found[e["feature"]][key] for key in ("drop_auc", "error")] for e in ranking])
            role = "background" if name == "simulation" else name
            options = {**look, "markersize": 3, "label": f"{study.sample(role)}, {study.control}"}
            panels[1].errorbar(values[:, 0], y + shift, xerr=values[:, 1], **options)
    for panel in panels:
        panel.axvline(0, **style.GUIDE)
        panel.set(xlabel="Decrease of the AUC when shuffled")
        if control:
            panel.legend(loc="lower right", fontsize=9)
    style.identify(panels[0], study)
    return figure


def _list(names, columns=1):
    """A figure with one named line (units left out) for each entry, the first at the top, and its panels."""
    figure = Figure(figsize=(2.9 + 3.5 * columns, 0.27 * len(names) + 1.3), layout="constrained")
    panels = figure.subplots(ncols=columns, sharey=True, squeeze=False)[0]
    panels[0].set_yticks(np.arange(len(names)), [name.split(" [")[0] for name in names])
    panels[0].set_ylim(len(names) - 0.4, -0.6)
    lines = {"color": "0.92", "linewidth": 0.8, "zorder": 0}
    for axes in panels:
        axes.tick_params(axis="y", which="both", length=0)
        axes.yaxis.minorticks_off()
        axes.hlines(np.arange(len(names)), 0, 1, transform=axes.get_yaxis_transform(), **lines)
    return figure, panels
