"""Networks beside the exact classifiers of a toy: distributions, decision surfaces, losses, the plane of both aims."""

import numpy as np
from matplotlib.figure import Figure

from unsculpt.naming import is_plain
from unsculpt.plots import style
from unsculpt.plots.independence import UP, scatter

_MAP, _LEVELS = "RdBu_r", 20
_COLOURS = ("#3f90da", "0.35", "#bd1f01", "#ffa90e", "#832db6")  # of the values of z
_BAYES = {"color": "0.45", "linewidth": 1.1, "linestyle": ":"}
_PIVOTAL = {"color": "0.1", "linewidth": 1.1, "linestyle": "--"}


def panels(contents, study):
    """What a network answers at some values of z, and its decision surface, before and after (arXiv:1611.01046).

    Parameters
    ----------
    contents : dict
        By method exact/{bkg}/{method}.json.
    study : style.Study

    Returns
    -------
    Figure
        Rows: the plain classifier, the adversarial one that knows least (`chosen`), the exact one that knows nothing.
        The means of both classes are marked, those of signal at each value of z.
    """
    method, point = chosen(contents, study)
    about = next(iter(contents.values()))["exact"]["shown"]
    rows = [("exact, independent of z", about["pivotal"])]
    if method is not None:
        rows.insert(0, (study.name(method, point["tag"]), point["shown"]))
    if study.plain in contents and method != study.plain:
        rows.insert(0, (study.name(study.plain, "0"), contents[study.plain]["points"][0]["shown"]))
    figure = Figure(figsize=(10.2, 3.5 * len(rows)), layout="constrained")
    axes = figure.subplots(len(rows), 2, squeeze=False)
    for (name, shown), (left, right) in zip(rows, axes, strict=True):
        edges = style.numbers(shown["edges"])
        for value, density, colour in zip(shown["values"], shown["densities"], _COLOURS, strict=False):
            style.steps(left, edges, style.numbers(density), color=colour, label=f"$z = {value:g}$")
        left.set(xlabel="$f(x)$", ylabel="$p(f|z)$", xlim=(0, 1), ylim=(0, None))
        right.set_title(name, loc="left", fontsize=10)
        _surface(figure, right, shown["surface"], about)
    axes[0, 0].legend(loc="upper center")
    style.identify(axes[0, 0], study)
    return figure


def _surface(figure, axes, surface, about):
    """Contours of a decision surface, with the means of both classes."""
    x1, x2 = (np.linspace(low, high, int(points)) for low, high, points in about["panel"].values())
    levels = np.linspace(0, 1, _LEVELS + 1)
    drawn = axes.contourf(x1, x2, style.numbers(surface).T, levels=levels, cmap=_MAP, vmin=0, vmax=1)
    figure.colorbar(drawn, ax=axes, label="$f(x)$", ticks=levels[::4])
    for name, marker in (("background", "o"), ("signal", "s")):
        axes.plot(*style.numbers(about["means"][name]).T, marker, color="black", markerfacecolor="white", markersize=6)
    axes.set(xlabel="$x_1$", ylabel="$x_2$", xlim=x1[[0, -1]], ylim=x2[[0, -1]])


