"""What adversaries expect: the mass spectrum in slices of the score, beside that of held-out events."""

import numpy as np
from matplotlib import colormaps

from unsculpt.plots import style

_COLOURS = colormaps["plasma"](np.linspace(0.05, 0.75, 3))


def posterior(content, study):
    """Spectra in three slices of the score, for the plain classifier and each strength, and their ratio to all events.

    Points are held-out events, lines what the adversary expects of these events, which the plain classifier has not.
    Each has unit area; grey is the spectrum of all events, of which nobody knows more who does not know the score.

    Parameters
    ----------
    content : dict
        Of training/{bkg}/{method}/posterior.json.
    study : style.Study
    """
    columns = [(f"{study.name(study.plain, '0')}, before", content["before"])]
    columns += [(study.name(content["method"], point["tag"]), point) for point in content["points"]]
    edges = style.edges_of(content)
    figure, axes = style.panels(height=5.6, columns=len(columns), width=1.4 + 3.5 * len(columns))
    lowest = []
    for (top, bottom), (name, point) in zip(axes.T, columns, strict=True):
        everything, error = _density(point["everything"], edges)
        style.steps(top, edges, everything, error, color="0.55", label="all events")
        bottom.axhline(1, **style.GUIDE)
        for (low, high), row, colour in zip(content["slices"], point["slices"], _COLOURS, strict=True):
            label = f"{100 * low:g}–{100 * high:g} % of the score"
            values, errors = _density(row["measured"], edges)
            values = np.where(errors > 0, values, np.nan)  # an empty bin has no point: its error is not known
            look = {"fmt": "o", "markersize": 3, "linewidth": 1.1, "color": colour}
            top.errorbar(style.centres(edges), style.positive(values), errors, label=label, **look)
            ratio = [style.divide(part, everything) for part in (values, errors)]
            bottom.errorbar(style.centres(edges), *ratio, **look)
            if "expected" in row:
                line = style.positive(row["expected"])
                line = line / np.nansum(line) / np.diff(edges)
                top.stairs(line, edges, baseline=None, color=colour, linewidth=1.5)
                bottom.stairs(style.divide(line, everything), edges, baseline=None, color=colour, linewidth=1.5)
        for panel in (top, bottom):
            style.shade_window(panel, study)
        top.set(title=name, xlim=edges[[0, -1]])
        style.logarithmic(top)
        lowest.append(np.nanmin(style.positive(everything)))
        bottom.set(xlabel=study.mass_label, ylim=(0, 3))
    axes[0, 0].set_ylim(0.1 * min(lowest), None)  # a slice may have a bin with next to nothing
    top.plot([], [], color="0.2", linewidth=1.5, label="expected by the adversary")
    axes[0, 0].set_ylabel("Normalised [1/GeV]")
    axes[1, 0].set_ylabel("Slice / all")
    handles = top.get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=5, fontsize=9)
    figure.legend([], [], loc="outside upper right", title=style.words(study), title_fontsize=11)
    return figure


def _density(content, edges):
    """A histogram of unit area, with its error."""
    values, errors = style.histogram(content)
    area = values.sum() * np.diff(edges)
    return style.divide(values, area), style.divide(errors, area)
