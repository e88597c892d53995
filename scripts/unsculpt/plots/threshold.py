"""Significance against the threshold of the score, and against the signal efficiency, where a nuisance moves it."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from unsculpt.plots import style

AXES = {"threshold": "Threshold of the score", "signal_efficiency": r"Signal efficiency $\varepsilon_s$"}
_LINES = ("-", "--", "-.", ":")


def threshold(content, study, settings):
    """The AMS of every point, a line each, with a band over its seeds.

    Parameters
    ----------
    content : dict
        Of threshold/{bkg}.json.
    study : style.Study
    settings : dict
        The sub-tree `threshold` of the configuration.

    Returns
    -------
    Figure
        The horizontal line is the AMS without a cut, where nothing moves. Without three seeds the band is the error of
        the events. Thresholds that are not measurable are not drawn.
    """
    figure, axes = style.panels(height=5.6, ratio=False, columns=2, width=13.6)
    names = [(point["method"], point["strength"]) for point in content["points"]]
    for panel, (kind, label) in zip(axes[0], AXES.items(), strict=True):
        for point in content["points"]:
            method = point["method"]
            several = sum(other == method for other, _ in names) > 1
            colour = study.shade(method, point["strength"]) if several else study.colour(method)
            row = sorted(strength for other, strength in names if other == method).index(point["strength"])
            line = study.line(method) if not several else _LINES[row % len(_LINES)]
            curve = point["curves"][kind]
            x, ams, spread, events = (style.numbers(curve[key]) for key in ("x", "ams", "spread", "error_events"))
            panel.plot(x, ams, color=colour, linestyle=line, label=study.name(method, point["tag"]))
            error = np.nan_to_num(np.where(np.isfinite(spread), spread, events))
            low = np.maximum(ams - error, 0)
            panel.fill_between(x, low, ams + error, color=colour, alpha=0.16, linewidth=0)
        uncut = next((p["curves"]["threshold"]["ams"][0] for p in content["points"]), None)
        if uncut is not None:
            panel.axhline(uncut, label="no cut", **style.GUIDE)
        panel.set(xlabel=label, xlim=(0, 1))
        panel.set_ylim(0, None)
    axes[0, 0].set_ylabel("AMS")
    least, nominal = settings["min_events"], settings["nominal"]
    said = f"{settings['signal_events']:g} signal, {settings['background_events']:g} background ({nominal})"
    handles, labels = axes[0, 0].get_legend_handles_labels()
    title = f"{said}\n$\\geq$ {least:g} simulated events of each value"
    figure.legend(handles, labels, loc="outside right upper", title=title, fontsize=9, title_fontsize=8)
    style.identify(axes[0, 0], study, axes[0, -1])
    return figure


def shapes(content, study, labels, columns=4):
    """Distributions of all features and scores of both classes, a line for each value of the nuisance.

    Parameters
    ----------
    content : dict
        Of threshold/{bkg}.json.
    study : style.Study
    labels : dict
        Of the axes, by feature.

    Returns
    -------
    Figure
        The nominal value is solid. Words give the JSD between the values over its floor, which is 1 for what does not
        know the nuisance.
    """
    contents = content["shapes"]
    columns = min(columns, len(contents))
    rows = -(-len(contents) // columns)
    figure = Figure(figsize=(3.2 * columns + 0.4, 2.6 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    looks = {"signal": style.SIGNAL, "background": style.BACKGROUND}
    for panel, of in zip(panels.flat, contents, strict=False):
        edges = style.edges_of(of)
        for name, look in looks.items():
            for value, filled in of[name].items():
                density = style.numbers(filled["sumw"]) / np.diff(edges)
                line = _LINES[content["values"].index(value) % len(_LINES)]
                panel.stairs(density, edges, baseline=None, linewidth=1.3, linestyle=line, **look)
        panel.set_xlabel(labels[of["feature"]] if "feature" in of else study.name(of["method"], of["tag"]), fontsize=10)
        panel.set(xlim=edges[[0, -1]], ylim=(0, 1.25 * panel.get_ylim()[1]))
        told = [f"{name[0].upper()} {_over_floor(of['jsd'][name])}" for name in looks]
        panel.text(0.97, 0.95, "   ".join(told), transform=panel.transAxes, ha="right", va="top", fontsize=8)
        panel.minorticks_off()
        panel.tick_params(labelsize=7)
        panel.yaxis.set_major_locator(MaxNLocator(4, prune="upper"))
        panel.xaxis.set_major_locator(MaxNLocator(5))
    for panel in panels.flat[len(contents) :]:
        panel.set_visible(False)
    handles = [Line2D([], [], label=name, **look) for name, look in looks.items()]
    handles += [
        Line2D([], [], color="0.3", linestyle=_LINES[i % len(_LINES)], label=f"{content['nuisance']} {value}")
        for i, value in enumerate(content["values"])
    ]
    title = "Unit area; numbers: JSD between the values over its floor"
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), fontsize=10)
    figure.legend([], [], loc="outside upper right", title=title, title_fontsize=10)
    return figure


def _over_floor(jsd):
    """A JSD in units of its floor, in words."""
    return "-" if jsd is None or not jsd["floor"] else f"{jsd['value'] / jsd['floor']:.2g}"
