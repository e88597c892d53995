"""What maps of scores learnt and did: trends, cuts and efficiencies in the variables that they protect."""

import numpy as np
from matplotlib.figure import Figure

from unsculpt.plots import style

_BEFORE = {"color": "0.35", "marker": "o", "markerfacecolor": "white"}


def effect(content, study, labels):
    """What a map did in one variable, or in the plane of two; of several strengths the first is shown.

    Parameters
    ----------
    content : dict
        Of scores/{bkg}/{method}.json.
    study : style.Study
    labels : dict
        Axis labels of features, by name; the mass has that of the study.
    """
    method, shown = content["method"], content["maps"][0]
    names = [study.mass_label if name == "mass" else labels[name] for name in shown["protected"]]
    draw = _line if len(names) == 1 else _plane
    return draw(shown, names, content["transform"], method, study)


def _line(shown, names, transform, method, study):
    """Panels of one variable: of CSS what was smeared and how; the mean score, or the cut; the efficiency."""
    ways = {"css": (_smeared, _omega), "ddt": (_mean,)}.get(transform, (_cut,))
    figure = Figure(figsize=(4.9 * (len(ways) + 1) + 0.4, 4.6), layout="constrained")
    panels = figure.subplots(1, len(ways) + 1, squeeze=False)[0]
    after = {"color": study.colour(method), "marker": study.marker(method)}
    for way, axes in zip((*ways, _efficiency), panels, strict=True):
        way(axes, shown, names[0], method, study, after)
        axes.minorticks_off()  # they are half of the file
        if shown["protected"] == ["mass"] and way is not _smeared:
            style.shade_window(axes, study)
    style.identify(panels[0], study, panels[-1])
    return figure


def _edges(shown):
    edges = style.numbers(shown["edges"][0])
    return edges, style.centres(edges)


def _points(axes, shown, part, **look):
    edges, x = _edges(shown)
    value, error = style.numbers(part["value"]), style.numbers(part["error"])
    axes.errorbar(x, value, error, linestyle="none", markersize=4, linewidth=1.1, **look)
    axes.set_xlim(edges[[0, -1]])


def _names(method, study):
    raw = study.methods[method]["of"]
    return study.name(raw, "0").split(",")[0], study.name(method, "0").split(",")[0]


def _mean(axes, shown, label, method, study, after):
    """Mean score of background before and after a shift, and the line that was taken out."""
    raw, own = _names(method, study)
    _points(axes, shown, shown["mean"]["before"], label=raw, **_BEFORE)
    _points(axes, shown, shown["mean"]["after"], label=own, **after)
    line, (edges, _) = shown["line"], _edges(shown)
    name = f"line, slope {style.text(line['slope'], '.3g')}"
    axes.plot(edges, style.numbers(line["value"]), color="0.1", linewidth=1.2, linestyle="--", label=name)
    axes.set(xlabel=label, ylabel="Mean score of background", ylim=(0, 1.15))
    axes.legend(loc="upper right", fontsize=9)


def _cut(axes, shown, label, method, study, after):
    """The score that passes at each value: as the map says, and as background has it there."""
    raw, _ = _names(method, study)
    edges, x = _edges(shown)
    cut = {name: style.numbers(values) for name, values in shown["cut"].items()}
    share = shown["efficiency"]["after"]["inclusive"]
    bars = np.abs(np.stack([cut["measured"] - cut["low"], cut["high"] - cut["measured"]]))
    name = f"{share:.2g} of background passes"
    axes.errorbar(x, cut["measured"], bars, linestyle="none", markersize=4, linewidth=1.1, label=name, **_BEFORE)
    axes.plot(x, cut["learnt"], color=after["color"], label="cut of the map")
    axes.set(xlabel=label, ylabel=f"Score of {raw}", xlim=edges[[0, -1]])
    axes.margins(y=0.25)
    axes.legend(loc="upper right", fontsize=9)


def _efficiency(axes, shown, label, method, study, after):
    """Background efficiency at the cut of the working signal efficiency, before and after."""
    raw, own = _names(method, study)
    for part, name, look in (("before", raw, _BEFORE), ("after", own, after)):
        content = shown["efficiency"][part]
        _points(axes, shown, content, label=f"{name}  ({content['inclusive']:.2g})", **look)
        axes.axhline(content["inclusive"], **style.GUIDE | {"color": look["color"]})
    axes.set(xlabel=label, ylabel=r"Background efficiency $\varepsilon_b$", ylim=(0, 1.35 * axes.get_ylim()[1]))
    axes.legend(loc="upper right", fontsize=9, title="in all")