def losses(contents, histories, study):
    """Both losses and what is minimised against the epoch (arXiv:1611.01046, fig. 3), with what they tend to.

    Parameters
    ----------
    contents, study
        As of `panels`.
    histories : list of dict
        Contents of training/{bkg}/{method}/{part}.json.

    Returns
    -------
    Figure
        Means over the trainings on held-out events, their bands the standard deviations. The loss of an adversary of
        bins is that of a density: the entropy of z stands for no knowledge. The strength is that of the end of a ramp.
    """
    method, point = chosen(contents, study)
    anchors = next(iter(contents.values()))["exact"]["anchors"]
    figure = Figure(figsize=(7.4, 7.6), layout="constrained")
    axes = figure.subplots(3, sharex=True)
    own = [h for h in histories if h["method"] == method] if method is not None else []
    models = [m | {"entropy": h["reference"]["entropy"]} for h in own for m in h["models"] if m["tag"] == point["tag"]]
    guides = [[("exact, z unknown", "bayes", _BAYES), ("exact, independent of z", "pivotal", _PIVOTAL)]]
    axes[0].set_ylabel("$L_f$")
    axes[1].set_ylabel("$L_r$")
    if models:
        strength, epochs = point["strength"], models[0]["epochs"]
        of_f = style.numbers([model["classifier_validation"] for model in models])
        of_r = style.numbers([model["adversary_validation"] for model in models])
        of_r = of_r + anchors["entropy"] - style.numbers([[model["entropy"]] for model in models])
        look = {"color": study.colour(method)}
        for panel, values in zip(axes, (of_f, of_r, of_f - strength * of_r), strict=True):
            mean, spread = values.mean(axis=0), values.std(axis=0)
            panel.plot(epochs, mean, label=study.name(method, point["tag"]) if panel is axes[0] else None, **look)
            panel.fill_between(epochs, mean - spread, mean + spread, alpha=0.25, linewidth=0, **look)
        axes[2].set_ylabel(rf"$L_f - {strength:g}\, L_r$")
        axes[2].axhline(anchors["pivotal"] - strength * anchors["entropy"], **_PIVOTAL)
    for name, key, look in guides[0]:
        axes[0].axhline(anchors[key], label=name, **look)
    axes[1].axhline(anchors["entropy"], label="entropy of z", **style.GUIDE)
    axes[0].legend(loc="upper right", fontsize=8.5)
    axes[1].legend(loc="lower right", fontsize=8.5)
    axes[2].set_xlabel("Epoch")
    style.identify(axes[0], study)
    return figure


def plane(contents, study):
    """The cross-entropy against KS/floor of all methods; the exact classifier independent of z is the corner.

    Parameters
    ----------
    contents, study
        As of `panels`.

    Returns
    -------
    Figure
        Medians over the trainings, bars from the least to the largest. Recalibrated: a transform is no probability.
    """
    about = next(iter(contents.values()))["exact"]
    figure = Figure(figsize=(9.0, 5.6), layout="constrained")
    axes = figure.subplots()
    for method in study.methods:
        if method not in contents:
            continue
        row = sorted(contents[method]["points"], key=lambda point: point["strength"])
        found = [_medians([p["median"][key] for p in row]) for key in ("recalibrated", "ks_over_floor")]
        values, errors = zip(*found, strict=True)
        scatter(axes, method, [point["tag"] for point in row], values, errors, study)
    for name, label, marker in (("posterior", "exact, z unknown", "P"), ("pivotal", "exact, independent of z", "*")):
        judged = about["judged"][name]
        at = judged["cross_entropy"]["value"], judged["ks"]["over_floor"]
        axes.plot(*at, marker, color="black", markersize=11, label=label, zorder=4)
    axes.axvline(about["anchors"]["bayes"], **_BAYES)
    axes.axvline(about["anchors"]["pivotal"], **_PIVOTAL)
    axes.axhline(1, **style.GUIDE)
    style.logarithmic(axes)
    axes.set(xlabel="Cross-entropy, recalibrated [nat]", ylabel=UP)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    style.identify(axes, study)
    return figure


def _medians(rows):
    """Medians, and their distances to the least and the largest, (2, n)."""
    value, low, high = style.numbers([[row[key] for key in ("value", "low", "high")] for row in rows]).T
    return value, np.stack([value - low, high - value])


def chosen(contents, study):
    """The adversarial method and its point of least KS; others with an objective where there is none; None without."""
    trained = [m for m in contents if "objective" in study.methods[m] and not is_plain(study.methods[m])]
    names = [m for m in trained if study.methods[m]["objective"] == "adversarial"] or []
    points = [(name, point) for name in names for point in contents[name]["points"]]
    return min(points, key=lambda pair: pair[1]["median"]["ks_over_floor"]["value"], default=(None, None))
