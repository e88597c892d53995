"""Significance against the threshold of the score, and against the signal efficiency, where a nuisance moves it."""

import numpy as np

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
