"""What other scales of objects do to signal yield and background efficiency of all points."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

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
        Filled triangles are the scale up, open ones the scale down; bars are errors of pairs.
    """
    figure = Figure(figsize=(1.6 + len(settings) * max(3.6, 0.3 * len(points)), 6.6), layout="constrained")
    axes = figure.subplots(len(ROWS), len(settings), sharex="col", squeeze=False)
    names = [study.name(point["method"], point["tag"]) for point in points]
    for column, (name, about) in zip(axes.T, settings.items(), strict=True):
        found = [next(row for row in point["variations"] if row["name"] == name) for point in points]
        for panel, ((of, key), label) in zip(column, ROWS.items(), strict=True):
            panel.axhline(0, **style.GUIDE)
            for side, (marker, shift) in SIDES.items():
                for place, (point, variation) in enumerate(zip(points, found, strict=True)):
                    colour = study.colour(point["method"])
                    value, error = 100 * style.numbers(style.value_error(variation[side][of][key]))
                    look = {"color": colour, "markerfacecolor": colour if side == "up" else "white", "elinewidth": 1}
                    panel.errorbar(place + shift, value, error, fmt=marker, markersize=5.5, **look)
            panel.margins(y=0.2)
            panel.set_ylabel(label if panel in axes[:, 0] else "")
        scale = rf"{about['collection']} ($\pm${100 * about['scale']:g} %)".replace("_", " ")
        column[0].text(0.03, 0.96, scale, transform=column[0].transAxes, va="top")
        column[-1].set_xticks(np.arange(len(points)), names, rotation=90, fontsize=8)
        column[-1].set_xlim(-0.6, len(points) - 0.4)
        for panel in column:
            panel.tick_params(axis="x", which="minor", bottom=False, top=False)
    handles = [
        Line2D([], [], color="0.3", marker=marker, linestyle="none", label=side, markerfacecolor=face)
        for (side, (marker, _)), face in zip(SIDES.items(), ("0.3", "white"), strict=True)
    ]
    axes[0, -1].legend(handles=handles, loc="upper right", ncols=2, fontsize=8)
    style.identify(axes[0, 0], study, axes[0, -1])
    return figure
