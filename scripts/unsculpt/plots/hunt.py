"""The search without a model: spectra of what is least like background, and what a bump hunt finds in them."""

import numpy as np
from matplotlib.figure import Figure

from unsculpt import methods
from unsculpt.plots import style

_COLUMNS = 4


def spectra(points, study):
    """The spectrum of each point with signal in it, the fit without a bump, and the window of the largest excess."""
    ordered = [point for family in methods.families(points, study.methods) for point in family]
    rows = -(-len(ordered) // _COLUMNS)
    figure = Figure(figsize=(1 + 3.3 * min(_COLUMNS, len(ordered)), 0.8 + 2.7 * rows), layout="constrained")
    panels = figure.subplots(rows, min(_COLUMNS, len(ordered)), squeeze=False, sharex=True).ravel()
    for panel, point in zip(panels, ordered, strict=False):
        edges, counts = style.edges_of(point), style.numbers(point["counts"])
        below, above = style.counting_errors(counts)
        panel.stairs(style.numbers(point["signal_counts"]), edges, fill=True, alpha=0.4, **style.SIGNAL)
        panel.errorbar(style.centres(edges), counts, (below, above), **style.DATA | {"markersize": 2.5})
        if point["hunt"] is not None:
            panel.stairs(style.numbers(point["hunt"]["expected"]), edges, baseline=None, color="0.1", linewidth=1.2)
            panel.axvspan(*point["hunt"]["window"], **style.WINDOW)
        name = f"{study.name(point['method'], point['tag'])}: {100 * point['contamination']:.3g} %"
        panel.set_title(name, fontsize=8)
        panel.text(0.97, 0.95, _said(point["hunt"]), transform=panel.transAxes, ha="right", va="top", fontsize=7.5)
        panel.set(ylim=(0, 1.35 * max(np.max(counts + above), 1)), xlim=edges[[0, -1]])
    for panel in panels[len(ordered) :]:
        panel.set_axis_off()
    figure.supxlabel(study.mass_label, fontsize=11)
    figure.supylabel(study.density_label, fontsize=11)
    figure.legend([], [], loc="outside upper right", title=style.words(study), title_fontsize=11)
    return figure


def _said(found):
    """What a hunt found, in words."""
    if found is None:
        return "not fitted"
    sign = "> " if found["at_limit"] else ""
    return (
        f"{found['function']}, p = {found['p_value']:.2g}\nlocal {found['local']:.1f}"
        f"\nglobal {sign}{found['significance']:.1f}\nsignal in window {found['signal']:.0f}"
    )


def significances(points, study):
    """Local and global significance of the largest excess against the share of signal, a line for each family.

    Methods with one share are drawn only where no method has several. Arrows are lower limits: no toy had as much.
    Crossed out is what was found in a spectrum that the function does not describe, with a probability below 1 %. At
    zero share all that is found is of the method's own making, or luck.
    """
    figure = Figure(figsize=(10.4, 4.6), layout="constrained")
    local, overall = figure.subplots(ncols=2, sharex=True)
    every = methods.families(points, study.methods)
    every = [family for family in every if len(family) > 1] or every
    shares = sorted({point["contamination"] for point in points})
    linear = next((share for share in shares if share), 1e-3)
    for place, family in enumerate(every):
        known = [point for point in family if point["hunt"] is not None]
        if not known:
            continue
        first = known[0]["method"]
        x = np.array([point["contamination"] for point in known]) * (1 + 0.01 * (place - len(every) / 2))
        look = {"color": study.colour(first), "linestyle": study.line(first)}
        label = study.name(first, known[0]["tag"])
        for panel, key in ((local, "local"), (overall, "significance")):
            y = style.numbers([point["hunt"][key] for point in known])
            panel.plot(x, y, marker=study.marker(first), markersize=5, label=label, **look)
            bad = np.array([point["hunt"]["p_value"] < 0.01 for point in known])
            panel.plot(x[bad], y[bad], "x", color="black", markersize=9, zorder=4)
        at_limit = np.array([point["hunt"]["at_limit"] for point in known])
        if at_limit.any():
            limits = style.numbers([point["hunt"]["significance"] for point in known])[at_limit]
            overall.errorbar(x[at_limit], limits, yerr=0.25, lolims=True, linestyle="none", color=look["color"])
    for panel, name in ((local, "Local significance"), (overall, "Global significance")):
        panel.set_xscale("symlog", linthresh=linear, linscale=0.4)
        panel.set(xlabel="Share of signal", ylabel=name, ylim=(0, None))
        panel.set_xticks(shares, [f"{100 * share:.3g} %" for share in shares])
        panel.minorticks_off()
    figure.legend(*local.get_legend_handles_labels(), loc="outside right upper", fontsize=9)
    style.identify(local, study, overall)
    return figure
