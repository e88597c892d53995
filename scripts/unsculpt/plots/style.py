"""What all figures share: the study they belong to, one colour and marker for each method, labels, panels."""

import re
from dataclasses import dataclass, field

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from scipy.special import gammaincinv

from unsculpt.axes import mass as mass_axis
from unsculpt.naming import method_kind, method_label, objective_of, plain_method
from unsculpt.texts import pieces

# Ten colours that stay apart for colour-blind readers: Petroff, arXiv:2107.02270. Classes and methods share none.
SIGNAL = {"color": "#bd1f01"}
BACKGROUND = {"color": "#3f90da"}
DATA = {"color": "black", "marker": "o", "linestyle": "none", "markersize": 4, "linewidth": 1}
GUIDE = {"color": "0.45", "linewidth": 1, "linestyle": (0, (4, 3))}
FIT = {"color": "0.1"}
WINDOW = {"color": "#b9ac70", "alpha": 0.22, "linewidth": 0}
_METHOD_COLOURS = (
    *("#832db6", "#e76300", "#00483f", "#ffa90e", "#717581", "#b9ac70", "#92dadd", "#94a4a2", "#a96b59"),
    "#1a2a6c",  # like the third not of that sequence: dark ones, apart from the others in any eye
)
_ROUNDS = ("-", (0, (7, 1.5)), (0, (5, 1, 1, 1)), (0, (2.5, 1)))  # lines of the second ten methods, and so on
# The marker says what kind of method it is; a transform has the colour of the method that it transforms.
_MARKERS = {"network": ("o", "s", "^", "D", "v", "p", "h"), "trees": ("<", ">"), "feature": ("H", "8")}
_TRANSFORM_MARKERS = {"cdf": "*", "knn": "P", "ddt": "X", "css": "d"}
_TRANSFORM_LINES = {"cdf": "--", "knn": ":", "ddt": "-.", "css": (0, (1, 1))}
_SYMBOLS = {"adversarial": r"\lambda", "none": None, "feature": None}


