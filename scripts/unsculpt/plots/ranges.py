"""The points in ranges of another column: how they change with it, and the plane of the trade-off in each range."""

import numpy as np
from matplotlib.figure import Figure

from unsculpt.plots import style
from unsculpt.plots.tradeoff import HEIGHT, along_rejection, legend, plane

_SPREAD = 0.5  # of the width of a range, over which the points of the methods lie beside each other


def robustness(points, name, study, *, label, signal_efficiency):
    """Rejection and 1/JSD of some points against a column, without and with the cut on the mass.

    Parameters
    ----------
    points : list of dict
        Of the metrics JSON.
    name : str
        Of the ranges.
    study : style.Study
    label : str
        Of the column, with the unit in brackets.
    signal_efficiency : float

    Returns
    -------
    Figure
        A column of panels for each cut on the mass. The band is 1/floor of the points: what statistics allow.
    """
    cuts = _cuts(points, name)
    figure, axes = style.panels(ratio=False, columns=len(cuts), width=3.2 + 4.4 * len(cuts), height=7.2, rows=2)
    for cut, (top, bottom) in zip(cuts, axes.T, strict=True):
        shown = {(p["method"], p["tag"]): _entries(p, name, cut) for p in points}
        edges = _edges(next(iter(shown.values())))
        for i, ((method, tag), row) in enumerate(shown.items()):
            x = style.centres(edges) + _SPREAD * np.diff(edges) * ((i + 0.5) / len(shown) - 0.5)
            look = {"fmt": study.marker(method), "linestyle": study.line(method), "color": study.colour(method)}
            look |= {"markersize": 4, "linewidth": 1.1, "elinewidth": 0.9, "label": study.name(method, tag)}
            for panel, key in ((top, "rejection"), (bottom, "inverse_jsd")):
                value, error = style.numbers([style.value_error(entry[key]) for entry in row]).T
                value = style.positive(value)
                panel.errorbar(x, value, (np.minimum(error, 0.9 * value), error), **look)
        _limits(bottom, edges, list(shown.values()))
        top.text(0.03, 0.96, _said(cut, study), transform=top.transAxes, va="top", fontsize=9)
        bottom.set(xlabel=label, xlim=edges[[0, -1]])
        for panel in (top, bottom):
            style.logarithmic(panel)
            for edge in edges[1:-1]:
                panel.axvline(edge, color="0.9", linewidth=0.7, zorder=0)
    axes[0, 0].set_ylabel(r"Background rejection $1/\varepsilon_b$")
    axes[1, 0].set_ylabel(HEIGHT)
    legend(figure, [axes[1, 0]], study, signal_efficiency)
    style.identify(axes[0, 0], study, axes[0, -1])
    return figure


def planes(points, name, study, *, label, signal_efficiency):
    """The plane of rejection and 1/JSD in each range, a row of them for each cut on the mass; parameters as above."""
    cuts = _cuts(points, name)
    edges = _edges(_entries(points[0], name, cuts[0]))
    figure = Figure(figsize=(2.6 + 3.9 * (len(edges) - 1), 0.6 + 3.9 * len(cuts)), layout="constrained")
    axes = figure.subplots(len(cuts), len(edges) - 1, squeeze=False)
    for cut, row in zip(cuts, axes, strict=True):
        for i, panel in enumerate(row):
            shown = [{key: p[key] for key in ("method", "strength", "tag")} | _entries(p, name, cut)[i] for p in points]
            plane(panel, shown, study, limit=_level if cut else None)
            said = f"{_between(edges[i : i + 2], label)}\n{_said(cut, study)}"
            panel.text(0.97, 0.97, said, transform=panel.transAxes, ha="right", va="top", fontsize=8.5)
            panel.set_ylabel(HEIGHT)
    panels = list(axes.flat)
    for panel in panels:
        along_rejection(panel)
        panel.label_outer()
    _same_limits(panels)
    legend(figure, panels, study, signal_efficiency)
    style.identify(axes[0, 0], study, axes[0, -1])
    return figure


def column(points, name):
    """The column that ranges are of."""
    return next(entry["column"] for entry in points[0]["ranges"] if entry["name"] == name)


def _entries(point, name, cut):
    """What a point has of these ranges with this cut on the mass, in the order of the ranges."""
    return [entry for entry in point["ranges"] if entry["name"] == name and entry["mass_cut_gev"] == cut]


def _cuts(points, name):
    """The cuts on the mass, None first."""
    cuts = []
    for entry in points[0]["ranges"]:
        if entry["name"] == name and entry["mass_cut_gev"] not in cuts:
            cuts.append(entry["mass_cut_gev"])
    return cuts


def _edges(entries):
    return style.numbers([entries[0]["low"], *(entry["high"] for entry in entries)])


def _limits(axes, edges, rows):
    """Band of 1/floor of all points in each range."""
    limits = style.numbers([[entry["inverse_jsd"]["limit"] for entry in row] for row in rows])
    low, high = np.fmin.reduce(limits), np.fmax.reduce(limits)
    look = {"color": "0.5", "alpha": 0.3, "linewidth": 0, "zorder": 0, "label": "statistical limit 1/floor"}
    axes.stairs(high, edges, baseline=low, fill=True, **look)


def _level(axes, points):
    """The same in a plane, whatever the rejection: with a cut on the mass it does not tell the number of events."""
    floors = style.positive([point["jsd"]["floor"] for point in points])
    if np.isfinite(floors).any():
        look = {"color": "0.5", "alpha": 0.3, "linewidth": 0, "zorder": 0, "label": "statistical limit 1/floor"}
        axes.fill_between(axes.get_xlim(), 1 / np.nanmax(floors), 1 / np.nanmin(floors), **look)


def _same_limits(panels):
    """Give all panels axes that hold what is drawn in any of them; the limits of an empty one may be negative."""
    for name in ("xlim", "ylim"):
        limits = np.array([getattr(panel, f"get_{name}")() for panel in panels])
        limits = limits[limits[:, 0] > 0]
        if len(limits):
            for panel in panels:
                panel.set(**{name: (limits[:, 0].min(), limits[:, 1].max())})


def _said(cut, study):
    """The cut on the mass in words."""
    if cut is None:
        return "no cut on the mass"
    return rf"${cut[0]:g} \leq {study.mass['latex']} < {cut[1]:g}$ GeV"


def _between(edges, label):
    """A range in words, from the label of an axis."""
    symbol, _, unit = label.partition(" [")
    symbol = symbol.strip("$") if symbol.startswith("$") else rf"\mathrm{{{symbol}}}".replace("_", r"\_")
    return rf"${edges[0]:g} \leq {symbol} < {edges[1]:g}$ {unit.rstrip(']')}".strip()
