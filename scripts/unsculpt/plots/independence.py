"""What scores are worth against what they know of a protected variable."""

from matplotlib.figure import Figure

from unsculpt.naming import method_label
from unsculpt.plots import style

ACROSS = "Cross-entropy of the best function of the score [nat]"
UP = "KS / floor (less is more independent)"


def planes(points, study):
    """A plane of cross-entropy and KS/floor of all points for each protected variable that the study asks for.

    Parameters
    ----------
    points : list of dict
        Of independence/{bkg}/{method}.json.
    study : style.Study

    Returns
    -------
    Figure
        To the left separates better, downwards knows less; at one, the dashed line, nothing can be seen.
    """
    names = [row["name"] for row in points[0]["independence"]]
    figure = Figure(figsize=(2.2 + 5.2 * len(names), 5.0), layout="constrained")
    panels = figure.subplots(ncols=len(names), squeeze=False)[0]
    for number, (name, axes) in enumerate(zip(names, panels, strict=True)):
        for method in study.methods:
            row = sorted((p for p in points if p["method"] == method), key=lambda p: p["strength"])
            found = [point["independence"][number] for point in row]
            x, x_error = _columns([of["cross_entropy"] for of in found])
            floor = style.numbers([of["ks"]["floor"] for of in found])
            y, y_error = (values / floor for values in _columns([of["ks"] for of in found]))
            scatter(axes, method, [p["tag"] for p in row], (x, y), (x_error, y_error), study)
        axes.axhline(1, **style.GUIDE)
        style.logarithmic(axes)
        axes.set(xlabel=ACROSS, ylabel=UP)
        axes.text(0.97, 0.97, name, transform=axes.transAxes, ha="right", va="top")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right upper")
    style.identify(panels[0], study, panels[-1])
    return figure


def scatter(axes, method, tags, values, errors, study):
    """The points of one method in a plane, joined in the order of their strengths, which are written beside them.

    values, errors : pairs of arrays, across and up; an error is (n,), or (2, n) below and above.
    """
    look = {"color": study.colour(method), "label": method_label(method, study.methods[method]), "zorder": 3}
    axes.errorbar(*values, errors[1], errors[0], fmt=study.marker(method), markersize=5.5, elinewidth=1, **look)
    axes.plot(*values, color=study.colour(method), linestyle=study.line(method), linewidth=1, alpha=0.5)
    if study.symbol(method) is None or study.line(method) != "-":
        return
    for tag, x, y in zip(tags, *values, strict=True):
        where = {"xytext": (5, 4), "textcoords": "offset points", "fontsize": 7.5, "color": study.colour(method)}
        axes.annotate(f"{float(tag):g}", (x, y), **where)


def _columns(measured):
    """Values and errors of some measurements."""
    return style.numbers([style.value_error(one) for one in measured]).T
