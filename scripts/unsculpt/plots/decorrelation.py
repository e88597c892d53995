"""How decorrelation works: scores in slices of the mass, taggers before and after it, and how a JSD adds up."""

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from unsculpt.naming import raw_of, strength_tag
from unsculpt.plots import style

_LEAST = 0.05  # share of the signal of which a slice is drawn
COLUMNS = 3


def pairs(points, study, comparison):
    """Each decorrelated point with what it was before: (raw, decorrelated) pairs of points, in the order of the study.

    Of a method of several strengths its best point, or else its strongest; of trees, whose weakest is what they were
    before, the strongest.
    """
    found = {(point["method"], point["tag"]): point for point in points}
    taken = {entry["method"]: (entry["best"] or entry["strongest"]) for entry in comparison["methods"]}
    result = []
    for method, settings in study.methods.items():
        raw, row = raw_of(method, study.methods), taken.get(method)
        if raw is None:
            continue
        tag = strength_tag(max(settings["strengths"])) if row is None or raw == method else row["tag"]
        before = (raw, tag) if "transform" in settings else (raw, "0")
        if {before, (method, tag)} <= found.keys():
            result.append((found[before], found[method, tag]))
    return result


def of_each(points, study, comparison):
    """One point of each method, its best or else its strongest, in the order of the study."""
    rows = {entry["method"]: entry["best"] or entry["strongest"] for entry in comparison["methods"]}
    wanted = {method: (rows.get(method) or {}).get("tag") for method in study.methods}
    own = {method: [point for point in points if point["method"] == method] for method in study.methods}
    return [next((p for p in own[m] if p["tag"] == tag), own[m][-1]) for m, tag in wanted.items() if own[m]]


def told(points, chosen, found, study):
    """The points whose divergence is told: the plain and the chosen one, and the first pair of single features."""
    kinds = [(raw, other) for raw, other in found if "feature" in study.methods[raw["method"]]]
    shown = [style.plain_point(points, study), style.point(points, *chosen), *(kinds[0] if kinds else ())]
    return list({(point["method"], point["tag"]): point for point in shown}.values())


