"""The final categories: their spectra with fits, and what each contributes."""

import numpy as np
from matplotlib.figure import Figure

from unsculpt.plots import mixtures, style


def categories(contents, study, columns=2):
    """Spectrum of each category: signal on background, the fit of the sidebands, data where there are any, pulls.

    `contents` are the entries of "categories" of categories/{bkg}.json.
    """
    if not contents:
        return _nothing(study)
    columns = min(columns, len(contents))
    rows = -(-len(contents) // columns)
    figure = Figure(figsize=(5.2 * columns, 4.2 * rows), layout="constrained")
    grids = figure.subfigures(rows, columns, squeeze=False)
    for content, grid in zip(contents, grids.flat, strict=False):
        top, bottom = grid.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        _category(top, bottom, content, study)
    top, right = grids.flat[0].axes[0], grids[0, -1].axes[0]
    style.identify(top, study, right)
    return figure


def _nothing(study):
    """A figure that says that there are no categories."""
    axis = {"xlabel": study.mass_label, "xlim": study.axis.range}
    return _empty(study, "no category has enough background for a fit", axis)


def _empty(study, sentence, axis):
    """A figure that says why it shows nothing."""
    figure, axes = style.panels(ratio=False, height=2.5)
    top = axes[0, 0]
    top.set(yticks=[], **axis)
    top.text(0.5, 0.5, sentence, transform=top.transAxes, ha="center")
    style.identify(top, study)
    return figure


def _category(top, bottom, content, study):
    """One category: spectrum above, pulls of the background around its fit below."""
    spectrum = content["spectrum"]
    edges = style.edges_of(spectrum)
    background, error = style.histogram(spectrum["background"])
    signal = style.numbers(spectrum["signal"]["sumw"])
    look = {"linewidth": 0, "fill": True}
    top.stairs(background + signal, edges, label=study.sample("signal"), alpha=0.75, **style.SIGNAL, **look)
    mixtures.fill_background(top, edges, spectrum, study)
    top.stairs(background + error, edges, baseline=np.maximum(background - error, 0), color="0.3", alpha=0.2, **look)
    _model(top, bottom, edges, background, content)
    highest = np.nanmax(background + signal + error)
    if spectrum.get("data"):
        highest = max(highest, _data(top, edges, spectrum["data"], study))
    style.pull_panel(bottom)
    for panel in (top, bottom):
        style.shade_window(panel, study)
    top.set(ylabel=study.density_label, xlim=edges[[0, -1]], ylim=(0, 1.75 * highest if highest > 0 else 1))
    bottom.set_xlabel(study.mass_label)
    top.text(0.04, 0.95, content["name"], transform=top.transAxes, va="top", weight="bold")
    top.text(0.04, 0.86, _words(content), transform=top.transAxes, va="top", fontsize=9, linespacing=1.4)
    top.legend(fontsize=8, loc="upper right")


def _model(top, bottom, edges, background, content):
    """The fit of the sidebands, and the pulls of the simulated background around it."""
    if not content.get("model") or content["fit"]["status"] != "fitted":
        return
    expected, uncertainty = (style.numbers(content["model"][key]) for key in ("expected", "error"))
    style.steps(top, edges, expected, uncertainty, label="fit of the sidebands", **style.FIT)
    scale = style.numbers(content["model"]["scale"]) if content["model"].get("scale") else 1.0
    pull = style.pulls(background, expected, content["fit"]["kappa"] * scale)
    bars = np.where(np.isfinite(pull), 1.0, np.nan)
    bottom.errorbar(style.centres(edges), pull, bars, fmt="o", markersize=3, linewidth=1, **style.BACKGROUND)


def _data(top, edges, data, study):
    """Draw the data, outside the window while it is blind; return how high they reach."""
    counts = style.numbers(data["sumw"])
    if study.blind:
        counts = np.where(study.axis.in_window, np.nan, counts)
    errors = style.counting_errors(counts)
    top.errorbar(style.centres(edges), counts, errors, label=study.sample("data"), **style.DATA)
    return np.nanmax(counts + errors[1])


def _words(content):
    fitted, p_value = content["fit"]["status"] == "fitted", content["fit"]["p_value"]
    error = style.text(content["background_error"], ".1f")
    lines = [
        f"$S = {content['signal']:.1f}$, $B = {content['background']:.1f} \\pm {error}$",
        f"$Z = {content['significance']:.2f}$" + (f", fit $p = {p_value:.2g}$" if p_value is not None else ""),
    ]
    return "\n".join(lines if fitted else [*lines, f"not fitted: {content['fit']['reason']}"])


def significance(contents, combined, study):
    """Expected significance of each category and of all together, with the yields in the window."""
    figure = Figure(figsize=(6.8, 0.5 * (len(contents) + 1) + 1.4), layout="constrained")
    axes = figure.subplots()
    names = [content["name"] for content in contents]
    values = style.numbers([content["significance"] for content in contents] + [combined["significance"]])
    y = np.arange(len(values))
    colours = [style.BACKGROUND["color"]] * len(names) + ["0.3"]
    errors = style.numbers([row.get("significance_error") for row in (*contents, combined)])
    axes.barh(y, np.nan_to_num(values), height=0.62, color=colours)
    axes.errorbar(values, y, xerr=np.nan_to_num(errors), linestyle="none", ecolor="0.1", elinewidth=1)
    reach = np.nanmax(values, initial=0.1)
    for i, content in enumerate(contents):
        text = f"{values[i]:.2f}   $S$ {content['signal']:.1f}, $B$ {content['background']:.1f}"
        axes.text(np.nan_to_num(values[i] + np.nan_to_num(errors[i])) + 0.015 * reach, i, text, va="center", fontsize=9)
    if np.isfinite(values[-1]):
        place = values[-1] + np.nan_to_num(errors[-1]) + 0.015 * reach
        axes.text(place, len(names), f"{values[-1]:.2f}", va="center", fontsize=9, weight="bold")
    axes.set_yticks(y, [*names, "all"])
    axes.set(xlabel="Expected significance $Z$", xlim=(0, 1.45 * reach), ylim=(len(values) - 0.4, -0.6))
    axes.tick_params(axis="y", which="both", length=0)
    axes.yaxis.minorticks_off()
    style.identify(axes, study)
    return figure


def scan(combined, study):
    """-2 ln L of the signal strength: each category, all together, and all together without systematic uncertainties.

    `combined` is the content of categories/{bkg}/combined.json.
    """
    content, axis = combined.get("scan"), {"xlabel": r"Signal strength $\mu$"}
    if not content:
        return _empty(study, combined.get("reason") or "no fit to scan", axis)
    figure = Figure(figsize=(6.4, 5.0), layout="constrained")
    axes = figure.subplots()
    mu, kinds = style.numbers(content["mu"]), {}
    for entry in content["categories"]:
        colour, line = _line(entry["name"], kinds)
        values = style.numbers(entry["values"])
        axes.plot(mu, values, label=entry["name"], color=colour, linestyle=line, linewidth=0.9, alpha=0.8)
    bare = style.numbers(content["combined_statistics"])
    axes.plot(mu, bare, color="black", linestyle="--", linewidth=1.4, label="all, statistics alone")
    axes.plot(mu, style.numbers(content["combined"]), color="black", linewidth=2.6, label="all")
    for level, text in ((1.0, "68 %"), (3.84, "95 %")):
        axes.axhline(level, **style.GUIDE)
        axes.text(mu[-1], level + 0.1, text, ha="right", fontsize=9, color="0.35")
    kind = "observed" if content["data"] == "observed" else r"expected for $\mu = 1$"
    axes.set(ylabel=r"$-2\,\ln L(\mu)/L(\hat{\mu})$", xlim=mu[[0, -1]], ylim=(0, 12), **axis)
    axes.legend(title=kind, fontsize=8, loc="upper center", ncols=3)
    style.identify(axes, study)
    return figure


def _line(name, kinds):
    """Colour and line style of a category: one colour a channel, whose short name is all but the number."""
    channel = name.rpartition(" ")[0]
    number = kinds.setdefault(channel, [len(kinds), 0])
    number[1] += 1
    colours, lines = (style.BACKGROUND["color"], style.SIGNAL["color"], "0.5"), ("-", "--", ":", "-.")
    return colours[number[0] % len(colours)], lines[(number[1] - 1) % len(lines)]
