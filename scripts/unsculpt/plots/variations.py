"""What other scales of objects do to signal yield and background efficiency of all points."""

import numpy as np

from unsculpt.naming import method_label
from unsculpt.plots import style

ROWS = {  # class and key of what is drawn, with its label
    ("signal", "passing"): "Signal yield [%]",
    ("background", "efficiency"): "Background efficiency [%]",
}
SIDES = {"up": ("^", -0.14), "down": ("v", 0.14)}


def variations(points, study, settings):
    """Relative changes of signal yield and background efficiency, a column for each variation.

    Parameters
    ----------
    points : list of dict
        Of variations/{bkg}/{method}.json, all methods, in the order in which they stand along the axis.
    study : style.Study
    settings : dict
        The sub-tree `variations` of the configuration.

    Returns
    -------
    Figure
        Points of a method stand side by side by strength, which is written below them. Filled triangles are the scale
        up, open ones the scale down; bars are errors of pairs.
    """
    width = 2.6 + len(settings) * max(4.2, 0.34 * len(points))
    figure, axes = style.panels(height=6.4, ratio=False, columns=len(settings), rows=len(ROWS), width=width)
    places = np.arange(len(points))
    methods = list(dict.fromkeys(point["method"] for point in points))
    for column, (name, about) in enumerate(settings.items()):
        for panel, ((of, key), label) in zip(axes[:, column], ROWS.items(), strict=True):
            panel.axhline(0, **style.GUIDE)
            for method in methods:
                rows = [i for i, point in enumerate(points) if point["method"] == method]
                found = [next(v for v in points[i]["variations"] if v["name"] == name) for i in rows]
                for side, (marker, shift) in SIDES.items():
                    measured = [style.value_error(variation[side][of][key]) for variation in found]
                    values, errors = 100 * style.numbers(measured).T
                    colour = study.colour(method)
                    look = {"color": colour, "markerfacecolor": colour if side == "up" else "white", "markersize": 5.5}
                    if column == 0 and side == "up":
                        look["label"] = method_label(method, study.methods[method])
                    panel.errorbar(places[rows] + shift, values, errors, fmt=marker, elinewidth=1, **look)
            if column == 0:
                panel.set_ylabel(label)
        scale = rf"{about['collection']} ($\pm${100 * about['scale']:g} %)".replace("_", " ")
        axes[0, column].text(0.03, 0.95, scale, transform=axes[0, column].transAxes, va="top")
        tags = ["–" if study.symbol(p["method"]) is None else f"{float(p['tag']):g}" for p in points]
        axes[-1, column].set_xticks(places, tags, rotation=90, fontsize=8)
        axes[-1, column].set_xlabel("Strength")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", title="filled: up\nopen: down", title_fontsize=8)
    style.identify(axes[0, 0], study, axes[0, -1])
    return figure