def distributions(points, study):
    """Scores of signal and background in slices of the mass, a panel for each of the points.

    Lines of a class that lie on each other are a score that does not know the mass. Each line has unit area.
    """
    columns = min(COLUMNS + 1, len(points))
    rows = -(-len(points) // columns)
    figure = Figure(figsize=(3.3 * columns + 0.4, 2.5 * rows + 0.9), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    for point, axes in zip(points, panels.flat, strict=False):
        _slices(axes, point["curves"]["slices"], study)
        axes.set_title(study.name(point["method"], point["tag"]), fontsize=10)
    for axes in panels.flat[len(points) :]:
        axes.axis("off")
    for axes in panels[:, 0]:
        axes.set_ylabel("Normalised")
    for axes in panels.flat[max(len(points) - columns, 0) : len(points)]:
        axes.set_xlabel("Score")
    handles = panels.flat[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper left", ncols=4, fontsize=9, title=study.mass_label)
    figure.legend([], [], loc="outside upper right", title=style.words(study), title_fontsize=11)
    return figure


def _slices(axes, content, study):
    """The lines of one score: background solid, signal dashed where there is some, in the colour of the slice."""
    edges, slices = style.edges_of({"edges": content["edges"]}), style.numbers(content["edges_gev"])
    colours = colormaps["viridis"](np.linspace(0, 0.88, len(slices) - 1))
    widths, heights = np.diff(edges), []
    for role, look in (("background", {"linestyle": "-"}), ("signal", {"linestyle": (0, (3, 1.5))})):
        values, errors = style.histogram(content[role])
        for i, colour in enumerate(colours):
            total = values[i].sum()
            if not total > (_LEAST * values.sum() if role == "signal" else 0):
                continue
            name = f"{study.sample(role)}, {slices[i]:g}-{slices[i + 1]:g}"
            shape, error = style.divide(values[i], total * widths), style.divide(errors[i], total * widths)
            axes.stairs(shape, edges, baseline=None, color=colour, linewidth=1.3, label=name, **look)
            axes.stairs(shape + error, edges, baseline=shape - error, fill=True, color=colour, alpha=0.15, linewidth=0)
            heights.append(np.nanmax(shape, initial=0))
    axes.set(xlim=edges[[0, -1]], ylim=(0, 1.15 * max(heights, default=1) or 1))
    axes.minorticks_off()
    axes.tick_params(labelsize=8)


def compared(found, study):
    """Background mass after the cut on what is raw and on what is decorrelated, a panel for each pair of `pairs`.

    Signal and background before the cut are filled; all shapes have unit area.
    """
    columns = min(COLUMNS, len(found))
    rows = -(-len(found) // columns)
    figure = Figure(figsize=(4 * columns + 0.6, 3 * rows + 0.8), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    lowest = []
    for (raw, other), axes in zip(found, panels.flat, strict=False):
        spectra = raw["curves"]["spectra"]
        edges = style.edges_of(spectra)
        for role, key, look in (("background", "inclusive", style.BACKGROUND), ("signal", "signal", style.SIGNAL)):
            values = style.histogram(spectra[key])[0]
            shape = style.divide(values, values.sum())
            axes.stairs(shape, edges, fill=True, alpha=0.22, label=study.sample(role), **look)
        for point, look in (
            (raw, {"color": "0.15", "linestyle": "--"}),
            (other, {"color": study.colour(other["method"])}),
        ):
            values, errors = style.histogram(point["curves"]["spectra"]["pass"])
            shape, error = (style.divide(v, values.sum()) for v in (values, errors))
            shape = style.positive(shape)
            error = np.minimum(error, 0.95 * shape)  # a band must end above zero
            style.steps(axes, edges, shape, error, label=study.name(point["method"], point["tag"]), **look)
            lowest.append(np.nanmin(shape, initial=np.inf))
        style.shade_window(axes, study)
        axes.set(yscale="log", xlim=edges[[0, -1]])
        axes.minorticks_off()
        axes.legend(fontsize=7.5, loc="upper right", ncols=2)
    panels[0, 0].set_ylim(0.3 * min(max(min(lowest), 3e-5), 0.01), 6)
    for axes in panels.flat[len(found) :]:
        axes.axis("off")
    for axes in panels[:, 0]:
        axes.set_ylabel("Share of a bin")
    for axes in panels.flat[max(len(found) - columns, 0) : len(found)]:
        axes.set_xlabel(study.mass_label)
        axes.xaxis.set_tick_params(labelbottom=True)
    efficiency = found[0][0]["signal_efficiency"]["value"]
    style.identify(panels[0, 0], study, panels[0, -1])
    figure.suptitle(rf"Background at $\varepsilon_s = {efficiency:.2g}$", fontsize=11, x=0.5)
    return figure


def divergence(points, study):
    """How the JSD at the working point adds up over the mass, a column for each of the points.

    Top: what passes the cut, its reference, and their mean. Middle: what each bin adds to the two divergences from the
    mean. Bottom: half of their sum, in each bin and up to it, with the floor.
    """
    figure = Figure(figsize=(1.2 + 4.2 * len(points), 8), layout="constrained")
    panels = figure.subplots(4, len(points), sharex=True, sharey="row", squeeze=False, height_ratios=[3, 2, 2, 2])
    for column, point in zip(panels.T, points, strict=True):
        curve, spectra = point["curves"]["divergence"], point["curves"]["spectra"]
        edges = style.edges_of(curve)
        colour = study.colour(point["method"])
        reference = {"fail": ("fail", "fails"), "inclusive": ("inclusive", "all background")}[point["jsd"]["reference"]]
        passed, other = (style.histogram(spectra[key])[0] for key in ("pass", reference[0]))
        passed, other = style.divide(passed, passed.sum()), style.divide(other, other.sum())
        names = {"passed": "passes, $P$", "reference": f"{reference[1]}, $Q$"}
        looks = {"passed": {"color": colour}, "reference": {"color": "0.45"}}
        for values, role in ((passed, "passed"), (other, "reference")):
            style.steps(column[0], edges, values, label=names[role], **looks[role])
            style.steps(column[1], edges, style.numbers(curve[role]), label=_TERMS[role], **looks[role])
        column[0].stairs((passed + other) / 2, edges, baseline=None, color="black", linestyle=":", label="mean, $M$")
        column[1].axhline(0, **style.GUIDE)
        for axes, key in ((column[2], "jsd"), (column[3], "cumulative")):
            value, error = style.numbers(curve[key]["value"]), style.numbers(curve[key]["error"])
            style.steps(axes, edges, value, error, color=colour)
            axes.axhline(0, **style.GUIDE)
        if point["jsd"]["floor"] is not None:
            column[3].axhline(point["jsd"]["floor"], color="0.45", linestyle="--", linewidth=1, label="floor")
            column[3].legend(loc="lower right", fontsize=8)
        for axes in column:
            style.shade_window(axes, study)
            axes.minorticks_off()  # they are half of the file
        column[0].legend(title=study.name(point["method"], point["tag"]), fontsize=8)
        column[1].legend(fontsize=8, loc="upper right")
        column[-1].set(xlabel=study.mass_label, xlim=edges[[0, -1]])
    for axes, name in zip(
        panels[:, 0], ("Share of a bin", "KL of a bin", "JSD of a bin", "JSD up to a bin"), strict=True
    ):
        axes.set_ylabel(name)
    style.identify(panels[0, 0], study, panels[0, -1])
    return figure


_TERMS = {"passed": r"$P\,\log P/M$", "reference": r"$Q\,\log Q/M$"}
