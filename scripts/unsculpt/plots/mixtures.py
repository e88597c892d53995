"""A background of several samples in the figures: a stack of them, and their shares."""

import numpy as np
from matplotlib.colors import to_rgb

from unsculpt.plots import style

FILL = "#a9cdf2"  # of a background that is one sample
# None is the colour of signal or of a method; the first is that of the background.
_COLOURS = (style.BACKGROUND["color"], "#2a9d6f", "#8c6239", "#7a6ea8", "#5c5c5c", "#c77d9b")
_TINT = 0.55  # of a filled area, towards white


def colour(study, name):
    """Colour of a background sample, the same in every figure."""
    names = [known for known, sample in study.samples.items() if sample["role"] == "background"]
    return _COLOURS[names.index(name) % len(_COLOURS)]


def tint(study, name):
    """The lighter colour of a background sample where it is filled."""
    return tuple((1 - _TINT) * np.array(to_rgb(colour(study, name))) + _TINT)


def fill_background(axes, edges, content, study, scale=1.0, **look):
    """Fill the background of a histogram: as one, or as the stack of its samples, the first at the bottom.

    `content` has "background" and, of two or more, "samples" by name. `scale`, a number or one for each bin, multiplies
    both. A stack is drawn from the top, so that the legend is in its order.
    """
    look = {"fill": True, "linewidth": 0} | look
    samples = content.get("samples") or {}
    if not samples:
        values = style.histogram(content["background"])[0] * scale
        axes.stairs(values, edges, label=study.sample("background"), color=FILL, **look)
        return
    values = np.array([style.histogram(sample)[0] * scale for sample in samples.values()])
    tops = np.cumsum(values, axis=0)
    for name, top, own in reversed(list(zip(samples, tops, values, strict=True))):
        axes.stairs(top, edges, baseline=top - own, label=study.latex(name), color=tint(study, name), **look)


def shares(axes, points, study):
    """Shares of the samples in bins of the mass: lines before the cut, markers after that of each of the points.

    The background is one of two or more samples.
    """
    profile = points[0]["curves"]["composition"]
    edges = style.edges_of(profile)
    for name, share in profile["samples"].items():
        values, errors = (style.numbers(share["before"][key]) for key in ("value", "error"))
        style.steps(axes, edges, values, errors, color=colour(study, name), label=study.latex(name))
    for i, point in enumerate(points):
        nudge = (i - (len(points) - 1) / 2) * 0.2 * np.diff(edges)  # so that the points of a bin stay apart
        marker = study.marker(point["method"])
        look = {"marker": marker, "linestyle": "none", "markersize": 4, "linewidth": 1.2}
        for name, share in point["curves"]["composition"]["samples"].items():
            values, errors = (style.numbers(share["after"][key]) for key in ("value", "error"))
            values = np.where(errors > 0, values, np.nan)  # a bin with one sample only: its error is not known
            axes.errorbar(style.centres(edges) + nudge, values, errors, color=colour(study, name), **look)
    axes.set(ylabel="Share", ylim=(0, 1.4), yticks=[0, 0.5, 1])
    axes.legend(loc="upper right", ncols=len(profile["samples"]), fontsize=9)
