"""Generated showers as machine learning sees them, their training, worth and cost."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from unsculpt.plots import style
from unsculpt.plots.showers import COLOURS, MARKERS, TRUE, colours, title

LOSSES = {
    "critic_distance": "Distance found by the critic",
    "gradient_norm": "Norm of its gradient",
    "velocity_loss": "Error of the velocity",
}
LEVELS = (5, 25, 50, 75, 95)  # per cent


def training(histories, label, names):
    """Losses against the step, one panel for each kind, all generators and trainings."""
    kinds = [kind for kind in LOSSES if any(kind in h["losses"] for h in histories)]
    figure, palette = Figure(figsize=(4.6 * len(kinds), 4.2), layout="constrained"), colours(names)
    axes = figure.subplots(1, len(kinds), squeeze=False)[0]
    for panel, kind in zip(axes, kinds, strict=True):
        for history in (h for h in histories if kind in h["losses"]):
            name, first = history["generator"], history["replica"] == 0
            values = style.numbers(history["losses"][kind])
            known = names[name] if first else None
            look = {"color": palette[name], "linewidth": 1, "marker": ".", "markersize": 2}
            panel.plot(history["losses"]["step"], values, label=known, **look)
        panel.set(xlabel="Step", ylabel=LOSSES[kind])
        panel.legend(fontsize=9)
    if "critic_distance" in kinds:
        axes[0].set(yscale="log")
    if "gradient_norm" in kinds:
        axes[kinds.index("gradient_norm")].axhline(1, **style.GUIDE)
    title(axes[0], label)
    return figure


def classifiers(contents, label, names):
    """Areas under the curve of both two-sample classifiers: truth beside truth, and each training of each generator."""
    figure = Figure(figsize=(9, 1.6 + 0.34 * len(contents)), layout="constrained")
    axes, palette = figure.subplots(1, 2, sharey=True), colours(names)
    places = np.arange(len(contents))[::-1]
    words = ("Trees on observables", "Network on cells")
    for panel, key, text in zip(axes, ("trees", "network"), words, strict=True):
        for place, content in zip(places, contents, strict=True):
            known = content["generator"] in names
            look = {"color": palette[content["generator"]] if known else TRUE["color"], "linestyle": "none"}
            panel.plot(content[key]["seeds"], [place] * len(content[key]["seeds"]), marker="|", markersize=9, **look)
            panel.plot(content[key]["value"], place, marker="o", **look)
        panel.axvline(0.5, **style.GUIDE)
        panel.axvline(0.85, color=COLOURS[1], linewidth=1, linestyle=":")
        panel.set(xlabel=f"{text}: AUC", xlim=(0.47, 1.01))
        panel.tick_params(axis="y", which="both", length=0)
    axes[0].set_yticks(places, [_said(content) for content in contents])
    title(axes[0], label)
    return figure


def _said(content):
    number = f", seed {content['replica'] + 1}" if content["generator"] != "truth" else ""
    return content["label"] + number


def neighbours(content, label):
    """Generated showers and the nearest of those that were learnt; layers side by side."""
    pairs, layers = content["shown"], len(content["shown"][0]["generated"])
    figure = Figure(figsize=(15, 2.6 * len(pairs) + 0.5), layout="constrained")
    axes = figure.subplots(len(pairs), 2 * layers, squeeze=False)
    for row, pair in zip(axes, pairs, strict=True):
        for k in range(layers):
            images = [1000 * style.numbers(pair[key][k]) for key in ("generated", "neighbour")]
            norm = LogNorm(0.5, max(20, *(image.max() for image in images)))
            for panel, image in zip((row[k], row[layers + k]), images, strict=True):
                shown = np.where(image > 0, image, np.nan)
                mesh = panel.pcolormesh(shown, norm=norm, cmap="viridis", rasterized=True)
                panel.tick_params(which="both", top=False, right=False, labelsize=7)
            figure.colorbar(mesh, ax=row[layers + k], pad=0.02)
        row[0].set_ylabel(f"{pair['energies'][0]:.0f} and {pair['energies'][1]:.0f} GeV", fontsize=10)
    for k in range(layers):
        axes[0, k].set_title(f"generated, layer {k}", loc="right", fontsize=9)
        axes[0, layers + k].set_title(f"nearest true one, layer {k} [MeV]", loc="right", fontsize=9)
    figure.suptitle(label, x=0.01, ha="left", fontsize=11)
    return figure


def memory(contents, label, names):
    """Distances to the nearest of those that were learnt and of others, and the share that is nearer to the former."""
    figure = Figure(figsize=(12, 1.8 + 0.36 * len(contents)), layout="constrained")
    (left, right), palette = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2]), colours(names)
    for place, content in zip(np.arange(len(contents))[::-1], contents, strict=True):
        colour = palette.get(content["generator"], TRUE["color"])
        found = content["memory"]
        sets = ((found["to_learnt"], 0.22, colour), (found["to_fresh"], 0, "0.6"), (content["within"], -0.22, "0.8"))
        for (low, lower, middle, upper, high), shift, shade in sets:
            left.plot([low, high], [place + shift] * 2, color=shade, linewidth=1)
            left.plot([lower, upper], [place + shift] * 2, color=shade, linewidth=4, solid_capstyle="butt")
            left.plot(middle, place + shift, marker="|", color="black", markersize=7, linestyle="none")
        right.errorbar(found["value"], place, xerr=found["error"], color=colour, marker="o", linestyle="none")
    left.set_yticks(np.arange(len(contents))[::-1], [_said(content) for content in contents])
    left.tick_params(axis="y", which="both", length=0)
    left.set(xlabel="Distance to the nearest shower (5, 25, 50, 75, 95 %)")
    handles = [left.plot([], [], color=c, linewidth=4, label=t)[0] for c, t in _KEYS]
    left.legend(handles=handles, fontsize=8, loc="upper right")
    right.axvline(0.5, **style.GUIDE)
    right.set(xlabel="Share nearer to learnt than to other showers")
    right.margins(x=0.3)
    title(left, label)
    return figure


_KEYS = ((COLOURS[0], "of those learnt"), ("0.6", "of as many others"), ("0.8", "of its own kind"))


def worth(contents, label, names, learnt):
    """How many true showers the histogram of each observable is worth, however many are generated."""
    rows = contents[0]["worth"]
    figure, palette = Figure(figsize=(11, 5.4), layout="constrained"), colours(names)
    axes = figure.subplots()
    x = np.arange(len(rows))
    for place, name in enumerate(names):
        for number, content in enumerate(c for c in contents if c["generator"] == name):
            shift = 0.6 * ((place + 0.5) / len(names) - 0.5) + 0.05 * number
            look = {"color": palette[name], "linestyle": "none", "markersize": 4}
            known = style.numbers([row["limit"] for row in content["worth"]])
            shown = names[name] if number == 0 else None
            axes.plot(x + shift, known, marker=MARKERS[place % 6], label=shown, **look)
            beyond = np.where(np.isnan(known), style.numbers([row["sensitivity"] for row in content["worth"]]), np.nan)
            axes.plot(x + shift, beyond, marker=6, **look)
    axes.axhline(learnt, **style.GUIDE)
    place = {"transform": axes.get_yaxis_transform(), "ha": "left", "va": "bottom", "fontsize": 9}
    axes.text(0.01, learnt, "showers learnt from", **place)
    axes.set_xticks(x, [row["name"] for row in rows], rotation=90, fontsize=9)
    axes.tick_params(axis="x", which="minor", bottom=False, top=False)
    axes.set(ylabel="Worth of ever more generated showers, in true ones", yscale="log", xlim=(-0.7, len(rows) - 0.3))
    axes.legend(fontsize=9, ncols=len(names))
    title(axes, label)
    return figure


def scan(rows, times, label):
    """Quality and cost against the number of cells."""
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    quality, cost = figure.subplots(1, 2)
    cells = [row["cells"] for row in rows]
    quality.plot(cells, [row["overall"]["median"] for row in rows], color=COLOURS[0], marker="o", label="median")
    quality.plot(cells, [row["overall"]["worst"] for row in rows], color=COLOURS[0], marker="o", linestyle=":",
                 markerfacecolor="white", label="worst observable")  # fmt: skip
    quality.plot(cells, [row["overall"]["floor"] for row in rows], color="0.5", label="truth from truth, median")
    quality.set(xscale="log", yscale="log", xlabel="Cells", ylabel="Wasserstein-1 / spread of truth")
    quality.legend(fontsize=9)
    parts = (
        ("step", "step of training (ms)", 1e3, COLOURS[3], "s"),
        ("truth", "simulated shower (µs)", 1e6, "0.25", "^"),
        ("generated", "generated shower (µs)", 1e6, COLOURS[0], "o"),
    )
    for key, text, unit, colour, marker in parts:
        cost.plot(cells, [unit * row[key] for row in times], color=colour, marker=marker, label=text)
    cost.set(xscale="log", yscale="log", xlabel="Cells", ylabel="Processor time on one thread")
    cost.legend(fontsize=9)
    title(quality, label)
    return figure