@dataclass(frozen=True)
class Study:
    """The study and the background hypothesis that a figure belongs to.

    background : name of the background hypothesis.
    label : text on every figure, for example "Simulation".
    luminosity_fb : integrated luminosity, in inverse femtobarns; None of toys, which have none.
    blind : whether data in the signal window are withheld.
    mass, samples, methods : these parts of the configuration.
    backgrounds : the samples of each background hypothesis; one that is not there is the sample of its name.
    """

    background: str
    label: str
    luminosity_fb: float | None
    blind: bool
    mass: dict
    samples: dict
    methods: dict
    backgrounds: dict = field(default_factory=dict)

    @property
    def axis(self):
        """The axis of the mass."""
        return mass_axis(self.mass)

    @property
    def luminosity(self):
        """The luminosity with its unit; nothing of toys."""
        return "" if self.luminosity_fb is None else f"{self.luminosity_fb:g} fb$^{{-1}}$"

    @property
    def control(self):
        """Where data and simulated background are compared: outside the window, if there is one."""
        return "whole range" if self.axis.window is None else "sidebands"

    @property
    def mass_label(self):
        """Axis label of the mass, with unit."""
        return f"${self.mass['latex']}$" + (f" [{self.unit}]" if self.unit else "")

    @property
    def unit(self):
        """Unit of the mass; empty where it has none."""
        return self.mass.get("unit", "GeV")

    @property
    def plain(self):
        """Name of the method that knows nothing of the mass: the reference of every comparison."""
        return plain_method(self.methods)

    @property
    def density_label(self):
        """Axis label of a spectrum of events."""
        width = self.mass["bin_width_gev"]
        return f"Events / {'' if width == 1 and self.unit else f'{width:g} '}{self.unit}".rstrip()

    def sample(self, role):
        """Label of the signals together, of the samples of this background, or of the data."""
        names = [name for name, sample in self.samples.items() if sample["role"] == role]
        if role == "background":
            names = self.backgrounds.get(self.background, [self.background])
        return " + ".join(map(self.latex, names))

    def latex(self, name):
        """Label of one sample."""
        return self.samples[name].get("latex", name)

    def colour(self, method):
        """Colour of a method, the same in every figure."""
        return _METHOD_COLOURS[self._place(method) % len(_METHOD_COLOURS)]

    def marker(self, method):
        """Marker of a method, the same in every figure."""
        kind = method_kind(self.methods[method])
        if kind == "transform":
            return _TRANSFORM_MARKERS[self.methods[method]["transform"]]
        alike = [name for name, settings in self.methods.items() if method_kind(settings) == kind]
        return _MARKERS[kind][alike.index(method) % len(_MARKERS[kind])]

    def line(self, method):
        """Line style of a method: solid for the first ten; that of its transform, which has the colour of another."""
        round_ = self._place(method) // len(_METHOD_COLOURS)
        return _TRANSFORM_LINES.get(self.methods[method].get("transform"), _ROUNDS[round_ % len(_ROUNDS)])

    def _place(self, method):
        """Place of a method among those that are no transforms; of a transform that of its base."""
        while "transform" in self.methods[method]:
            method = self.methods[method]["of"]
        return [name for name, settings in self.methods.items() if "transform" not in settings].index(method)

    def shade(self, method, strength):
        """The colour of a method, lighter for its weaker and darker for its stronger strengths."""
        strengths = sorted(self.methods[method]["strengths"])
        if len(strengths) == 1:
            return self.colour(method)
        depth = 2 * strengths.index(strength) / (len(strengths) - 1) - 1
        towards, share = (np.ones(3), -0.62 * depth) if depth < 0 else (np.zeros(3), 0.5 * depth)
        return tuple((1 - share) * np.array(to_rgb(self.colour(method))) + share * towards)

    def symbol(self, method):
        """LaTeX symbol of the strength of a method, None where strengths mean nothing."""
        return _SYMBOLS.get(objective_of(method, self.methods), r"\alpha")

    def name(self, method, tag):
        """What a point of the grid is called in legends."""
        label, symbol = method_label(method, self.methods[method]), self.symbol(method)
        return label if symbol is None else f"{label}, ${symbol} = {float(tag):g}$"


def panels(height=5.6, ratio=True, columns=1, width=None, more=0, rows=1):
    """A figure with `columns` main panels and, below each, a smaller one for ratios or pulls, and perhaps `more`.

    Without ratios there may be several `rows` of main panels.
    """
    figure = Figure(figsize=(width or 6.4 * columns, height), layout="constrained")
    heights = [3, 1] + [1] * more if ratio else [1] * rows
    shape = {"nrows": len(heights), "ncols": columns, "height_ratios": heights}
    axes = figure.subplots(sharex="col", sharey="row", squeeze=False, **shape)
    return figure, axes


def identify(axes, study, right=None):
    """Write what the figure is above it: label and background on the left, luminosity on the right."""
    axes.set_title("  ".join(filter(None, [_bold(study.label), study.sample("background")])), loc="left")
    right = right if right is not None else axes
    right.set_title(study.luminosity, loc="right")


def words(study):
    """The same for a figure of many panels, in one line."""
    return f"{study.label}   {study.sample('background')}   {study.luminosity}".strip()


def _bold(text):
    r"""A text in bold; its formulas, and words with a sign that formulas do not know, stay as they are.

    Examples
    --------
    >>> _bold(r"Work_1 $\mu$ #2")
    '$\\bf{Work\\_1}$ $\\mu$ #2'
    """

    def words(piece):
        for word in piece.split():
            bold = re.sub(r"[%_]", r"\\\g<0>", word).replace("-", "\N{HYPHEN}")  # "-" is a minus sign there
            yield rf"$\bf{{{bold}}}$" if re.fullmatch(r"[\w%/:,.!?&@()\[\]-]+", word) else word.replace("$", r"\$")

    return " ".join(word for i, piece in enumerate(pieces(text)) for word in ([piece] if i % 2 else words(piece)))


def histogram(content):
    """Edges, values and errors of a histogram with the sums of weights and of squared weights."""
    values = numbers(content["sumw"])
    return values, np.sqrt(numbers(content.get("sumw2", content["sumw"])))