def _smeared(axes, shown, label, method, study, after):
    """Distribution of the shape variable at the reference mass, and at another before and after the smearing."""
    learnt = shown["learnt"]
    edges = style.numbers(learnt["edges"])
    here, there = (f"{learnt[key]:g} GeV" for key in ("mass_smeared", "mass_reference"))
    for key, name, look in (
        ("reference", f"{there}, the reference", {"color": "0.45", "linestyle": "-"}),
        ("before", here, {"color": "0.1", "linestyle": ":"}),
        ("after", f"{here}, smeared", {"color": after["color"], "linestyle": "-"}),
    ):
        axes.stairs(style.positive(learnt[key]), edges, baseline=None, linewidth=1.5, label=name, **look)
    style.logarithmic(axes)
    raw, _ = _names(method, study)
    axes.set(xlabel=f"$x = -\\ln(1 - $ rank$)$ of {raw}", ylabel="Background, normalised", xlim=(0, 7))
    axes.legend(loc="upper right", fontsize=9)


def _omega(axes, shown, label, method, study, after):
    """The mean of the shape function at each mass, and the fit of two parameters."""
    learnt = shown["learnt"]
    mass = style.numbers(learnt["mass"])
    axes.plot(mass, style.numbers(learnt["found"]), "o", color="0.35", markerfacecolor="white", label="found")
    name = rf"$p_0(1/m_0 - 1/m) + p_1\ln(m/m_0)$, $\alpha = {learnt['alpha']:g}$"
    axes.plot(mass, style.numbers(learnt["fitted"]), color=after["color"], label=name)
    axes.set(xlabel=label, ylabel=r"$\Omega$", ylim=(-0.05, 1.4 * max(axes.get_ylim()[1], 0.1)))
    axes.legend(loc="upper right", fontsize=9)


def _plane(shown, names, transform, method, study):
    """Maps of the plane of two variables: the cut as measured and as learnt, the efficiency before and after."""
    figure = Figure(figsize=(18, 4.4), layout="constrained")
    panels = figure.subplots(1, 4, sharey=True)
    x, y = (style.numbers(edges) for edges in shown["edges"])
    raw, own = _names(method, study)
    share = shown["efficiency"]["after"]["inclusive"]
    cut = {name: style.numbers(shown["cut"][name]) for name in ("measured", "learnt")}
    passed = {name: style.numbers(shown["efficiency"][name]["value"]) for name in ("before", "after")}
    for pair, maps, colours, label in (
        (panels[:2], cut, "viridis", f"Score of {raw}"),
        (panels[2:], passed, "magma", r"$\varepsilon_b$"),
    ):
        every = np.concatenate([values[np.isfinite(values)] for values in maps.values()])
        low, high = (every.min(), every.max()) if every.size else (0, 1)
        for axes, values in zip(pair, maps.values(), strict=True):
            mesh = axes.pcolormesh(x, y, np.ma.masked_invalid(values.T), cmap=colours, vmin=low, vmax=high)
            axes.set(xlabel=names[0])
        figure.colorbar(mesh, ax=list(pair), label=label)
    titles = (f"{share:.2g} of background passes", f"Cut of {own}", f"Efficiency of {raw}", f"Efficiency of {own}")
    for axes, title in zip(panels[1:], titles[1:], strict=True):
        axes.set_title(title, fontsize=11)
    panels[0].set_title(titles[0], fontsize=11, loc="right")
    panels[0].set_title(study.label, fontsize=11, loc="left", weight="bold")
    panels[0].set_ylabel(names[1])
    return figure


def weighting(content, study, labels):
    """Spectra of background and signal with the weights of the training, and with those of all later numbers.

    One column for each variable in which the training is flat, and one for the mass; unit area.

    Parameters
    ----------
    content : dict
        Of training/{bkg}/{method}/weighting.json.
    study : style.Study
    labels : dict
        Axis labels of features, by name.
    """
    spectra = content["spectra"]
    figure = Figure(figsize=(4.9 * len(spectra) + 0.8, 7), layout="constrained")
    panels = figure.subplots(2, len(spectra), squeeze=False)
    for column, spectrum in zip(panels.T, spectra, strict=True):
        edges = style.numbers(spectrum["edges"])
        width = np.diff(edges)
        for axes, (role, look) in zip(
            column, (("background", style.BACKGROUND), ("signal", style.SIGNAL)), strict=True
        ):
            for part, name, own in (
                ("testing", "all later numbers", {"color": "0.45"}),
                ("training", "training", look),
            ):
                values, errors = style.histogram(spectrum[role][part])
                area = values.sum() * width
                shape, error = style.divide(values, area), style.divide(errors, area)
                style.steps(axes, edges, np.where(values > 0, shape, np.nan), error, label=name, **own)
            style.logarithmic(axes)
            axes.set(xlim=edges[[0, -1]])
            axes.legend(title=study.sample(role), fontsize=9, loc="best")
            if spectrum["column"] == "mass":
                style.shade_window(axes, study)
            if spectrum.get("names"):
                axes.set_xticks(style.centres(edges), spectrum["names"])
        name = spectrum["column"]
        column[-1].set_xlabel(study.mass_label if name == "mass" else labels.get(name, name.capitalize()))
    for axes in panels[:, 0]:
        axes.set_ylabel("Normalised")
    style.identify(panels[0, 0], study, panels[0, -1])
    return figure
