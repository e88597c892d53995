"""Showers, true and generated: what physics says of them."""

import numpy as np
from matplotlib.colors import LogNorm, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from unsculpt.plots import style

TRUE = {"color": "0.25"}
COLOURS = ("#bd1f01", "#3f90da", "#ffa90e", "#832db6", "#00483f", "#717581")  # of generators, in their order
MARKERS = ("o", "s", "^", "D", "v", "P")


def colours(generators):
    """By name the colour of each generator."""
    return dict(zip(generators, COLOURS * (1 + len(generators) // len(COLOURS)), strict=False))


def title(axes, text):
    """What a figure is of, above its first panel."""
    axes.set_title(style._bold(text), loc="left")


def over_energies(axes, **labels):
    """A logarithmic axis of the energy, with ticks that can be read where it spans few decades."""
    axes.set(xscale="log", xlabel="Energy [GeV]", **labels)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def truth(content, label):
    """Tests of true showers: energies, resolution, depth of the maximum, shares of layers."""
    figure = Figure(figsize=(12.4, 4.2), layout="constrained")
    closure, resolution, depth = figure.subplots(1, 3)
    for shift, (name, colour) in enumerate(zip(content["images"], COLOURS, strict=False)):
        rows = [row for row in content["bins"] if row["particle"] == name and row["closure"]]
        x = np.array([np.sqrt(row["low"] * row["high"]) for row in rows]) * (1 + 0.03 * shift)
        look = {"color": colour, "marker": MARKERS[shift], "linestyle": "none"}
        closure.errorbar(x, *_pairs(rows, "closure"), **look, label=f"{name}, with overflow")
        closure.errorbar(x, *_pairs(rows, "in_cells"), **look, markerfacecolor="white", label=f"{name}, in cells")
        resolution.errorbar(x, *_pairs(rows, "resolution"), **look, label=name)
    closure.axhline(1, **style.GUIDE)
    over_energies(closure, ylabel="Energy found / energy")
    closure.legend(fontsize=8)
    if content["simulated"]:
        resolution.axhline(content["spot_resolution"], **style.GUIDE, label="spots alone")
    over_energies(resolution, ylabel=r"$\sigma/E\ \sqrt{E}$ [$\sqrt{\mathrm{GeV}}$]")
    resolution.margins(y=0.3)
    resolution.legend()
    found = content["maxima"]
    logs = style.numbers(found["logarithms"])
    depth.plot(logs, found["depths"], **TRUE, marker="o", linestyle="none", label="maximum of the mean profile")
    line = f"${found['slope']:.3f}\\,\\ln(E/E_c) {found['constant']:+.2f}$"
    depth.plot(logs, found["slope"] * logs + found["constant"], color=COLOURS[1], label=line)
    depth.set(xlabel=r"$\ln(E/E_c)$", ylabel=r"Depth [$X_0$]")
    depth.legend(loc="upper left")
    title(closure, label)
    return figure


def _pairs(rows, key):
    values = np.array([style.value_error(row[key]) for row in rows])
    return values[:, 0], values[:, 1]


def images(content, label, name):
    """Mean share of the energy in each cell: truth, generated, and their ratio; a column for each layer."""
    layers = len(content["images"])
    figure = Figure(figsize=(4.0 * layers + 0.6, 7.6), layout="constrained")
    axes = figure.subplots(3, layers, squeeze=False)
    for k in range(layers):
        true, made = (style.numbers(content[key][k]) for key in ("images_of_truth", "images"))
        highest = true.max()
        norm = LogNorm(highest * 1e-5, highest)
        for panel, values in zip(axes[:2, k], (true, made), strict=True):
            mesh = panel.pcolormesh(np.where(values > 0, values, np.nan), norm=norm, cmap="viridis", rasterized=True)
            figure.colorbar(mesh, ax=panel, pad=0.01)
        quotient = np.where(true > highest * 1e-5, style.divide(made, true), np.nan)
        ratio = TwoSlopeNorm(1, 0.5, 1.5)
        mesh = axes[2, k].pcolormesh(quotient, norm=ratio, cmap="RdBu_r", rasterized=True)
        figure.colorbar(mesh, ax=axes[2, k], pad=0.01, extend="both")
        axes[2, k].set_xlabel("column")
        axes[0, k].set_title(f"layer {k}", loc="right")
    for panel in axes.flat:
        panel.tick_params(which="both", top=False, right=False)
    for panel, what in zip(axes[:, 0], ("truth", name, f"{name} / truth"), strict=True):
        panel.set_ylabel(f"{what}: row")
    title(axes[0, 0], label)
    return figure


def observables(contents, label, name, columns=6):
    """All observables: truth with its errors, each training of one generator, and their ratios."""
    rows = contents[0]["histograms"]
    lines = -(-len(rows) // columns)
    figure = Figure(figsize=(2.7 * columns + 0.4, 2.9 * lines + 0.5), layout="constrained")
    grids = figure.subfigures(lines, columns, squeeze=False)
    for place, (row, grid) in enumerate(zip(rows, grids.flat, strict=False)):
        top, bottom = grid.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        edges, counts = style.numbers(row["edges"]), style.numbers(row["counts"]["truth"])
        top.stairs(counts, edges, fill=True, color="0.75", label="truth")
        relative, highest = style.divide(np.sqrt(counts), counts), counts.max()
        bottom.stairs(1 + relative, edges, baseline=1 - relative, fill=True, color="0.75")
        for number, content in enumerate(contents):
            made = style.numbers(content["histograms"][place]["counts"]["generated"])
            look = {"color": COLOURS[0], "linestyle": ("-", "--", ":")[number % 3], "linewidth": 1.1}
            top.stairs(made, edges, label=f"{name}, seed {number + 1}", baseline=None, **look)
            bottom.stairs(style.divide(made, counts), edges, baseline=None, **look)
            highest = max(highest, made.max())
        bottom.axhline(1, **style.GUIDE)
        bottom.set(ylim=(0.4, 1.6))
        bottom.set_xlabel(row["name"] + (f" [{row['unit']}]" if row["unit"] else ""), fontsize=10)
        top.set(xlim=edges[[0, -1]], ylim=(0, 1.15 * highest))
        for panel in (top, bottom):
            panel.minorticks_off()
            panel.tick_params(labelsize=7)
    handles = grids.flat[0].axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper left", ncols=4, fontsize=12)
    figure.legend([], [], loc="outside upper right", title=label, title_fontsize=12)
    return figure


def distances(contents, label, names):
    """Wasserstein distance of each observable, all generators and trainings, above that of truth from truth."""
    rows = contents[0]["distances"]
    figure = Figure(figsize=(11, 5.4), layout="constrained")
    axes, palette = figure.subplots(), colours(names)
    x = np.arange(len(rows))
    edge = style.numbers([row["edge"] for row in rows])
    axes.bar(x, edge, width=0.9, color="0.85", label="truth from truth (97.5 %)")
    for place, name in enumerate(names):
        for number, content in enumerate(c for c in contents if c["generator"] == name):
            pairs = style.numbers([[row["value"], row["error"]] for row in content["distances"]])
            shift = 0.6 * ((place + 0.5) / len(names) - 0.5) + 0.05 * number
            look = {"marker": MARKERS[place % 6], "color": palette[name], "linestyle": "none", "markersize": 4}
            axes.errorbar(x + shift, *pairs.T, **look, label=None if number else names[name])
    axes.set_xticks(x, [row["name"] for row in rows], rotation=90, fontsize=9)
    axes.tick_params(axis="x", which="minor", bottom=False, top=False)
    axes.set(ylabel="Wasserstein-1 / spread of truth", yscale="log", xlim=(-0.7, len(rows) - 0.3))
    axes.axhline(0.1, **style.GUIDE)
    axes.legend(ncols=2, fontsize=9)
    title(axes, label)
    return figure


def response(contents, label, names):
    """Mean response and its width against the energy, all generators, over those of truth."""
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    axes, palette = figure.subplots(1, 2), colours(names)
    for panel, key, text in zip(axes, ("mean", "width"), ("Mean response", "Resolution"), strict=True):
        true = [row for row in contents[0]["response_of_truth"] if row["mean"]]
        edges = [*(row["low"] for row in true), true[-1]["high"]]
        relative = np.array([row[key]["error"] / row[key]["value"] for row in true])
        panel.stairs(1 + relative, edges, baseline=1 - relative, fill=True, color="0.8", label="error of truth")
        for place, name in enumerate(names):
            for number, content in enumerate(c for c in contents if c["generator"] == name):
                rows = [row for row in content["response"] if row["mean"]]
                x = np.array([np.sqrt(row["low"] * row["high"]) for row in rows])
                values, errors = _pairs(rows, key)
                reference = np.array([row[key]["value"] for row in true])
                look = {"marker": MARKERS[place % 6], "color": palette[name], "linestyle": "none"}
                shift = 1 + 0.05 * (place - len(names) / 2) + 0.015 * number
                known = None if number else names[name]
                panel.errorbar(x * shift, values / reference, errors / reference, **look, markersize=4, label=known)
        panel.axhline(1, **style.GUIDE)
        over_energies(panel, ylabel=f"{text} / that of truth", xlim=(edges[0], edges[-1]))
    axes[0].axhspan(0.98, 1.02, color=COLOURS[1], alpha=0.12, linewidth=0)
    axes[0].set(ylim=(0.9, 1.1))
    axes[1].set(yscale="log")
    axes[0].legend(fontsize=9)
    title(axes[0], label)
    return figure


def correlations(content, label, name):
    """Correlation matrices of the observables: truth, generated, and their difference."""
    found = content["correlations"]
    figure = Figure(figsize=(15, 5.3), layout="constrained")
    axes = figure.subplots(1, 3)
    true, made = (style.numbers(found[key]) for key in ("truth", "generated"))
    number = np.arange(len(found["names"]))
    parts = ((true, "truth", 1), (made, name, 1), (made - true, f"{name} − truth", 0.3))
    for panel, (values, what, limit) in zip(axes, parts, strict=True):
        mesh = panel.pcolormesh(values, vmin=-limit, vmax=limit, cmap="RdBu_r", rasterized=True)
        figure.colorbar(mesh, ax=panel, pad=0.01, shrink=0.8, extend="neither" if limit == 1 else "both")
        panel.set_xticks(number + 0.5, found["names"], rotation=90, fontsize=7)
        panel.set_yticks(number + 0.5, found["names"] if panel is axes[0] else [], fontsize=7)
        panel.tick_params(which="both", length=0)
        panel.set_aspect("equal")
        panel.set_title(what, loc="right")
    title(axes[0], label)
    return figure