def numbers(values):
    """A float array in which null is NaN: matplotlib leaves those out."""
    return np.array(values, dtype=float)


def positive(values):
    """A float array for a logarithmic axis: what is not positive becomes NaN and is left out."""
    values = numbers(values)
    return np.where(values > 0, values, np.nan)


def value_error(measurement):
    """Value and error of a measurement, NaN where they are null."""
    return tuple(numbers([measurement["value"], measurement["error"]]))


def text(value, form):
    """A number in words, or a dash where there is none.

    Examples
    --------
    >>> text(0.256, ".1f"), text(None, ".1f"), text(float("nan"), "+.2g")
    ('0.3', '-', '-')
    """
    return "-" if value is None or not np.isfinite(value) else format(value, form)


def edges_of(content):
    """Bin edges, whatever their unit is called."""
    return numbers(content["edges_gev"] if "edges_gev" in content else content["edges"])


def centres(edges):
    """Centres of bins."""
    return (edges[1:] + edges[:-1]) / 2


def counting_errors(counts):
    """Central 68.3 % intervals of Poisson counts as distances (below, above) (Garwood 1936), for data points."""
    tail = (1 - 0.6827) / 2
    low = np.where(counts > 0, gammaincinv(np.maximum(counts, 0.5), tail), 0)
    return np.stack([counts - low, gammaincinv(counts + 1, 1 - tail) - counts])


def steps(axes, edges, values, errors=None, **style):
    """A histogram as a line, with a band for its errors."""
    axes.stairs(values, edges, baseline=None, linewidth=1.6, **style)
    if errors is not None:
        axes.stairs(
            values + errors, edges, baseline=values - errors, fill=True, alpha=0.25, linewidth=0, color=style["color"]
        )


def divide(values, reference):
    """Values over a reference, NaN where that is not positive (weights may be negative): such a bin is not drawn."""
    values, reference = np.broadcast_arrays(numbers(values), numbers(reference))
    return np.divide(values, reference, out=np.full(values.shape, np.nan), where=reference > 0)


def logarithmic(axes, directions="y"):
    """Logarithmic axes where what is drawn has a positive number at all; matplotlib refuses others."""
    for direction in directions:
        if np.isfinite(getattr(axes.dataLim, f"minpos{direction}")):
            axes.set(**{f"{direction}scale": "log"})


def pulls(values, expected, kappa):
    """Bins of a spectrum less their fit, in the errors for which the fit holds: the root of kappa times expected.

    `kappa` is one number or, for unequal weights, that of each bin.

    The errors that a bin has of itself would not do: where samples of unequal weights are mixed, a bin that holds light
    events only pretends to an error far too small, and an empty one has none.
    """
    return divide(values - expected, np.sqrt(kappa * expected))


def pull_panel(axes):
    """Guides of a panel of pulls, and limits that hold what is drawn in it."""
    highest = max((np.nanmax(np.abs(c.lines[0].get_ydata()), initial=0) for c in axes.containers), default=0)
    limit = min(max(4.5, 1.3 * highest), 30)
    axes.axhspan(-1, 1, color="0.92", linewidth=0, zorder=0)
    axes.axhline(0, **GUIDE)
    axes.set(ylabel="Pull", ylim=(-limit, limit))


def shade_window(axes, study, text=None):
    """Shade the signal window, if there is one, and name it at the bottom of the panel."""
    if study.axis.window is None:
        return
    low, high = study.axis.window
    axes.axvspan(low, high, zorder=0, **WINDOW)
    if text:
        axes.text(
            (low + high) / 2, 0.02, text, transform=axes.get_xaxis_transform(), ha="center", fontsize=8, color="0.3"
        )


def point(points, method, tag):
    """The point of the grid with this method and strength tag."""
    return next(p for p in points if p["method"] == method and p["tag"] == tag)


def plain_point(points, study):
    """The point that knows nothing of the mass: the reference of the comparisons."""
    return next(p for p in points if p["method"] == study.plain)
